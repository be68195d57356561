"""Where a request really comes from: behind our own proxies every client would have one address."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


class ClientAddressMiddleware:
    """Puts the client's address in `REMOTE_ADDR`, for lock-out and audit alike.

    What a proxy says counts only when its own address lies in TRUSTED_PROXIES. With proxies named, what anybody
    else claims to have forwarded is dropped; without, `X-Forwarded-For` is never read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if networks := settings.TRUSTED_PROXIES:
            peer = request.META.get("REMOTE_ADDR", "")
            if not peer or _is_within(_address(peer), networks):  # a Unix socket has no address
                request.META["REMOTE_ADDR"] = _client(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""), networks)
            else:
                for name in _FORWARDED:
                    request.META.pop(name, None)
        return self.get_response(request)


def _client(peer: str, forwarded: str, networks: Sequence[IPv4Network | IPv6Network]) -> str:
    """The last address of the way that is none of ours; whatever stands before it may be invented."""
    nearest = peer
    for text in reversed(forwarded.split(",")):
        address = _address(text)
        if address is None:
            break
        nearest = str(address)
        if not _is_within(address, networks):
            break
    return nearest


def _is_within(address: IPv4Address | IPv6Address | None, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read `10.0.0.1`, `10.0.0.1:1234`, `::1` or `[::1]:1234`; an IPv4 address inside IPv6 is the IPv4 address."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
