import io
import random
import re
import wave
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from captcha.models import CaptchaStore
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone, translation
from PIL import Image

from accounts.actions import claims
from accounts.captcha import challenge, sound
from accounts.captcha import image as picture
from accounts.captcha.challenge import DIGITS, Challenge, Expired, Used, Wrong
from accounts.captcha.fields import CaptchaField
from accounts.forms import CaptchaForm
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

NADIA, OMAR = "n" * 32, "o" * 32  # the CSRF secrets of two browsers
KEY = "0123456789abcdef" * 2
MISSING = "Type the six digits of the image, or listen to them."
WRONG = "These were not the digits of the image. Type those of the new one."
TOO_OLD = "That image code is older than five minutes. Type the digits of the new one."
USED = "That image code was used already or belongs to another page. Type the digits of the new one."


class Letter(CaptchaForm):
    name = forms.CharField()
    captcha = CaptchaField(form_name="registration")


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def request_of(browser: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.META["CSRF_COOKIE"] = browser
    return request


def shown_to(browser: str, form_name: str = "registration", key: str = KEY) -> Challenge:
    shown = Challenge.of(request_of(browser), form_name, key)
    shown.answer()
    return shown


def posted(browser: str, shown: Challenge, typed: str, name: str = "Nadia") -> Letter:
    data = {"name": name, "captcha": typed, "captcha_key": shown.key}
    return Letter(data, request=request_of(browser))


def key_on(form: Letter) -> str:
    found = re.search(r'name="captcha_key" value="([^"]*)"', str(form["captcha"]))
    assert found
    return found[1]


def let_it_expire() -> None:
    CaptchaStore.objects.update(expiration=timezone.now() - timedelta(seconds=1))


def other_than(answer: str) -> str:
    return ("2" if answer[0] != "2" else "3") + answer[1:]


# --- Bound to form and browser ----------------------------------------------------------------------------------------


def test_the_right_answer_is_taken_and_ends_the_challenge() -> None:
    shown = shown_to(NADIA)
    assert posted(NADIA, shown, shown.answer()).is_valid()
    assert not CaptchaStore.objects.exists()


def test_another_browser_cannot_use_the_challenge() -> None:
    shown = shown_to(NADIA)
    form = posted(OMAR, shown, shown.answer())
    assert form.errors == {"captcha": [USED]}
    assert posted(NADIA, shown, shown.answer()).is_valid()


def test_another_form_cannot_use_the_challenge() -> None:
    shown = shown_to(NADIA, "sign-in")
    assert posted(NADIA, shown, shown.answer()).errors == {"captcha": [USED]}


def test_the_key_in_the_page_is_not_the_key_of_the_row() -> None:
    shown_to(NADIA)
    assert CaptchaStore.objects.get().hashkey != KEY


@pytest.mark.parametrize("key", ["", "short", "../../x", "A" * 32, "0" * 33, "\x00" * 32, "مفتاح", "x" * 100_000])
@pytest.mark.parametrize("typed", ["", "234568"])
def test_an_invented_key_gets_a_new_image_and_no_crash(key: str, typed: str) -> None:
    form = Letter({"name": "Nadia", "captcha": typed, "captcha_key": key}, request=request_of(NADIA))
    assert not form.is_valid()
    assert re.fullmatch("[0-9a-f]{32}", key_on(form))


# --- What an answer costs ---------------------------------------------------------------------------------------------


def test_a_wrong_answer_costs_a_new_image_and_nothing_else() -> None:
    shown = shown_to(NADIA)
    right = shown.answer()
    form = posted(NADIA, shown, other_than(right))
    assert form.errors == {"captcha": [WRONG]}
    assert key_on(form) != shown.key and other_than(right) not in str(form["captcha"])
    assert 'value="Nadia"' in str(form["name"])
    assert posted(NADIA, shown, right).errors == {"captcha": [USED]}


def test_a_right_answer_outlives_an_error_elsewhere() -> None:
    shown = shown_to(NADIA)
    answer = shown.answer()
    form = posted(NADIA, shown, answer, name="")
    assert "captcha" not in form.errors and "name" in form.errors
    assert key_on(form) == shown.key and f'value="{answer}"' in str(form["captcha"])
    assert posted(NADIA, shown, answer).is_valid()


@pytest.mark.parametrize("typed", ["", "   ", "\u200f\u200b"])
def test_nothing_typed_keeps_the_image(typed: str) -> None:
    shown = shown_to(NADIA)
    form = posted(NADIA, shown, typed)
    assert form.errors == {"captcha": [MISSING]}
    assert key_on(form) == shown.key
    assert posted(NADIA, shown, shown.answer()).is_valid()


def test_an_old_image_says_so_and_is_replaced() -> None:
    shown = shown_to(NADIA)
    answer = shown.answer()
    let_it_expire()
    form = posted(NADIA, shown, answer)
    assert form.errors == {"captcha": [TOO_OLD]}
    assert key_on(form) != shown.key


def test_an_answer_is_taken_once() -> None:
    shown = shown_to(NADIA)
    answer = shown.answer()
    assert posted(NADIA, shown, answer).is_valid()
    form = posted(NADIA, shown, answer)
    assert form.errors == {"captcha": [USED]}
    assert key_on(form) != shown.key


def test_a_loser_is_told_and_gets_a_new_image() -> None:
    """Both posts were judged right before the first one ended the challenge."""
    shown = shown_to(NADIA)
    field = CaptchaField(form_name="registration")
    field.bind(request_of(NADIA))
    field.clean((shown.key, shown.answer()))
    shown.burn(shown.answer())
    with pytest.raises(ValidationError, match=re.escape(USED)):
        field.burn()
    assert field.widget.challenge.key != shown.key


def test_an_answer_does_not_end_the_challenge_that_came_after_its_own() -> None:
    """Between judging and burning, the same key may have been asked for again and have new digits."""
    shown = shown_to(NADIA)
    old = shown.answer()
    shown.judge(old)
    shown.burn(old)
    assert shown.answer() != old
    with pytest.raises(Used):
        shown.burn(old)
    assert CaptchaStore.objects.count() == 1


@pytest.mark.parametrize(
    "spelling",
    [
        lambda answer: answer,
        lambda answer: answer.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        lambda answer: answer.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")),
        lambda answer: f" {answer[:3]} {answer[3:]} ",
        lambda answer: f"\u200f{answer[:2]}-{answer[2:]}\u200b",
    ],
    ids=["latin", "arabic", "persian", "spaced", "invisible"],
)
def test_digits_are_taken_as_people_type_them(spelling: Callable[[str], str]) -> None:
    shown = shown_to(NADIA)
    assert posted(NADIA, shown, spelling(shown.answer())).is_valid()


@pytest.mark.parametrize("typed", ["234", "2345682345", "abcdef", "😀", "' OR 1=1 --", "9" * 10_000])
def test_anything_else_is_a_wrong_answer(typed: str) -> None:
    assert posted(NADIA, shown_to(NADIA), typed).errors == {"captcha": [WRONG]}


# --- Races (CAP-1) ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_eight_posts_at_once_one_passes() -> None:
    shown = shown_to(NADIA)
    answer = shown.answer()
    posts = [posted(NADIA, shown, answer) for _ in range(8)]
    results = at_the_same_moment([post.is_valid for post in posts])
    assert sorted(map(str, results)) == ["False"] * 7 + ["True"]
    assert [post.errors for post in posts if post.errors] == [{"captcha": [USED]}] * 7


@pytest.mark.django_db(transaction=True)
def test_of_eight_burns_at_once_one_passes() -> None:
    shown = shown_to(NADIA)
    answer = shown.answer()
    shown.judge(answer)
    results = at_the_same_moment([partial(shown.burn, answer)] * 8)
    assert results.count(None) == 1
    assert [type(result) for result in results if result] == [Used] * 7


@pytest.mark.django_db(transaction=True)
def test_image_and_sound_asked_for_at_once_show_one_answer() -> None:
    asked = Challenge.of(request_of(NADIA), "registration", KEY)
    answers = at_the_same_moment([asked.answer] * 8)
    assert len(set(map(str, answers))) == 1 and CaptchaStore.objects.count() == 1


# --- Queries ----------------------------------------------------------------------------------------------------------


def test_a_form_nobody_looks_at_writes_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert key_on(Letter(request=request_of(NADIA)))


def test_a_right_answer_takes_one_delete(django_assert_num_queries: Any) -> None:
    shown = shown_to(NADIA)
    form = posted(NADIA, shown, shown.answer())
    with django_assert_num_queries(1):
        assert form.is_valid()


# --- Image and sound --------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(client: Client) -> Client:
    client.cookies[settings.CSRF_COOKIE_NAME] = NADIA
    return client


def image_url(key: str = KEY) -> str:
    return reverse("captcha_image", args=["registration", key])


def sound_url(language: str, key: str = KEY) -> str:
    return reverse("captcha_sound", args=["registration", key, language])


def test_the_image_is_a_small_sharp_png_that_nobody_keeps(browser: Client) -> None:
    response = browser.get(image_url())
    assert response["Content-Type"] == "image/png" and "no-store" in response["Cache-Control"]
    assert Image.open(io.BytesIO(response.content)).size == (440, 140)
    assert 'width="220" height="70"' in str(Letter(request=request_of(NADIA))["captcha"])


def test_no_image_is_above_six_kilobytes() -> None:
    assert max(len(picture.draw("884986", str(seed))) for seed in range(100)) <= 6 * 1024


def test_one_challenge_has_one_image(browser: Client) -> None:
    assert browser.get(image_url()).content == browser.get(image_url()).content


def test_other_digits_are_never_drawn_over_the_same_lines() -> None:
    """Else the lines could be taken off by asking for new digits under one key."""
    one, other = (
        Image.open(io.BytesIO(picture.draw(answer, "seed"))).convert("RGB") for answer in ("444444", "444443")
    )
    left_of_the_digits = (0, 0, 12, picture.HEIGHT)
    assert one.crop(left_of_the_digits).tobytes() != other.crop(left_of_the_digits).tobytes()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_sound_is_one_wav_in_the_language_of_the_page(language: str, browser: Client) -> None:
    response = browser.get(sound_url(language))
    assert response["Content-Type"] == "audio/wav" and "no-store" in response["Cache-Control"]
    with wave.open(io.BytesIO(response.content)) as heard:
        assert (heard.getnchannels(), heard.getsampwidth(), heard.getframerate()) == (1, 1, sound.RATE)
        assert 4 < heard.getnframes() / sound.RATE < 15


def test_each_digit_is_recorded_in_each_language_and_sounds_different() -> None:
    spoken = {sound.speak(digit, language, "") for digit in DIGITS for language in ("ar", "en")}
    assert len(spoken) == 2 * len(DIGITS)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_sound_says_the_digits_of_the_image(language: str, browser: Client) -> None:
    browser.get(image_url())
    answer = CaptchaStore.objects.get().response
    with wave.open(io.BytesIO(browser.get(sound_url(language)).content)) as heard:
        length = heard.getnframes()
    with wave.open(io.BytesIO(sound.speak(answer, language, ""))) as expected:
        assert expected.getnframes() == length
    assert CaptchaStore.objects.get().response == answer


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("bytes=0-1", 0, 1), ("bytes=100-", 100, None), ("bytes=-50", -50, None)]
)
def test_the_sound_is_given_in_pieces_to_players_that_insist(
    asked: str, first: int, last: int | None, browser: Client
) -> None:
    """Safari plays nothing from a server that ignores Range."""
    whole = browser.get(sound_url("ar")).content
    response = browser.get(sound_url("ar"), HTTP_RANGE=asked)
    first = first % len(whole)
    last = len(whole) - 1 if last is None else last
    assert response.status_code == 206
    assert response.content == whole[first : last + 1]
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=5-2", "bytes=-0"])
def test_a_piece_that_does_not_exist_is_refused(asked: str, browser: Client) -> None:
    response = browser.get(sound_url("ar"), HTTP_RANGE=asked)
    assert response.status_code == 416 and response["Content-Range"].startswith("bytes */")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b", "bytes=٠-١"])
def test_a_range_nobody_understands_gets_the_whole(asked: str, browser: Client) -> None:
    response = browser.get(sound_url("ar"), HTTP_RANGE=asked)
    assert response.status_code == 200 and response.content == browser.get(sound_url("ar")).content


def test_without_the_cookie_of_the_page_there_is_no_image_no_sound_and_no_row(client: Client) -> None:
    assert client.get(image_url()).status_code == 404
    assert client.get(sound_url("ar")).status_code == 404
    assert not CaptchaStore.objects.exists()


def test_an_image_never_sets_a_cookie(browser: Client) -> None:
    """One that arrives late would bring back the CSRF secret from before a sign-in."""
    assert not browser.get(image_url()).cookies and not browser.get(sound_url("en")).cookies


def test_a_new_challenge_for_the_script_can_be_seen_heard_and_answered(browser: Client) -> None:
    fresh = browser.get(reverse("captcha_refresh", args=["registration", "en"])).json()
    assert browser.get(fresh["image"]).status_code == browser.get(fresh["sound"]).status_code == 200
    shown = Challenge.of(request_of(NADIA), "registration", fresh["key"])
    assert posted(NADIA, shown, CaptchaStore.objects.get().response).is_valid()


# --- Chance -----------------------------------------------------------------------------------------------------------


def test_answers_owe_nothing_to_pythons_global_random(browser: Client) -> None:
    random.seed(7)
    before = random.getstate()
    browser.get(image_url())
    browser.get(sound_url("ar"))
    shown = Challenge.of(request_of(NADIA), "registration", KEY)
    assert posted(NADIA, shown, shown.answer()).is_valid()
    assert random.getstate() == before


def test_the_same_seed_of_the_global_random_brings_no_answer_back() -> None:
    answers = set()
    for number in range(20):
        random.seed(7)
        answers.add(shown_to(NADIA, key=f"{number:032x}").answer())
    assert len(answers) == 20
    assert all(re.fullmatch(f"[{DIGITS}]{{6}}", answer) for answer in answers)


@pytest.mark.parametrize("name", ["captcha-image", "captcha-image-2x", "captcha-audio", "captcha-refresh"])
def test_the_librarys_own_views_cannot_be_reached(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name, args=[KEY] if name != "captcha-refresh" else [])
    assert not any("captcha.views" in str(pattern.callback) for pattern in _patterns(get_resolver()))


def _patterns(resolver: Any) -> list[Any]:
    found = []
    for entry in resolver.url_patterns:
        found += _patterns(entry) if hasattr(entry, "url_patterns") else [entry]
    return found


# --- Widget -----------------------------------------------------------------------------------------------------------


def test_the_widget_works_without_a_script() -> None:
    html = str(Letter(request=request_of(NADIA))["captcha"])
    key = re.search("[0-9a-f]{32}", html)
    assert key
    for part in (
        f'src="{image_url(key[0])}"',
        f'src="{sound_url("en", key[0])}"',
        'name="new_captcha" value="1" formnovalidate',
        'inputmode="numeric"',
        'autocomplete="off"',
        'dir="ltr"',
    ):
        assert part in html


def test_enter_sends_the_form_and_does_not_ask_for_a_new_image() -> None:
    """Enter presses the first submit button of a form."""
    first = re.search(r'<(?:button|input)[^>]*type="submit"[^>]*>', str(Letter(request=request_of(NADIA))["captcha"]))
    assert first and "new_captcha" not in first[0]


# --- Housekeeping -----------------------------------------------------------------------------------------------------


def test_the_purge_forgets_what_expired_and_nothing_else() -> None:
    shown_to(OMAR)
    let_it_expire()
    live = shown_to(NADIA)
    claims.purge()
    assert CaptchaStore.objects.get().hashkey == live.hashkey


def test_an_expired_challenge_is_refused_also_before_the_purge() -> None:
    shown = shown_to(NADIA)
    answer = shown.answer()
    let_it_expire()
    with pytest.raises(Expired):
        shown.judge(answer)
    with pytest.raises(Used):
        shown.burn(answer)
    challenge.purge_expired()
    with pytest.raises(Used):
        shown.judge(answer)


def test_wrong_guesses_do_not_add_up() -> None:
    shown = shown_to(NADIA)
    right = shown.answer()
    with pytest.raises(Wrong):
        shown.judge(other_than(right))
    with pytest.raises(Used):
        shown.judge(right)
