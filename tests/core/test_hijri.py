from datetime import date

import pytest
from django.utils.translation import override
from hijridate import Gregorian
from hypothesis import given
from hypothesis import strategies as st

from core.hijri import NoSuchDate, in_words, to_gregorian


@pytest.mark.parametrize(
    ("hijri", "gregorian"),
    [
        ((1445, 9, 1), date(2024, 3, 11)),
        ((1446, 1, 1), date(2024, 7, 7)),
        ((1447, 1, 1), date(2025, 6, 26)),
        ((1343, 1, 1), date(1924, 8, 1)),
        ((1500, 12, 30), date(2077, 11, 16)),
    ],
)
def test_umm_al_qura_dates_are_read(hijri: tuple[int, int, int], gregorian: date) -> None:
    assert to_gregorian(*hijri) == gregorian


@pytest.mark.parametrize(
    "hijri",
    [
        (1446, 13, 1),
        (1446, 0, 1),
        (1446, 1, 31),
        (1446, 1, 0),
        (1342, 12, 29),
        (1501, 1, 1),
        (0, 0, 0),
        (10**9, 1, 1),
    ],
)
def test_a_day_that_does_not_exist_is_refused(hijri: tuple[int, int, int]) -> None:
    with pytest.raises(NoSuchDate):
        to_gregorian(*hijri)


@given(st.dates(date(1924, 8, 1), date(2077, 11, 16)))
def test_every_day_goes_there_and_back(day: date) -> None:
    hijri = Gregorian(day.year, day.month, day.day).to_hijri()
    assert to_gregorian(hijri.year, hijri.month, hijri.day) == day


def test_a_date_is_told_in_the_readers_language() -> None:
    with override("ar"):
        assert in_words(date(2026, 11, 23)) == "13 جمادى الآخرة 1448 هـ"
    with override("en"):
        assert in_words(date(2026, 11, 23)) == "13 Jumada II 1448 AH"


@pytest.mark.parametrize("day", [date(1924, 7, 31), date(2077, 11, 17), date(1, 1, 1), date(9999, 12, 31)])
def test_days_outside_of_the_tables_are_left_out(day: date) -> None:
    assert in_words(day) == ""
