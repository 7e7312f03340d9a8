"""Texts from phones: who is answered, what with, how often, and that a repetition or a forgery changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.actions import profile
from accounts.keywords import pause
from accounts.models import User
from accounts.states import State
from audit.events import Event
from audit.models import Entry
from core.plugins import load
from core.sealed import unseal
from messaging import segments
from messaging.actions import ceilings
from messaging.actions.inbound import ANSWERS_A_DAY, receive
from messaging.gateways.base import InboundText
from messaging.gateways.demo_phone import form_of
from messaging.models import DemoText, Message, ReceivedText, SendCounter
from registry.models import DependencyLink, Person, Relation
from tests.cast import Phone
from tests.parallel import at_the_same_moment
from tests.walk import path

pytestmark = pytest.mark.django_db

Say = Callable[..., str]


@pytest.fixture
def say(phone: Phone) -> Say:
    """Sends a text from the resident's phone; returns the answer, or "" when none came."""
    references = count()

    def say(text: str, sender: str = phone.mobile) -> str:
        before = Message.objects.count()
        receive("trial", InboundText(sender, text, f"in-{next(references)}"))
        return unseal(Message.objects.latest("pk").sealed_body) if Message.objects.count() > before else ""

    return say


@pytest.fixture
def arab(activated: User) -> User:
    activated.language = "ar"
    activated.save(update_fields=["language"])
    return activated


@pytest.mark.parametrize(
    "text", ["status", "STATUS", "  Status? ", "حالة", "حاله", "الحالة", "حَالَة", "حسابي", "account!"]
)
def test_a_keyword_is_understood_however_it_is_written(text: str, activated: User, say: Say) -> None:
    assert "Your account is activated." in say(text)


def test_the_answer_comes_in_the_language_of_the_account(arab: User, say: Say) -> None:
    assert "حسابك مفعَّل" in say("status")


def test_the_status_tells_the_last_sign_in(activated: User, say: Say) -> None:
    User.objects.update(last_login=timezone.make_aware(timezone.datetime(2026, 11, 3, 9, 5)))  # type: ignore[attr-defined]
    assert "2026/11/03 09:05" in say("status")


@pytest.mark.parametrize("text", ["iqama", "ID", "هوية", "الهوية", "إقامة", "اقامتي", "الاقامه"])
def test_the_identity_is_told_with_the_days_left(text: str, activated: User, person: Person, say: Say) -> None:
    Person.objects.update(id_expires_on=timezone.localdate() + timedelta(days=42))
    assert "Days left: 42" in say(text)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Your identity is valid until 2031/01/31 (1452/10/08 AH)."),
        ("ar", "هويتك سارية حتى 2031/01/31 (1452/10/08هـ)."),
    ],
)
def test_a_long_validity_is_told_by_its_end_in_both_calendars(
    language: str, told: str, activated: User, person: Person, say: Say
) -> None:
    User.objects.update(language=language)
    Person.objects.update(id_expires_on=date(2031, 1, 31))
    assert say("iqama") == told


def test_an_expired_identity_is_told_as_such(activated: User, person: Person, say: Say) -> None:
    Person.objects.update(id_expires_on=date(2024, 1, 5))
    assert "expired on 2024/01/05 (1445/06/23 AH)" in say("iqama")


def test_an_identity_without_expiry_is_told_as_such(make_person: Any, make_account: Any, say: Say) -> None:
    make_person("1000000008", nationality="SAU", id_expires_on=None)
    make_account("citizen2026", "1000000008", "+966512345621", state=State.ACTIVATED)
    assert "no expiry date" in say("id")


@pytest.fixture
def family(person: Person, make_person: Callable[..., Person]) -> list[Person]:
    sara = make_person(
        "2123456788", first_name_ar="سارة", first_name_en="Sara", sex="female", id_expires_on="2027-03-09"
    )
    adam = make_person("2999999994", first_name_ar="آدم", first_name_en="Adam", id_expires_on="2027-01-05")
    for dependent, relation in ((sara, Relation.WIFE), (adam, Relation.SON)):
        DependencyLink.objects.create(head=person, dependent=dependent, relation=relation)
    return [sara, adam]


def test_the_family_is_told_by_first_name_the_soonest_first(activated: User, family: list[Person], say: Say) -> None:
    assert say("family") == ("Identities valid until: Adam 2027/01/05 (1448/07/27 AH), Sara 2027/03/09 (1448/10/01 AH)")


def test_the_family_is_told_in_arabic(arab: User, family: list[Person], say: Say) -> None:
    assert say("عائلة") == "انتهاء الهويات: آدم 2027/01/05 (1448/07/27هـ)، سارة 2027/03/09 (1448/10/01هـ)"


def test_a_former_dependent_is_no_family(activated: User, family: list[Person], say: Say) -> None:
    DependencyLink.objects.update(until="2026-01-01")
    assert say("family") == "No dependents are registered with you."


def test_a_large_family_is_told_in_part(activated: User, person: Person, make_person: Any, say: Say) -> None:
    for number in range(8):
        child = make_person(
            f"200000001{number}", first_name_en=f"Child{number}", id_expires_on=f"2027-01-0{number + 1}"
        )
        DependencyLink.objects.create(head=person, dependent=child, relation=Relation.SON)
    assert say("family").endswith("Child4 2027/01/05 (1448/07/27 AH). Others, in the portal: 3")


# Whoever cannot read what they have asked for is told how to go back.
LANGUAGE_TOLD = {
    "ar": "سنراسلك بالعربية. For English send: English",
    "en": "From now on we write in English. للعودة: أرسل «عربي»",
}


@pytest.mark.parametrize("before", ["ar", "en"])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            (text, "en")
            for text in ("english", "English!", "انجليزي", "إنجليزية", "الانجليزية", "language english", "لغة انجليزي")
        ),
        *((text, "ar") for text in ("عربي", "عربية", "العربية", "arabic", "Arabic", "language arabic", "لغة عربية")),
    ],
)
def test_the_name_of_a_language_sets_that_one(text: str, language: str, before: str, activated: User, say: Say) -> None:
    User.objects.update(language=before)
    assert say(text) == LANGUAGE_TOLD[language]
    activated.refresh_from_db()
    assert activated.language == language


@pytest.mark.parametrize("text", ["language", "لغة", "لغه", "اللغة"])
@pytest.mark.parametrize(("before", "after"), [("ar", "en"), ("en", "ar")])
def test_language_without_a_name_is_the_other_one(
    text: str, before: str, after: str, activated: User, say: Say
) -> None:
    User.objects.update(language=before)
    assert say(text) == LANGUAGE_TOLD[after]
    activated.refresh_from_db()
    assert activated.language == after


PAUSES = [
    "pause", "Freeze!", "pause my account", "freeze account", "تجميد", "التجميد", "جمد", "جمّد حسابي", "تجميد الحساب",
]  # fmt: skip


@pytest.mark.parametrize("text", PAUSES)
def test_the_pause_lets_nobody_in(text: str, activated: User, say: Say) -> None:
    assert "paused" in say(text)
    activated.refresh_from_db()
    assert activated.state == State.PAUSED and activated.paused_at
    assert Entry.objects.filter(event=Event.ACCOUNT_PAUSED, subject_id=activated.pk).count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "Stop sending me messages",
        "stop",
        "STOP ALL",
        "Unsubscribe",
        "أوقف الرسائل",
        "إيقاف",
        "ايقاف الرسايل",
        "قف",
        "وقف",
    ],
)
def test_who_wants_no_more_messages_is_told_the_words_and_keeps_the_account(
    text: str, activated: User, say: Say
) -> None:
    assert say(text) == say("help") and '"pause" stops every sign-in to your account.' in say(text)
    activated.refresh_from_db()
    assert activated.state == State.ACTIVATED


@pytest.mark.parametrize("text", ["pause the messages", "freeze it for a day", "تجميد الرسائل", "ما هذا", "?", "", "1"])
def test_what_is_not_understood_gets_the_list_of_words(text: str, activated: User, say: Say) -> None:
    assert say(text) == "That was not understood. Send one word: help, status, iqama, family, request, language."
    assert ReceivedText.objects.get().outcome == "not_understood"
    activated.refresh_from_db()
    assert activated.state == State.ACTIVATED


@pytest.mark.parametrize("text", ["status", "help", "pause", "language", "family", "?"])
def test_a_paused_account_is_told_where_it_is_opened_again_and_nothing_else(
    text: str, activated: User, say: Say
) -> None:
    profile.pause(activated)
    assert say(text).startswith("Your account is paused") and ReceivedText.objects.get().outcome == "answered"
    activated.refresh_from_db()
    assert (activated.state, activated.language) == (State.PAUSED, "en")


def test_a_paused_account_is_told_to_sign_in_and_of_both_offices_in_arabic(arab: User, say: Say) -> None:
    assert say("تجميد") == say("حالة") == "حسابك موقوف. لفتحه سجّل الدخول، أو راجع الجوازات أو الأحوال المدنية."


def test_help_lists_the_words_of_every_keyword(activated: User, say: Say, settings: Settings) -> None:
    english = say("help")
    activated.language = "ar"
    activated.save()
    arabic = say("مساعدة")
    for keyword in load(settings.SMS_KEYWORDS).values():
        if keyword.name != "help":
            assert keyword.words["en"][0] in english and keyword.words["ar"][0] in arabic


@pytest.mark.parametrize(("text", "word"), [("status", "register and activate"), ("حالة", "حساب مفعَّل")])
def test_who_is_not_activated_gets_one_polite_answer_a_day(text: str, word: str, resident: User, say: Say) -> None:
    assert word in say(text)
    assert [say(text) for _ in range(3)] == ["", "", ""]
    outcomes = ReceivedText.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["stranger", "silent", "silent", "silent"]


def test_the_same_words_answer_a_registered_mobile_and_an_unknown_one(resident: User, say: Say) -> None:
    assert say("status") == say("status", sender="+966555555501")


@pytest.mark.parametrize("sender", ["80110", "Bank", "", "+4915112345678", "\x00"])
def test_a_sender_that_is_no_mobile_of_ours_gets_nothing(sender: str, activated: User, say: Say) -> None:
    assert say("status", sender=sender) == ""
    assert not ReceivedText.objects.exists()


def test_a_flood_of_a_thousand_texts_costs_ten_answers(activated: User, say: Say) -> None:
    answers = [say("status") for _ in range(1000)]
    assert len(list(filter(None, answers))) == ANSWERS_A_DAY.limit == Message.objects.count()
    assert Entry.objects.filter(event=Event.TEXT_ANSWERED).count() == ANSWERS_A_DAY.limit


def test_a_flood_leaves_the_codes_of_the_phone_alone(activated: User, say: Say, phone: Phone) -> None:
    for _ in range(20):
        say("status")
    assert ceilings.refusal(phone.mobile) is None


def test_a_flood_from_many_forged_senders_leaves_the_ceiling_to_codes(settings: Settings, say: Say) -> None:
    settings.SMS_DAILY_CEILING = 50
    answers = [say("status", sender=f"+96655{number:03}0000") for number in range(40)]
    assert len(list(filter(None, answers))) == 5
    assert ceilings.daily_ceiling().spent == 5


def test_after_a_flood_the_account_can_still_be_paused_and_that_is_confirmed_once(activated: User, say: Say) -> None:
    for _ in range(12):
        say("status")
    assert "paused" in say("pause")
    assert say("pause") == say("status") == ""
    activated.refresh_from_db()
    assert activated.state == State.PAUSED


def test_many_pauses_all_work_and_operators_are_called_once(
    make_account: Any, say: Say, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pause, "MANY_PAUSES", replace(pause.MANY_PAUSES, limit=3))
    for number in range(6):
        make_account(f"person{number}", f"200000001{number}", f"+96655555550{number}", state=State.ACTIVATED)
    told = [say("pause", sender=f"+96655555550{number}") for number in range(3)]
    assert "many_pauses_by_text" not in caplog.text
    told += [say("pause", sender=f"+96655555550{number}") for number in range(3, 6)]
    assert all("paused" in answer for answer in told) and User.objects.filter(state=State.PAUSED).count() == 6
    assert caplog.text.count("many_pauses_by_text") == 1


def test_a_repeated_text_is_answered_once(activated: User, phone: Phone) -> None:
    for _ in range(3):
        receive("trial", InboundText(phone.mobile, "status", "op-7"))
    assert Message.objects.count() == 1 == ReceivedText.objects.count()


@pytest.mark.parametrize("reference", ["op" * 400, "op\x007", "op\ud8007", "مرجع-7"])
def test_a_text_with_an_odd_reference_is_answered_once_too(reference: str, activated: User, phone: Phone) -> None:
    for _ in range(3):
        receive("trial", InboundText(phone.mobile, "status", reference))
    assert Message.objects.count() == 1 == ReceivedText.objects.count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_repetitions_at_once_one_is_answered_and_one_is_counted(activated: User, phone: Phone) -> None:
    done = at_the_same_moment([lambda: receive("trial", InboundText(phone.mobile, "status", "op-7"))] * 8)
    assert done == [None] * 8
    assert Message.objects.count() == 1 == ReceivedText.objects.count()
    assert SendCounter.objects.spent(ANSWERS_A_DAY.of(phone.mobile)) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_eight_pauses_at_once_one_pauses_and_all_are_told(activated: User, phone: Phone) -> None:
    def pause(reference: int) -> None:
        receive("trial", InboundText(phone.mobile, "pause", f"op-{reference}"))

    assert at_the_same_moment([partial(pause, reference) for reference in range(8)]) == [None] * 8
    assert Entry.objects.filter(event=Event.ACCOUNT_PAUSED).count() == 1
    assert list(Message.objects.values_list("purpose", flat=True)) == ["answer_paused"] * 8


def test_the_text_itself_is_not_kept(activated: User, say: Say) -> None:
    say("status my password is Blue7Lantern")
    kept = [str(value) for row in ReceivedText.objects.values_list() for value in row]
    assert not [value for value in kept if "Blue7" in value or "password" in value]


def test_every_answer_is_in_the_trail(activated: User, say: Say) -> None:
    say("family")
    entry = Entry.objects.get(event=Event.TEXT_ANSWERED)
    assert (entry.subject_id, entry.details) == (activated.pk, {"keyword": "family"})


def test_an_answer_to_a_stranger_is_in_the_trail_and_names_nobody(resident: User, phone: Phone, say: Say) -> None:
    answers = [say("status"), say("status"), say("status", sender="+966555555501")]
    assert len(list(filter(None, answers))) == 2
    entries = Entry.objects.filter(event=Event.TEXT_ANSWERED)
    assert [(e.actor_id, e.subject_id, e.details) for e in entries] == [(None, None, {"outcome": "stranger"})] * 2


def test_no_answer_holds_a_number_of_the_person(
    activated: User, family: list[Person], person: Person, say: Say
) -> None:
    answers = [say(word) for word in ("help", "status", "iqama", "family", "language", "language", "pause", "status")]
    numbers = [person.id_number, activated.mobile[-9:], *(relative.id_number for relative in family)]
    assert all(answers) and not [number for number in numbers for answer in answers if number in answer]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_usual_answers_fit_one_segment(language: str, activated: User, person: Person, say: Say) -> None:
    User.objects.update(language=language, last_login=timezone.now())
    for word in ("help", "nonsense", "status", "iqama", "language", "language", "pause"):
        answer = say(word)
        assert answer and segments.count(answer) == 1, answer


@pytest.fixture
def forwarding(settings: Settings) -> str:
    settings.SMS_GATEWAYS = ["messaging.gateways.kannel.Kannel"]
    settings.SMS_KANNEL = settings.SMS_KANNEL | {"secret": "known-to-both"}
    return reverse("gateway_texts", args=["kannel"])


def _forward(address: str, token: str, sender: str, text: str) -> HttpResponse:
    """As Kannel does."""
    place = f"{address}?{urlencode({'token': token, 'id': 'a-1'})}"
    return Client().post(place, text.encode(), "text/plain; charset=UTF-8", headers={"X-Kannel-From": sender})


def test_a_text_arrives_over_http(activated: User, forwarding: str, phone: Phone) -> None:
    response = _forward(forwarding, "known-to-both", phone.mobile, "حالة")
    assert (response.status_code, response.content) == (200, b"")
    assert Message.objects.get().purpose == "answer_status"


@pytest.mark.parametrize("token", ["", "guess", "é", "\x00"])
def test_a_forged_call_is_refused(token: str, activated: User, forwarding: str, phone: Phone) -> None:
    assert _forward(forwarding, token, phone.mobile, "pause").status_code == 403
    assert not ReceivedText.objects.exists()


def test_a_call_that_lacks_something_is_refused(forwarding: str) -> None:
    assert Client().post(f"{forwarding}?token=known-to-both").status_code == 400


def test_an_unlisted_gateway_has_no_address(db: None) -> None:
    assert Client().get(reverse("gateway_texts", args=["nobody"])).status_code == 404


@pytest.mark.parametrize(("language", "word"), [("ar", "عائلة"), ("en", "family")])
def test_a_public_page_explains_the_words(language: str, word: str, db: None) -> None:
    page = Client().get(f"/{language}/sms/").content.decode()
    assert word in page and "sms:80110" in page
    assert {
        "ar": f"حد الردود إلى الجوال الواحد {ANSWERS_A_DAY.limit} في",
        "en": f"At most {ANSWERS_A_DAY.limit} answers",
    }[language] in page


@pytest.mark.parametrize(("language", "word"), [("ar", "تجميد"), ("en", "pause")])
def test_the_page_explains_the_pause_and_offers_no_tap_for_it(language: str, word: str, db: None) -> None:
    page = Client().get(f"/{language}/sms/").content.decode()
    assert f"<dt>{word}</dt>" in page and page.count("?body=") == len(load(settings.SMS_KEYWORDS)) - 1
    assert {"ar": "ويُعاد فتح الحساب بإثبات هويتك", "en": "The account opens again when you prove who you are"}[
        language
    ] in page


def test_without_a_service_number_there_is_no_page(settings: Settings, db: None) -> None:
    settings.SMS_SERVICE_NUMBER = ""
    assert Client().get(reverse("text_commands")).status_code == 404
    assert "text message from your mobile" not in Client().get(reverse("individuals")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_demonstration_phone_writes_to_the_portal_over_http_and_shows_it(
    activated: User, phone: Phone, live_server: LiveServer, settings: Settings
) -> None:
    settings.PUBLIC_URL = live_server.url
    page = Client().post(path("demo_phone_send"), {"number": phone.mobile, "text": "status"})
    assert page.status_code == 302 and phone.newest().purpose == "answer_status"
    shown = Client().get(page["Location"]).content.decode()
    assert "Write a text message" in shown and 'dir="auto">status<' in shown


def test_the_demonstration_phone_says_when_nobody_takes_its_text(
    activated: User, phone: Phone, settings: Settings
) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:1"
    page = Client().post(path("demo_phone_send"), {"number": phone.mobile, "text": "status"}, follow=True)
    assert "notice-error" in page.content.decode() and not DemoText.objects.exists()


def test_a_forged_text_of_the_demonstration_phone_is_refused(activated: User, phone: Phone) -> None:
    said = form_of(InboundText(phone.mobile, "status", "a-1")) | {"text": "pause"}
    call = {"data": urlencode(said), "content_type": "application/x-www-form-urlencoded"}
    assert Client().post(reverse("gateway_texts", args=["demo_phone"]), **call).status_code == 403
    assert Client().post(reverse("gateway_texts", args=["demo_phone"])).status_code == 400
    assert not ReceivedText.objects.exists()
