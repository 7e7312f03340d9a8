"""Which way the hub recommends, over all answers and kinds of person."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

import pytest
from django.conf import settings

from activation import advisor, policy
from activation.actions import cases
from activation.advisor import Why
from activation.channels.base import Channel, Need
from core import plugins
from registry.models import Kind, Person

CHANNELS: dict[str, Channel] = plugins.load(settings.ACTIVATION_CHANNELS)
BANK, HOME = Need.BANK_ACCOUNT, Need.LEAVING_HOME


def _person(kind: str = Kind.RESIDENT, *, fingerprint_on_file: bool = True) -> Person:
    return Person(kind=kind, fingerprint_on_file=fingerprint_on_file)


def _subsets(items: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))


PEOPLE = [_person(kind, fingerprint_on_file=on_file) for kind in Kind for on_file in (True, False)]
ANSWERS = [frozenset(map(Need, has)) for has in _subsets(list(Need))]
SHIPPED = ("bank", "kiosk", "atm", "officer")


@pytest.mark.parametrize(
    ("has", "best", "why", "second", "lacks"),
    [
        ({BANK, HOME}, "bank", Why.FITS, "kiosk", set()),
        ({BANK}, "bank", Why.FITS, "kiosk", {HOME}),
        ({HOME}, "kiosk", Why.FITS, "officer", set()),
        (set(), "kiosk", Why.NEAREST, "officer", {HOME}),
    ],
)
def test_a_resident_is_advised_by_what_they_have(
    has: set[Need], best: str, why: Why, second: str, lacks: set[Need]
) -> None:
    advice = advisor.advise(_person(), [CHANNELS[name] for name in SHIPPED], has)
    assert advice
    assert (advice.best.name, advice.why, advice.second and advice.second.name) == (best, why, second)
    assert advice.lacks == lacks


@pytest.mark.parametrize(("has", "second"), [({BANK}, "atm"), (set(), "officer")])
def test_a_visitor_who_has_to_go_somewhere_anyway_is_led_to_a_kiosk(has: set[Need], second: str) -> None:
    visitor = _person(Kind.VISITOR)
    open_to_visitors = cases.channels_for(visitor)
    assert advisor.questions(open_to_visitors) == [BANK]
    advice = advisor.advise(visitor, open_to_visitors, has)
    assert advice and advice.second
    assert (advice.best.name, advice.why, advice.second.name) == ("kiosk", Why.FITS, second)


def test_who_has_no_fingerprint_on_file_is_asked_nothing_and_led_to_where_it_is_taken() -> None:
    person = _person(fingerprint_on_file=False)
    takers = cases.channels_for(person)
    assert advisor.questions(takers) == []
    advice = advisor.advise(person, takers, frozenset())
    assert advice and (advice.best.name, advice.why) == ("kiosk", Why.TAKES_FINGERPRINT)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: f"{p.kind}-{'on' if p.fingerprint_on_file else 'not on'} file")
@pytest.mark.parametrize("has", ANSWERS, ids=lambda has: "+".join(sorted(has)) or "nothing")
def test_whatever_is_open_what_is_advised_is_open_and_nothing_else_asks_for_less(
    has: frozenset[Need], person: Person
) -> None:
    offered = cases.channels_for(person)
    for names in _subsets([channel.name for channel in offered]):
        live = [channel for channel in offered if channel.name in names]
        advice = advisor.advise(person, live, has)
        if advice is None:
            assert live == []
            continue
        assert advice.best in live and (advice.second in live) == (len(live) > 1) and advice.second != advice.best
        asked = set(advisor.questions(live))
        fits = [channel for channel in live if not (channel.needs & asked) - has]
        assert (advice.best == fits[0]) if fits else advice.why == Why.NEAREST


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: f"{p.kind}-{'on' if p.fingerprint_on_file else 'not on'} file")
def test_whoever_lacks_a_fingerprint_is_advised_where_it_is_taken_only(person: Person) -> None:
    for has in ANSWERS:
        advice = advisor.advise(person, cases.channels_for(person), has)
        assert advice
        advised = [channel for channel in (advice.best, advice.second) if channel]
        ruled = [policy.channels()[channel.name] for channel in advised]
        assert all(person.kind in rule.kinds for rule in ruled)
        assert person.fingerprint_on_file or all(rule.takes_fingerprint for rule in ruled)


def test_only_what_tells_the_ways_apart_is_asked() -> None:
    def asked(*names: str) -> list[Need]:
        return advisor.questions([CHANNELS[name] for name in names])

    assert asked("bank", "kiosk", "officer") == [BANK, HOME]
    assert asked("kiosk", "officer") == asked("bank") == asked() == []
