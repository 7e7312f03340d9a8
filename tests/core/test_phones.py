"""SMS-2: every spelling of a mobile is one key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from core.phones import MobileError, mask, parse_mobile

KEY = "+966512345621"
SPELLINGS = [
    "0512345621", "512345621", "+966512345621", "00966512345621", "966512345621", "+9660512345621", "009660512345621",
    "05 1234 5621", "051-234-5621", "(051) 234 5621", "05.1234.5621", "05/1234/5621", "+966 (0) 51 234 5621",
    "+966 51 234 5621", "+966-51-234-5621", "051–234–5621", "051\u00a0234\u00a05621", "  0512345621\n",
    "٠٥١٢٣٤٥٦٢١", "۰۵۱۲۳۴۵۶۲۱", "+٩٦٦٥١٢٣٤٥٦٢١", "٠٠٩٦٦٥١٢٣٤٥٦٢١", "٠٥١٢٣٤5621",
    "\u202a+966 51 234 5621\u202c", "\u200e0512345621\u200f", "05\u200b12345621", "\ufeff0512345621",
]  # fmt: skip
prefixes = st.sampled_from(["0", "", "+966", "966", "00966", "+9660"])
scripts = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])
separators = st.lists(st.sampled_from(["", " ", "-", ".", "\u200f", "\u2011"]), min_size=9, max_size=9)


def _code(text: str) -> str:
    with pytest.raises(MobileError) as refused:
        parse_mobile(text)
    return refused.value.code


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_one_key(spelling: str) -> None:
    assert parse_mobile(spelling) == KEY


@given(st.text("0123456789", min_size=8, max_size=8), prefixes, scripts, separators)
def test_every_saudi_mobile_is_one_key_however_it_is_written(
    eight: str, prefix: str, script: str, between: list[str]
) -> None:
    national = "5" + eight
    written = prefix + "".join(digit + gap for digit, gap in zip(national, between, strict=True))
    assert parse_mobile(written.translate(str.maketrans("0123456789", script))) == f"+966{national}"


@given(st.text("0123456789", min_size=8, max_size=8))
def test_a_key_is_its_own_key(eight: str) -> None:
    assert parse_mobile(parse_mobile(f"05{eight}")) == f"+9665{eight}"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abc", "letters"),
        ("05123O5621", "letters"),
        ("0512345621👍", "letters"),
        ("0512345621x12", "extension"),
        ("0512345621 ext. 5", "extension"),
        ("0512345621 extension 5", "extension"),
        ("0512345621#5", "extension"),
        ("0512345621,5", "extension"),
        ("0512345621;5", "extension"),
        ("0512345621 تحويلة ٥", "extension"),
        ("2000000006", "id_number"),
        ("٢٠٠٠٠٠٠٠٠٦", "id_number"),
        ("1000000008", "id_number"),
        ("3000000004", "id_number"),
        ("0112345678", "landline"),
        ("+966112345678", "landline"),
        ("920012345", "landline"),
        ("+971501234567", "foreign"),
        ("00201001234567", "foreign"),
        ("+44 7700 900123", "foreign"),
        ("", "length"),
        ("+", "length"),
        ("5", "length"),
        ("05123456", "length"),
        ("05123456211", "length"),
        ("+96651234562", "length"),
        ("+966+512345621", "length"),
    ],
)
def test_every_way_to_be_wrong_has_its_own_code(typed: str, code: str) -> None:
    assert _code(typed) == code


def test_mobiles_of_another_country_are_taken_where_that_is_set(settings: Settings) -> None:
    settings.SMS_COUNTRIES = ["SA", "AE"]
    assert parse_mobile("+971 50 123 4567") == "+971501234567"
    assert parse_mobile("0512345621") == KEY
    assert _code("+97142345678") == "foreign"  # a landline of Dubai
    assert _code("+201001234567") == "foreign"


@given(st.text(max_size=25))
def test_whatever_is_typed_ends_in_a_key_or_a_code(text: str) -> None:
    try:
        key = parse_mobile(text)
    except MobileError as error:
        assert error.code in {"letters", "extension", "id_number", "landline", "foreign", "length"}
    else:
        assert key.startswith("+9665") and len(key) == 13


def test_a_masked_mobile_can_be_recognised_but_not_dialled() -> None:
    assert mask(KEY) == "05••••••21"
    assert mask("+971501234567") == "+9••••••67"
