"""The rules of usernames and passwords (domain, section 2)."""

import re
import string

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import (
    PASSWORD_RULES,
    USERNAME_RULES,
    Rule,
    broken,
    has_no_frequent_character,
    has_no_piece_of_username,
)

usernames = st.builds(
    lambda first, middle, lower, digit: first + middle + lower + digit,
    st.sampled_from(string.ascii_letters),
    st.text(string.ascii_letters + string.digits, min_size=5, max_size=27),
    st.sampled_from(string.ascii_lowercase),
    st.sampled_from(string.digits),
)


def _broken_of(username: str) -> list[str]:
    return [rule.name for rule in broken(USERNAME_RULES, username)]


def _broken_by(password: str, username: str = "samer2026") -> list[str]:
    return [rule.name for rule in broken(PASSWORD_RULES, password, username)]


@pytest.mark.parametrize(
    ("username", "rules"),
    [
        ("samer2026", []),
        ("Samer2026", []),
        ("samer202", []),
        ("s" * 29 + "1", []),
        ("samer20", ["length"]),
        ("s" * 30 + "1", ["length"]),
        ("سامر12345", ["letters_and_digits", "starts_with_letter", "lower_case"]),
        ("samer٢٠٢٦", ["letters_and_digits", "digit"]),
        ("samer_2026", ["letters_and_digits"]),
        ("samer 2026", ["letters_and_digits"]),
        ("sämer2026", ["letters_and_digits"]),
        ("samer2026\n", ["length", "letters_and_digits"]),
        ("2026samer", ["starts_with_letter"]),
        ("SAMER2026", ["lower_case"]),
        ("samersamer", ["digit"]),
        ("", ["length", "starts_with_letter", "lower_case", "digit"]),
    ],
)
def test_a_username_is_told_all_it_breaks(username: str, rules: list[str]) -> None:
    assert _broken_of(username) == rules


@given(usernames)
def test_a_username_that_follows_the_rules_is_taken(username: str) -> None:
    assert _broken_of(username) == []


@given(st.text(string.ascii_letters + string.digits + "\n _é٣", min_size=6, max_size=32))
def test_a_username_that_is_taken_follows_the_specification(username: str) -> None:
    shape = re.fullmatch(r"(?=.*[a-z])(?=.*[0-9])[A-Za-z][A-Za-z0-9]{7,29}", username)
    assert (_broken_of(username) == []) == bool(shape)


@pytest.mark.parametrize(
    ("password", "rules"),
    [
        ("Blue7Lantern", []),
        ("Aa1" + "xyz" * 41 + "xy", []),
        ("كلمة سر طويلة Aa1", []),
        ("Blue7La", ["length"]),
        ("Aa1" + "xyz" * 42, ["length"]),
        ("blue7lantern", ["upper_case"]),
        ("BLUE7LANTERN", ["lower_case"]),
        ("BlueLantern", ["digit"]),
        ("aaaaaaaA1", ["frequent_character"]),
        ("Samer2026x", ["username_piece"]),
        ("xxSAMER99a", ["username_piece"]),
        ("", ["length", "upper_case", "lower_case", "digit"]),
    ],
)
def test_a_password_is_told_all_it_breaks(password: str, rules: list[str]) -> None:
    assert _broken_by(password) == rules


def test_one_character_may_make_up_half_of_a_password_and_no_more() -> None:
    assert has_no_frequent_character("aaaabcd1")
    assert not has_no_frequent_character("aaaaabc1")


def test_half_of_the_username_may_stand_in_a_password_and_no_more() -> None:
    assert has_no_piece_of_username("Same7Lantern", "samer202")
    assert not has_no_piece_of_username("Samer7Lantern", "samer202")
    assert not has_no_piece_of_username("7r2026Lantern", "samer2026")
    assert has_no_piece_of_username("anything", "")


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Does not contain more than half of your username"), ("ar", "لا تحتوي على أكثر من نصف اسم المستخدم")],
)
def test_the_check_list_allows_half_of_the_username_as_the_rule_does(language: str, told: str) -> None:
    (rule,) = [rule for rule in PASSWORD_RULES if rule.name == "username_piece"]
    with override(language):
        assert str(rule.text) == told
    assert rule.holds("Same7Lantern", "samer202") and not rule.holds("Samer7Lantern", "samer202")


@given(usernames, st.integers(0, 40), st.text(string.ascii_letters, max_size=10))
def test_a_long_piece_of_the_username_is_found_wherever_it_stands(username: str, start: int, around: str) -> None:
    size = len(username) // 2 + 1
    start %= len(username) - size + 1
    assert not has_no_piece_of_username(f"{around}{username[start : start + size].swapcase()}{around}", username)


@pytest.mark.parametrize("rule", [*USERNAME_RULES, *PASSWORD_RULES], ids=lambda rule: rule.name)
def test_every_rule_speaks_both_languages(rule: Rule) -> None:
    with override("en"):
        english = str(rule.text), rule.fix_of("x" * 7)
    with override("ar"):
        assert str(rule.text) != english[0] and rule.fix_of("x" * 7) != english[1]


def test_every_broken_rule_is_told_at_once() -> None:
    with override("en"):
        told = [rule.fix_of("٢سا") for rule in broken(USERNAME_RULES, "٢سا")]
    assert [sentence.split()[0] for sentence in told] == ["You", "Use", "Begin", "Add", "Add"]
    assert told[0] == "You typed 3 characters; a username has 8 to 30."
