"""Where webhooks may go. A partner's address must not lead to what only this portal's own network reaches."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

# What the registries have given out of IPv6. Python takes all but a few of the others for public, such as fec0::/10, which
# networks of old use inside, and ::/96, which carries an IPv4 address.
_GIVEN_OUT = ip_network("2000::/3")
# Addresses that carry another one inside, which a gateway on the way would unpack, or that lead to such a gateway.
_CARRYING = (ip_network("2002::/16"), ip_network("2001::/32"), ip_network("192.88.99.0/24"))
# For documentation; Python 3.11 does not know it yet.
_EXAMPLES = ip_network("3fff::/20")


class AddressRefused(Exception):
    """`reason`: unreadable, not_https, too_much (a name, a password or a fragment stands in it) or private."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def judge(url: str) -> None:
    """What can be told before the name is looked up. Raises AddressRefused."""
    split = _split(url)
    if split.scheme != "https" and not (settings.DEMO_MODE and split.scheme == "http"):
        raise AddressRefused("not_https")
    if split.username is not None or split.password is not None or split.fragment:
        raise AddressRefused("too_much")
    if _is_address(split.hostname or "") and not may_be_called(split.hostname or ""):
        raise AddressRefused("private")


def may_be_called(address: str) -> bool:
    """Public addresses, and those of settings.WEBHOOK_NETWORKS."""
    parsed = ip_address(address.partition("%")[0])
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if any(parsed in ip_network(network) for network in settings.WEBHOOK_NETWORKS):
        return True
    return parsed.is_global and not parsed.is_multicast and _leads_outside(parsed)


def _split(url: str) -> SplitResult:
    try:
        split = urlsplit(url)
        split.port  # noqa: B018  (raises for a port that is none)
    except ValueError:
        raise AddressRefused("unreadable") from None
    if not split.hostname or not url.isascii() or any(letter <= " " or letter == "\\" for letter in url):
        raise AddressRefused("unreadable")
    return split


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _leads_outside(address: IPv4Address | IPv6Address) -> bool:
    is_given_out = address.version == 4 or address in _GIVEN_OUT
    return is_given_out and not any(address in network for network in (*_CARRYING, _EXAMPLES))
