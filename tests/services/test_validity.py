"""How long something is valid, as people say it."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from registry.models import EXPIRES_SOON
from services.facts import validity

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("expires_on", "arabic", "english"),
    [
        (None, "بلا تاريخ انتهاء", "Does not expire"),
        (date(2026, 11, 26), "تنتهي الصلاحية اليوم", "Valid until the end of today"),
        (date(2026, 11, 27), "تنتهي الصلاحية غدًا", "Valid, one day left"),
        (date(2026, 11, 28), "تنتهي الصلاحية بعد يومين", "Valid, 2 days left"),
        (date(2026, 12, 6), "تنتهي الصلاحية بعد 10 أيام", "Valid, 10 days left"),
        (date(2026, 12, 7), "تنتهي الصلاحية بعد 11 يومًا", "Valid, 11 days left"),
        (TODAY + EXPIRES_SOON, "تنتهي الصلاحية بعد 90 يومًا", "Valid, 90 days left"),
        (date(2027, 4, 25), "تنتهي الصلاحية بعد 4 أشهر", "Valid, 4 months left"),
        (date(2027, 10, 26), "تنتهي الصلاحية بعد 11 شهرًا", "Valid, 11 months left"),
        (date(2027, 11, 26), "تنتهي الصلاحية بعد سنة", "Valid, 1 year left"),
        (date(2029, 1, 26), "تنتهي الصلاحية بعد سنتين وشهرين", "Valid, 2 years and 2 months left"),
        (date(2031, 1, 31), "تنتهي الصلاحية بعد 4 سنوات وشهرين", "Valid, 4 years and 2 months left"),
        (date(2037, 12, 30), "تنتهي الصلاحية بعد 11 سنة وشهر", "Valid, 11 years and 1 month left"),
        (date(2026, 11, 25), "انتهت الصلاحية أمس", "Expired one day ago"),
        (date(2026, 11, 24), "انتهت الصلاحية منذ يومين", "Expired 2 days ago"),
        (TODAY - EXPIRES_SOON, "انتهت الصلاحية منذ 90 يومًا", "Expired 90 days ago"),
        (date(2024, 8, 26), "انتهت الصلاحية منذ سنتين و3 أشهر", "Expired 2 years and 3 months ago"),
    ],
)
def test_it_is_said_in_days_only_where_days_matter(expires_on: date | None, arabic: str, english: str) -> None:
    for language, said in (("ar", arabic), ("en", english)):
        with override(language):
            assert validity(expires_on, TODAY) == said


def test_a_day_before_the_end_of_a_month_is_not_a_whole_month() -> None:
    with override("en"):
        assert validity(date(2027, 3, 25), TODAY) == "Valid, 3 months left"
        assert validity(date(2027, 3, 26), TODAY) == "Valid, 4 months left"
        assert validity(TODAY + EXPIRES_SOON + timedelta(days=1), TODAY) == "Valid, 2 months left"
