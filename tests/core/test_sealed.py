import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from core.sealed import Unreadable, digest, is_digest, same, seal, unseal


@given(st.text())
def test_what_is_sealed_can_be_read_again(text: str) -> None:
    assert unseal(seal(text)) == text


def test_a_seal_hides_the_text_and_is_another_each_time() -> None:
    assert "471302" not in seal("471302")
    assert seal("471302") != seal("471302")


def test_an_altered_seal_is_unreadable() -> None:
    sealed = seal("471302")
    for altered in (
        sealed[:-5] + ("A" if sealed[-5] != "A" else "B") + sealed[-4:],
        sealed[1:],
        "",
        "x",
        "سر",
    ):
        with pytest.raises(Unreadable):
            unseal(altered)


def test_another_installation_cannot_read_it(settings: Settings) -> None:
    sealed = seal("471302")
    settings.SEALING_KEYS = ["another key of this trial"]
    with pytest.raises(Unreadable):
        unseal(sealed)


def test_keys_can_be_changed_without_losing_what_was_sealed(settings: Settings) -> None:
    old_seal, old_digest = seal("471302"), digest("trial", "one")
    settings.SEALING_KEYS = ["the new key of this trial", *settings.SEALING_KEYS]
    assert unseal(old_seal) == "471302"
    assert is_digest(old_digest, "trial", "one")
    assert digest("trial", "one") != old_digest
    settings.SEALING_KEYS = settings.SEALING_KEYS[:1]
    assert not is_digest(old_digest, "trial", "one")


def test_a_digest_depends_on_purpose_and_on_every_part() -> None:
    digests = {
        digest("a", "b"),
        digest("b", "a"),
        digest("a", "b", ""),
        digest("a", "bc"),
        digest("a", "b", "c"),
        digest("a"),
    }
    assert len(digests) == 6
    assert digest("a", "b") == digest("a", "b")
    assert all(len(made) == 64 for made in digests)


def test_a_digest_of_something_else_is_not_taken() -> None:
    assert is_digest(digest("code", "471302"), "code", "471302")
    assert not is_digest(digest("code", "471302"), "code", "471303")
    assert not is_digest(digest("other", "471302"), "code", "471302")
    assert not is_digest("", "code", "471302")


def test_texts_beyond_ascii_can_be_compared() -> None:
    assert same("رمز", "رمز")
    assert not same("رمز", "رمزي")
