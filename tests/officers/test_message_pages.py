"""What supervisors see of the messages: gateways, ceiling, charts, texts, and what became of one; never what it says."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from audit.events import Event
from audit.models import Entry
from core import clock
from core.throttle import OverBudget
from messaging import health
from messaging.actions import ceilings
from messaging.actions.sending import send
from messaging.delivery import deliver
from messaging.models import CeilingLift, GatewayHealth, Message, ReceivedText
from messaging.texts import purposes
from tests.cast import sign_in
from tests.officers.conftest import enter, say_why
from tests.parallel import at_the_same_moment
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db
PAGES = ("admin:messaging_gatewayhealth_changelist", "admin:messaging_delivery")
TEXTS = "admin:messaging_texts"
LISTS = ("admin:messaging_message_changelist", "admin:messaging_receivedtext_changelist")


def _page(client: Client, name: str, language: str = "en") -> str:
    response = client.get(reverse(name).replace("/ar/", f"/{language}/").replace("/en/", f"/{language}/"))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", [*PAGES, TEXTS])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_supervisor_opens_every_page_in_both_languages(name: str, language: str, office: Client) -> None:
    assert f'lang="{language}' in _page(office, name, language)


@pytest.mark.parametrize("name", [*PAGES, *LISTS])
def test_an_officer_of_a_counter_does_not(name: str, desk: Client) -> None:
    assert desk.get(reverse(name)).status_code == 403


@pytest.mark.parametrize("role", Role)
def test_every_officer_finds_the_texts_in_the_menu(
    role: Role, officer: User, give_role: Callable[[User, Role], User]
) -> None:
    client = enter(Client(), give_role(officer, role))
    start = client.get("/en/admin/", follow=True).content.decode()
    assert f'href="{reverse(TEXTS).replace("/ar/", "/en/")}"' in start
    assert "Answer to “iqama”" in _page(client, TEXTS)


def test_nobody_else_sees_the_texts(activated: User) -> None:
    assert Client().get(reverse(TEXTS)).status_code == 302
    assert sign_in(Client(), activated).get(reverse(TEXTS)).status_code == 302


def test_a_gateway_is_shown_with_its_health(office: Client) -> None:
    for _ in range(3):
        health.note_error("demo_phone", "no_answer")
    page = _page(office, PAGES[0])
    assert "Paused after errors" in page and "Paused until" in page
    assert "No answer in time" in page and "100% (3 of 3)" in page


def test_a_gateway_whose_pause_is_over_is_not_called_paused(office: Client, settings: Settings) -> None:
    settings.SMS_GATEWAYS = ["messaging.gateways.providers.Twilio"]
    GatewayHealth.objects.create(name="twilio", open_until=clock.ahead(timedelta(seconds=-1)))
    page = _page(office, PAGES[0])
    assert "Not set up well" in page and "Paused until" not in page


def test_a_gateway_is_shown_with_how_fast_it_answers_and_texts_leave(office: Client) -> None:
    message = send(to="+966512345621", purpose="claim_expired", language="en")
    deliver(message.pk)
    assert _page(office, PAGES[0]).count("half within ") == 2


@pytest.mark.slow
def test_whoever_looks_loses_no_forged_call(office: Client) -> None:
    noted = count(1)

    def all_are_written() -> bool:
        health.note_forged_call("demo_phone")
        return GatewayHealth.objects.get(name="demo_phone").forged_calls == next(noted) > 3

    assert not any(all_are_written() for _ in range(3))
    _page(office, PAGES[0])
    wait_until(all_are_written)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_reached_ceiling_is_told_on_every_page_to_who_may_look_into_it(
    language: str, office: Client, second_desk: Client, settings: Settings
) -> None:
    told = {"ar": "بلغت الرسائل سقفها اليومي.", "en": "The daily ceiling of all messages is reached."}[language]
    settings.SMS_DAILY_CEILING = 1
    assert told not in office.get(f"/{language}/admin/", follow=True).content.decode()
    ceilings.spend_to_send("+966512345621")
    assert told in office.get(f"/{language}/admin/", follow=True).content.decode()
    assert told in _page(office, TEXTS, language)
    assert told not in second_desk.get(f"/{language}/admin/", follow=True).content.decode()


def test_a_gateway_that_is_not_set_up_says_what_is_missing(office: Client, settings: Settings) -> None:
    settings.SMS_GATEWAYS = ["messaging.gateways.providers.Twilio"]
    page = _page(office, PAGES[0])
    assert "Not set up well" in page and "SMS_TWILIO_SECRET is not set." in page


def test_the_secret_address_for_receipts_is_for_superusers(
    office: Client, supervisor: User, settings: Settings
) -> None:
    settings.SMS_GATEWAYS = ["messaging.gateways.providers.Unifonic"]
    assert "gateways/unifonic/receipts" not in _page(office, PAGES[0])
    User.objects.filter(pk=supervisor.pk).update(is_superuser=True)
    assert "gateways/unifonic/receipts?token=" in _page(office, PAGES[0])


def test_the_ceiling_is_lifted_with_a_reason(office: Client, settings: Settings, supervisor: User) -> None:
    settings.SMS_DAILY_CEILING = 1
    ceilings.spend_to_send("+966512345621")
    with pytest.raises(OverBudget):
        ceilings.spend_to_send("+966512345622")
    assert "Reached: no more codes go out" in _page(office, PAGES[0])
    answer = office.post(reverse(PAGES[0]), {"more": "٥", "reason": "The day of the fair in Riyadh"}, follow=True)
    assert "The ceiling is lifted." in answer.content.decode()
    ceilings.spend_to_send("+966512345622")
    assert Entry.objects.filter(event=Event.SMS_CEILING_LIFTED, actor_id=supervisor.pk).count() == 1


def test_a_double_click_lifts_once(office: Client) -> None:
    lift = {"more": "5000", "reason": "The day of the fair in Riyadh"}
    place = reverse(PAGES[0]).replace("/ar/", "/en/")
    office.post(place, lift)
    assert "The same lift was noted a moment ago." in office.post(place, lift, follow=True).content.decode()
    assert CeilingLift.objects.count() == Entry.objects.filter(event=Event.SMS_CEILING_LIFTED).count() == 1
    office.post(place, lift | {"reason": "A second day of the fair"})
    assert CeilingLift.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_lift_once(supervisor: User) -> None:
    lift = partial(ceilings.lift_daily_ceiling, supervisor=supervisor, more=5000, reason="The day of the fair")
    came = at_the_same_moment([lift, lift])
    assert {type(outcome) for outcome in came} == {type(None), OverBudget}
    assert CeilingLift.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"more": "", "reason": "The day of the fair"}, "Type how many messages more may be sent."),
        ({"more": "many", "reason": "The day of the fair"}, "Type a whole number from 1, such as 5000."),
        ({"more": "0", "reason": "The day of the fair"}, "Type a whole number from 1, such as 5000."),
        ({"more": "-5", "reason": "The day of the fair"}, "Type a whole number from 1, such as 5000."),
        ({"more": "١٫٥", "reason": "The day of the fair"}, "Type a whole number from 1, such as 5000."),
        ({"more": "1.5", "reason": "The day of the fair"}, "Type a whole number from 1, such as 5000."),
        ({"more": "9000000", "reason": "The day of the fair"}, "Lift by at most a million"),
        ({"more": "5", "reason": ""}, "Say why more messages are needed."),
        ({"more": "5", "reason": "why not"}, "at least ten characters"),
    ],
)
def test_a_lift_without_number_or_reason_is_refused(form: dict[str, str], sentence: str, office: Client) -> None:
    assert sentence in office.post(reverse(PAGES[0]).replace("/ar/", "/en/"), form).content.decode()
    assert not CeilingLift.objects.exists()


def test_who_may_look_but_not_lift_is_refused(office: Client, supervisor: User) -> None:
    from django.contrib.auth.models import Group, Permission

    Group.objects.get(name=Role.SUPERVISOR.value).permissions.remove(Permission.objects.get(codename="add_ceilinglift"))
    assert "Lift the ceiling" not in _page(office, PAGES[0])
    assert office.post(reverse(PAGES[0]), {"more": "5", "reason": "The day of the fair"}).status_code == 403


def test_charts_tell_in_words_what_they_draw(office: Client, resident: User) -> None:
    message = send(to="+966512345621", purpose="claim_expired", language="en")
    deliver(message.pk)
    page = _page(office, "admin:messaging_delivery")
    assert "demo_phone" in page and "<svg" in page and "0% (0 of 1)" in page
    assert "No delivery receipt came in this time." in page


def test_an_empty_day_says_so(office: Client) -> None:
    assert "Nothing was sent in this time." in _page(office, "admin:messaging_delivery")


def test_every_text_is_shown_in_both_languages_with_its_segments(office: Client) -> None:
    page = _page(office, "admin:messaging_texts")
    assert all(purpose in page for purpose in purposes())
    assert "2 segments" in page and "UCS-2" in page and "471302" in page


@pytest.mark.parametrize("typed", ["0512345621", "+966 51 234 5621", "٠٥١٢٣٤٥٦٢١", "reference"])
def test_a_message_is_found_by_exact_mobile_or_reference_and_the_search_is_audited(
    typed: str, office: Client, supervisor: User
) -> None:
    message = send(to="+966512345621", purpose="claim_expired", language="en")
    send(to="+966512345699", purpose="claim_voided", language="en")
    searched = message.reference if typed == "reference" else typed
    say_why(office, reverse("admin:messaging_message_changelist"))
    page = office.get(reverse("admin:messaging_message_changelist"), {"q": searched}).content.decode()
    assert message.reference in page and "claim_voided" not in page and "512345621</" not in page
    assert Entry.objects.filter(event=Event.MESSAGES_SEARCHED, actor_id=supervisor.pk).exists()


def test_a_message_is_told_in_words_and_its_mobile_reads_from_the_left(office: Client) -> None:
    message = send(to="+966512345621", purpose="claim_expired", language="ar")
    place = reverse("admin:messaging_message_changelist").replace("/en/", "/ar/")
    say_why(office, place)
    for page in (office.get(place).text, office.get(f"{place}{message.pk}/change/").text):
        assert '<bdi dir="ltr">05••••••21</bdi>' in page
        assert "إغلاق الحساب: انتهت مهلة التفعيل" in page and "claim_expired" not in page


@pytest.mark.parametrize(("language", "word"), [("ar", "تجميد"), ("en", "pause")])
def test_a_received_text_is_told_by_the_word_that_residents_write(language: str, word: str, office: Client) -> None:
    text = {"sender": "+966512345605", "gateway": "demo_phone", "gateway_reference": "1", "outcome": "answered"}
    ReceivedText.objects.create(keyword="pause", **text)
    page = office.get(f"/{language}/admin/messaging/receivedtext/").text
    assert f'<td class="field-keyword_word">{word}</td>' in page
    assert '<bdi dir="ltr">05••••••05</bdi>' in page


def test_each_line_of_a_text_has_the_direction_of_its_letters(office: Client) -> None:
    assert '<div dir="auto">@' in _page(office, TEXTS, "ar")


def test_no_page_shows_what_a_message_says(office: Client) -> None:
    message = send(
        to="+966512345621", purpose="login_code", language="en", context={"code": "471302", "reference": "KM"}
    )
    page = office.get(reverse("admin:messaging_message_change", args=[message.pk])).content.decode()
    assert "471302" not in page and Message.objects.get().sealed_body not in page
