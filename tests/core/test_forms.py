"""Fields judge what is typed, and say what is wrong in a sentence of the page's language."""

import re
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import override

from core.forms import (
    CODE_ERRORS,
    ID_NUMBER_ERRORS,
    MOBILE_ERRORS,
    CleanCharField,
    CodeField,
    IdNumberField,
    MobileField,
)


def _sentence(field: forms.Field, typed: str, language: str = "en") -> str:
    with override(language), pytest.raises(ValidationError) as refused:
        field.clean(typed)
    with override(language):
        return " ".join(refused.value.messages)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type your ID, iqama or border number."),
        ("   ", "Type your ID, iqama or border number."),
        ("20000000a6", "Type digits only. The number has ten digits and no letters."),
        ("0512345621", "This looks like a mobile number. Type the ID, iqama or border number here: ten digits that do not start with 0."),
        ("123", "You typed 3 digits; a national ID has 10. Check it against your document."),
        ("٢", "You typed one digit; an iqama number has 10. Check it against your document."),
        ("20000000066", "You typed 11 digits; an iqama number has 10. Check it against your document."),
        ("41234567", "You typed 8 digits; a border number has 10. Check it against your document."),
        ("98765", "You typed 5 digits; the number has 10. Check it against your document."),
        ("9000000000", "A national ID starts with 1, an iqama with 2 and a border number with 3, 4, 5 or 6. Check the first digit."),
        ("2000000007", "One of the digits is not right. Compare the number with your document, digit by digit."),
    ],
)  # fmt: skip
def test_an_id_number_field_says_what_is_wrong(typed: str, sentence: str) -> None:
    assert _sentence(IdNumberField(), typed) == sentence


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type your mobile number."),
        ("05 call me", "Type digits only, for example 05XXXXXXXX."),
        ("0512345621 x3", "Type the mobile number without an extension."),
        ("2000000006", "This looks like an ID or iqama number. Type your mobile number here: it starts with 05."),
        ("0112345678", "This is not a mobile number, and a landline cannot receive the code. Type a number that starts with 05."),
        ("+201001234567", "Codes are sent to Saudi mobile numbers only. Type a number that starts with 05."),
        ("051234562", "A mobile number has 10 digits and starts with 05. Check the digits."),
        ("051-234-56211", "A mobile number has 10 digits and starts with 05. Check the digits."),
        ("51234562", "A mobile number has 10 digits and starts with 05. Check the digits."),
        ("+966 51 234 562", "A mobile number has 10 digits and starts with 05. Check the digits."),
    ],
)  # fmt: skip
def test_a_mobile_field_says_what_is_wrong(typed: str, sentence: str) -> None:
    assert _sentence(MobileField(), typed) == sentence


@pytest.mark.parametrize("typed", ["12345a", "abcdef", "१२३४५६", "²²²²²²"])
def test_a_code_field_takes_digits_only(typed: str) -> None:
    assert _sentence(CodeField(), typed) == "Type digits only. The code has six, as they stand in the message."


@pytest.mark.parametrize(
    ("typed", "counted"),
    [("7", "one digit"), ("12 34-5", "5 digits"), ("1234567", "7 digits"), ("٠" * 104, "104 digits")],
)
def test_a_code_field_counts_what_was_typed(typed: str, counted: str) -> None:
    sentence = f"You typed {counted}; the code has six. Type all six as they are shown."
    assert _sentence(CodeField(), typed) == sentence


@pytest.mark.parametrize(
    ("digits", "counted"),
    [
        (1, "كُتبت خانة واحدة"),
        (2, "كُتبت خانتان"),
        (3, "كُتبت 3 خانات"),
        (9, "كُتبت 9 خانات"),
        (11, "كُتبت 11 خانة"),
        (102, "كُتبت 102 خانة"),
    ],
)
def test_arabic_counts_digits_by_its_own_plurals(digits: int, counted: str) -> None:
    assert _sentence(IdNumberField(), "2" * digits, "ar").startswith(counted)


def test_a_missing_code_is_asked_for() -> None:
    assert _sentence(CodeField(), "") == "Type the six digits of the code."


@pytest.mark.parametrize(
    "typed", ["471302", " 471 302 ", "471-302", "٤٧١٣٠٢", "۴۷۱۳۰۲", "\u200f471302\u200e", "4 7 1 3 0 2"]
)
def test_a_code_is_read_however_it_was_pasted(typed: str) -> None:
    assert CodeField().clean(typed) == "471302"


def test_numbers_are_cleaned_to_their_keys() -> None:
    assert IdNumberField().clean(" ٢٠٠٠ ٠٠٠ ٠٠٦ ") == "2000000006"
    assert MobileField().clean("٠٥١ ٢٣٤ ٥٦٢١") == "+966512345621"


def test_a_field_that_is_not_required_may_be_empty() -> None:
    assert IdNumberField(required=False).clean("") == ""
    assert MobileField(required=False).clean("") == ""
    assert CodeField(required=False).clean("") == ""


class _Numbered(forms.Form):
    number = IdNumberField()


@pytest.mark.parametrize(
    ("typed", "holder", "in_arabic"),
    [
        ("2000000006", "Resident", "مقيم"),
        ("١٠", "Citizen", "مواطن"),
        ("3 00", "Visitor or GCC citizen", "زائر أو مواطن خليجي"),
        ("9", "", ""),
        ("0512345621", "", ""),
        ("12345😀", "", ""),
        ("<b>", "", ""),
        ("", "", ""),
    ],
)
def test_whom_the_number_in_the_field_stands_for_is_told_by_the_page_itself(
    typed: str, holder: str, in_arabic: str
) -> None:
    for language, told in (("en", holder), ("ar", in_arabic)):
        with override(language):
            for form in (_Numbered({"number": typed}), _Numbered(initial={"number": typed})):
                said = re.findall(
                    r'class="kind" data-kind-of="id_number"[^>]*>([^<]*)</p>', form["number"].as_field_group()
                )
                assert said == [told]


@pytest.mark.parametrize("sentence", [*ID_NUMBER_ERRORS.values(), *MOBILE_ERRORS.values(), *CODE_ERRORS.values()])
def test_every_sentence_is_in_both_languages(sentence: Any) -> None:
    with override("en"):
        english = sentence % {"typed": 7}
    with override("ar"):
        assert sentence % {"typed": 7} != english


def test_text_is_freed_of_what_nobody_can_see() -> None:
    assert CleanCharField().clean(" sam\u200ber2026\u200f ") == "samer2026"


@pytest.mark.parametrize("field", [IdNumberField(), MobileField(), CodeField()])
def test_number_fields_bring_up_the_right_keyboard(field: forms.Field) -> None:
    assert field.widget.attrs["inputmode"] in ("numeric", "tel")
    assert field.widget.attrs["dir"] == "ltr"


def test_a_phone_offers_the_code_of_the_text_message() -> None:
    assert CodeField().widget.attrs["autocomplete"] == "one-time-code"
