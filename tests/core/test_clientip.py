"""OTP-4: what a client writes into X-Forwarded-For itself changes nothing."""

import pytest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from core.clientip import client_ip, network_of

PROXY, CLIENT, FORGED = "10.0.0.1", "198.51.100.7", "203.0.113.99"


def _seen(forwarded: str | None, settings: Settings, proxies: int) -> str:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PROXY))


@pytest.mark.parametrize("forwarded", [None, CLIENT, f"{FORGED}, {CLIENT}"])
def test_without_a_proxy_the_header_is_not_read(settings: Settings, forwarded: str | None) -> None:
    assert _seen(forwarded, settings, proxies=0) == PROXY


@pytest.mark.parametrize("forwarded", [CLIENT, f"{FORGED}, {CLIENT}", f"{FORGED},{FORGED} , {CLIENT}", f", , {CLIENT}"])
def test_behind_one_proxy_the_address_that_the_proxy_saw_counts(settings: Settings, forwarded: str) -> None:
    assert _seen(forwarded, settings, proxies=1) == CLIENT


def test_behind_two_proxies_the_address_that_the_outer_one_saw_counts(settings: Settings) -> None:
    assert _seen(f"{FORGED}, {CLIENT}, 10.0.0.2", settings, proxies=2) == CLIENT


@pytest.mark.parametrize("forwarded", [None, "", " , ", FORGED])
def test_who_came_past_the_proxies_is_known_by_the_connection(settings: Settings, forwarded: str | None) -> None:
    assert _seen(forwarded, settings, proxies=2) == PROXY


@given(st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=50))
def test_no_forgery_reaches_what_the_proxy_appended(forgery: str) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": f"{forgery}, {CLIENT}"}, REMOTE_ADDR=PROXY)
    with override_settings(TRUSTED_PROXY_COUNT=1):
        assert client_ip(request) == CLIENT


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::2", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("", ""),
    ],
)
def test_a_subscriber_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network
