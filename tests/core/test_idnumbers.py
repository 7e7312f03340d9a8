import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pytest_django import Settings

from core.idnumbers import IdNumberError, NumberKind, luhn_holds, parse
from tests.cast import luhn_number

nine_digits = st.text("0123456789", min_size=9, max_size=9)
checked_numbers = st.builds(lambda first, rest: luhn_number(first + rest[1:]), st.sampled_from("12"), nine_digits)
border_numbers = st.builds(lambda first, rest: first + rest, st.sampled_from("3456"), nine_digits)
scripts = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])


def _code(text: str) -> str:
    with pytest.raises(IdNumberError) as refused:
        parse(text)
    return refused.value.code


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("1000000008", NumberKind.NATIONAL_ID),
        ("1012345672", NumberKind.NATIONAL_ID),
        ("2000000006", NumberKind.IQAMA),
        ("2123456788", NumberKind.IQAMA),
        ("2999999994", NumberKind.IQAMA),
        ("3000000004", NumberKind.BORDER),
        ("4123456784", NumberKind.BORDER),
        ("5000000000", NumberKind.BORDER),
        ("6999999999", NumberKind.BORDER),
    ],
)
def test_the_first_digit_tells_the_kind(digits: str, kind: NumberKind) -> None:
    number = parse(digits)
    assert (number.digits, number.kind, str(number)) == (digits, kind, digits)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "letters"),
        ("abcdefghij", "letters"),
        ("20000O0006", "letters"),
        ("2000000006👍", "letters"),
        ("²000000006", "letters"),
        ("2000000006 x", "letters"),
        ("0512345621", "leading_zero"),
        ("٠٥١٢٣٤٥٦٢١", "leading_zero"),
        ("+966512345621", "leading_zero"),
        ("966512345621", "leading_zero"),
        ("00966512345621", "leading_zero"),
        ("0200000000", "leading_zero"),
        ("200000000", "length"),
        ("20000000060", "length"),
        ("512345621", "length"),
        ("7000000000", "first_digit"),
        ("8000000000", "first_digit"),
        ("9000000000", "first_digit"),
        ("2000000007", "checksum"),
        ("1000000009", "checksum"),
    ],
)
def test_every_way_to_be_wrong_has_its_own_code(typed: str, code: str) -> None:
    assert _code(typed) == code


@pytest.mark.parametrize(
    "typed",
    ["٢٠٠٠٠٠٠٠٠٦", "۲۰۰۰۰۰۰۰۰۶", " 2000000006\n", "2000 000 006", "200-000-0006", "\u202b2000000006\u202c", "2\u200b000000006", "\ufeff2000000006"],
)  # fmt: skip
def test_the_number_is_read_however_it_was_pasted(typed: str) -> None:
    assert parse(typed).digits == "2000000006"


@given(checked_numbers, scripts)
def test_a_number_with_its_check_digit_is_taken_in_every_script(number: str, script: str) -> None:
    assert parse(number.translate(str.maketrans("0123456789", script))).digits == number


@given(checked_numbers, st.integers(1, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, by: int) -> None:
    wrong = str((int(number[place]) + by) % 10)
    assert _code(number[:place] + wrong + number[place + 1 :]) == "checksum"


@given(checked_numbers, st.integers(1, 8))
def test_two_neighbours_that_changed_places_are_noticed(number: str, place: int) -> None:
    one, other = number[place], number[place + 1]
    assume(one != other and {one, other} != {"0", "9"})  # the one pair that Luhn's check lets pass
    assert _code(number[:place] + other + one + number[place + 2 :]) == "checksum"


@given(border_numbers)
def test_border_numbers_are_checked_only_where_that_is_set(number: str) -> None:
    assert parse(number).kind is NumberKind.BORDER


def test_border_numbers_can_be_checked_too(settings: Settings) -> None:
    settings.BORDER_NUMBER_LUHN = True
    assert parse("3000000004").kind is NumberKind.BORDER
    assert _code("3000000005") == "checksum"


@given(nine_digits)
def test_of_ten_last_digits_one_fits(nine: str) -> None:
    assert sum(luhn_holds(f"{nine}{last}") for last in range(10)) == 1


@given(st.text(max_size=20))
def test_whatever_is_typed_ends_in_ten_digits_or_a_code(text: str) -> None:
    try:
        digits = parse(text).digits
    except IdNumberError as error:
        assert error.code in {"letters", "leading_zero", "length", "first_digit", "checksum"}
    else:
        assert len(digits) == 10 and digits.isascii() and digits.isdigit()
