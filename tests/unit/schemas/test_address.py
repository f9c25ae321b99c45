"""Addresses of registries, P47."""

import pytest

from pcm_schemas.address import is_loopback, is_secure, origin, require_secure
from pcm_schemas.record_errors import UrlInsecure

GOOD = [
    "https://registry.example",
    "https://r.example:8443/pcm",
    "http://127.0.0.1:8000",
    "http://[::1]:80",
    "http://localhost",
]
BAD = [
    "",
    "http://registry.example",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "ftp://registry.example",
    "https://user@registry.example",
    "https://user:pw@registry.example",
    "https://registry.example/",
    "https://registry.example?x=1",
    "https://registry.example#x",
    "https://Registry.example",
    "https://registry.example\n",
    "https://registry.exаmple",
    "https:///x",
    "https://a/" + "b" * 3_000,
    "//registry.example",
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_p47_https_and_loopback_are_taken(url: str) -> None:
    assert require_secure(url) == url
    assert is_secure(url)


@pytest.mark.parametrize("url", BAD)
def test_p47_everything_else_is_refused(url: str) -> None:
    assert not is_secure(url)
    with pytest.raises(UrlInsecure):
        origin(url)


def test_p47_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://r.example:443/pcm") == origin("https://r.example") == "https://r.example"
    assert origin("http://127.0.0.1:8000/x") == "http://127.0.0.1:8000"
    assert [is_loopback(url) for url in GOOD] == [False, False, True, True, True]
