"""A channel that is down: nobody begins by it, the hub says so and until when, and a supervisor says it in the admin."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from activation import outages
from activation.actions import cases
from activation.actions.cases import ActivationRefused
from activation.channels.kiosk import Kiosk
from activation.models import ChannelOutage, PartnerAttempt
from audit.events import Event
from audit.models import Entry
from core import clock
from partners.models import Device, Partner
from partners.states import DeviceState
from partners.words import Mode
from tests.machines import operator_of, put_up
from tests.officers.conftest import enter
from tests.walk import path

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
PAGE = "/en/admin/activation/channeloutage/"


def _declare(channel: str = "officer", starts: timedelta = -HOUR, ends: timedelta | None = HOUR, **facts: str) -> Any:
    ends_at = clock.ahead(ends) if ends is not None else None
    known = {"reason_ar": "الفروع مغلقة للصيانة.", "reason_en": "The branches are closed for repairs."}
    return ChannelOutage.objects.create(
        channel=channel, starts_at=clock.ahead(starts), ends_at=ends_at, **(known | facts)
    )


def _hub(window: Client, language: str = "en") -> str:
    return window.get(path("activation", language)).content.decode()


def _begins(user: User, channel: str = "officer") -> str:
    try:
        cases.begin(user, channel)
    except ActivationRefused as refused:
        return refused.code
    return ""


def test_a_channel_that_is_down_is_begun_by_nobody_and_the_page_says_its_own_sentence(
    resident: User, window: Client
) -> None:
    _declare()
    assert _begins(resident) == "channel_down"
    answer = window.post(path("activation_begin"), follow=True)
    assert "This way is down at present, as it says below." in answer.content.decode()


@pytest.mark.parametrize(
    ("starts", "ends", "is_down"),
    [
        (-HOUR, HOUR, True),
        (-HOUR, None, True),
        (-2 * HOUR, -HOUR, False),
        (HOUR, 2 * HOUR, False),
        (-HOUR, -HOUR, False),
    ],
)
def test_an_outage_runs_from_its_beginning_to_its_end(
    starts: timedelta, ends: timedelta | None, is_down: bool, resident: User
) -> None:
    _declare(starts=starts, ends=ends)
    assert bool(_begins(resident)) == is_down


def test_the_hub_says_what_is_down_why_and_until_when_in_both_languages(window: Client) -> None:
    until = _declare()
    until.refresh_from_db()
    english, arabic = _hub(window), _hub(window, "ar")
    assert "The branches are closed for repairs." in english and "Down at present" in english
    assert f'<time datetime="{until.ends_at.isoformat()}"' in english and "/begin/officer/" not in english
    assert "الفروع مغلقة للصيانة." in arabic and "خارج الخدمة حاليًا" in arabic


def test_an_outage_without_an_end_says_that_nobody_knows(window: Client) -> None:
    _declare(ends=None)
    assert "Until when is not known yet." in _hub(window)


def test_of_several_outages_the_one_that_ends_last_is_told(window: Client) -> None:
    _declare(ends=2 * HOUR, reason_en="Until later.")
    _declare(ends=HOUR, reason_en="Until soon.")
    assert "Until later." in _hub(window)
    _declare(ends=None, reason_en="Until nobody knows.")
    assert "Until nobody knows." in _hub(window)


def test_an_attempt_that_was_begun_stays(resident: User, window: Client) -> None:
    attempt = cases.begin(resident, "officer")
    _declare()
    assert str(attempt.visit_code) in window.get(path("activation_officer")).content.decode()
    assert f'href="{path("activation_officer")}"' in window.get(path("activation")).content.decode()


@pytest.mark.parametrize("name", ["activation_bank", "activation_kiosk", "activation_atm", "activation_officer"])
def test_the_page_of_an_attempt_says_that_its_way_is_down_before_somebody_goes_there(
    name: str, served: None, resident: User, window: Client
) -> None:
    channel = name.removeprefix("activation_")
    cases.begin(resident, channel)
    assert "Down at present" not in window.get(path(name)).content.decode()
    _declare(channel)
    shown = window.get(path(name)).content.decode()
    assert "Down at present" in shown and "The branches are closed for repairs." in shown and "Until <time" in shown
    assert "خارج الخدمة حاليًا" in window.get(path(name, "ar")).content.decode()


def test_what_has_begun_at_a_partner_is_finished_there_during_an_outage(
    served: None, resident: User, window: Client
) -> None:
    attempt = cases.begin(resident, "kiosk")
    device = Device.objects.filter(kind=Device.Kind.KIOSK).select_related("partner").first()
    assert device
    PartnerAttempt.objects.create(attempt=attempt, partner=device.partner, device=device, mode=Mode.KIOSK, flow_key="k")
    _declare("kiosk")
    assert "Down at present" not in window.get(path("activation_kiosk")).content.decode()


def test_a_channel_is_down_while_nobody_serves_it(resident: User, window: Client) -> None:
    assert [_begins(resident, channel) for channel in ("bank", "kiosk", "atm")] == ["channel_down"] * 3
    shown = _hub(window)
    assert all(said in shown for said in ("No bank takes part", "No kiosk is in service", "No ATM is in service"))


def test_a_machine_out_of_service_serves_nobody(resident: User) -> None:
    device = put_up(operator_of(Device.Kind.KIOSK), Device.Kind.KIOSK, "kiosk-1")
    assert outages.of(Kiosk()) is None
    Device.objects.filter(pk=device.pk).update(state=DeviceState.OUT_OF_SERVICE)
    assert _begins(resident, "kiosk") == "channel_down"


def test_a_live_bank_with_that_purpose_serves(bank: Partner, resident: User) -> None:
    assert _begins(resident, "bank") == ""


@pytest.mark.parametrize("wrong", [{"ends": -2 * HOUR}, {"reason_ar": ""}, {"reason_en": ""}])
def test_the_database_keeps_no_outage_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        _declare(**wrong)


@pytest.fixture
def desk(officer: User, give_role: Callable[[User, Role], User]) -> Client:
    return enter(Client(), give_role(officer, Role.SUPERVISOR))


def _sent(starts: datetime, ends: datetime | None, **changed: str) -> dict[str, str]:
    known = {"channel": "officer", "reason_ar": "صيانة الأنظمة.", "reason_en": "The systems are being repaired."}
    for name, moment in (("starts_at", starts), ("ends_at", ends)):
        known[name] = f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}" if moment else ""
    return known | changed


def test_a_supervisor_announces_an_outage_and_the_trail_tells(desk: Client, officer: User, resident: User) -> None:
    now = clock.read()
    answer = desk.post(f"{PAGE}add/", _sent(now - HOUR, now + HOUR))
    assert (answer.status_code, answer.url) == (302, PAGE)
    assert _begins(resident) == "channel_down"
    outage = ChannelOutage.objects.get()
    entry = Entry.objects.get(event=Event.CHANNEL_OUTAGE_ANNOUNCED)
    assert (entry.actor_id, entry.details) == (officer.pk, {"outage": outage.pk, "channel": "officer"})
    listed = desk.get(PAGE).content.decode()
    assert "Passports or Civil Affairs officer" in listed and "The systems are being repaired." in listed
    assert "Down at present" in listed


def test_a_supervisor_cuts_an_outage_short(desk: Client, resident: User) -> None:
    outage, now = _declare(ends=None), clock.read()
    desk.post(f"{PAGE}{outage.pk}/change/", _sent(now - HOUR, now - timedelta(minutes=1)))
    assert _begins(resident) == ""
    assert Entry.objects.filter(event=Event.CHANNEL_OUTAGE_ANNOUNCED).count() == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ends_at": "2020-01-01T10:00"}, "The outage would end before it begins. Compare both times."),
        ({"reason_ar": ""}, "Write the reason in Arabic, too"),
        ({"reason_en": " "}, "Write the reason in English, too"),
        ({"starts_at": "soon"}, "Enter a valid date/time."),
        ({"channel": "pigeon"}, "pigeon is not one of the available choices."),
    ],
)
def test_what_makes_no_sense_is_answered_beside_its_field(wrong: dict[str, str], told: str, desk: Client) -> None:
    now = clock.read()
    answer = desk.post(f"{PAGE}add/", _sent(now, now + HOUR, **wrong))
    shown = answer.content.decode()
    assert answer.status_code == 200 and told in shown
    assert ("صيانة الأنظمة." in shown) == ("reason_ar" not in wrong)
    assert not ChannelOutage.objects.exists()


def test_nobody_else_announces_one(officer: User, give_role: Callable[[User, Role], User]) -> None:
    window = enter(Client(), give_role(officer, Role.PASSPORTS))
    assert window.get(PAGE).status_code == window.get(f"{PAGE}add/").status_code == 403
