"""The technician's line to a gateway: a few requests, TLS 1.3, no proxies, no redirects, everything bounded."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from cryptography import x509
from msgspec import Struct

from provisioning.speech import Refused
from sync.tls import unverified_context

TIMEOUT_S = 20
ANSWER_BYTES_MAX = 64 * 1024 * 1024
REFUSAL_HEADER = "Sunpoint-Refusal"

# What the gateway's words of refusal mean to a technician.
_SENTENCES = {
    "code-unknown": ("网关不认识这个入网码，请向县里要新的", "the gateway does not know this code; ask for a new one"),
    "code-used": (
        "这个入网码已经用过，每台终端要用自己的入网码",
        "this code has been used; every terminal needs one of its own",
    ),
    "code-expired": ("这个入网码已经过期，请向县里要新的", "this code has expired; ask the county for a new one"),
    "code-locked": (
        "这个入网码错得太多次，已经作废，请向县里要新的",
        "this code was tried wrongly too often and is dead; ask for a new one",
    ),
    "secret-wrong": ("入网码不对，请逐字核对", "the code is wrong; compare it sign by sign"),
    "code-for-another": (
        "这个入网码是给另一台终端的",
        "this code is for another terminal",
    ),
    "key-refused": (
        "网关不接受这台终端的密钥，它可能已经入网",
        "the gateway refuses this terminal's keys; it may be enrolled already",
    ),
    "too-many-tries": ("试的次数太多，请十分钟后再试", "too many tries; wait ten minutes"),
    "name-taken": (
        "这个点的这个终端号已经用过，编号不重复使用，请换一个号",
        "this terminal number is taken at this point; numbers are never reused, take another",
    ),
    "no-certificate": ("网关要求出示证书", "the gateway wants a certificate"),
    "not-enrolled": ("网关上没有这台终端", "this terminal is not enrolled at the gateway"),
    "revoked": ("县里已经停用这台终端", "the county has revoked this terminal"),
    "store-unavailable": ("网关现在存不了数据，请稍后再试", "the gateway cannot store now; try again later"),
}


class GatewayUnreachable(Refused):
    """Nobody answers at the address, or not as a gateway of this county does."""


class GatewayRefuses(Refused):
    """The gateway answered no. `code` is its word for why."""

    def __init__(self, code: str, status: int, said: str) -> None:
        chinese, english = _SENTENCES.get(code, (f"网关拒绝了请求（{status}）：{said}", f"refused ({status}): {said}"))
        super().__init__(chinese, english)
        self.code = code


class GatewayLink(Struct, frozen=True):
    """Requests to one gateway. `context` decides whom to trust and who one is."""

    url: str
    context: ssl.SSLContext

    def get(self, path: str) -> bytes:
        """Raises GatewayUnreachable, GatewayRefuses."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: bytes) -> bytes:
        """Raises GatewayUnreachable, GatewayRefuses."""
        return self._ask("POST", path, body)

    def certificate(self) -> x509.Certificate:
        """The certificate that the gateway shows. Raises GatewayUnreachable."""
        with self._said_in_sentences():
            connection = self._connection()
            try:
                connection.connect()
                return x509.load_der_x509_certificate(connection.sock.getpeercert(True) or b"")
            finally:
                connection.close()

    def _connection(self) -> http.client.HTTPSConnection:
        parts = urlsplit(self.url)
        return http.client.HTTPSConnection(
            parts.hostname or "", parts.port or 443, timeout=TIMEOUT_S, context=self.context
        )

    def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        with self._said_in_sentences():
            connection = self._connection()
            try:
                connection.request(method, path, body, {"Content-Type": "application/cbor"})
                answer = connection.getresponse()
                content = answer.read(ANSWER_BYTES_MAX + 1)
            finally:
                connection.close()
        if len(content) > ANSWER_BYTES_MAX:
            raise GatewayUnreachable("网关的回答过长", "the gateway's answer is too long")
        if answer.status not in (200, 204):
            said = content[:200].decode("utf-8", "replace").strip()
            raise GatewayRefuses(answer.headers.get(REFUSAL_HEADER, ""), answer.status, said)
        return content

    @contextmanager
    def _said_in_sentences(self) -> Iterator[None]:
        try:
            yield
        except ssl.SSLCertVerificationError as cause:
            raise GatewayUnreachable(
                f"{self.url} 的证书不是本县的，没有连接",
                f"{self.url} does not show this county's certificate: {cause.reason}",
            ) from cause
        except ssl.SSLError as cause:
            raise GatewayUnreachable(
                f"与 {self.url} 的加密连接没有建成", f"no TLS connection to {self.url}: {cause.reason or cause}"
            ) from cause
        except (OSError, http.client.HTTPException, ValueError) as cause:
            raise GatewayUnreachable(
                f"连不上网关 {self.url}，请检查网络和地址",
                f"the gateway {self.url} cannot be reached: {str(cause) or type(cause).__name__}",
            ) from cause


def fetch_authorities(url: str) -> bytes:
    """The certificates that a gateway shows to who has none yet; to be held against a fingerprint. Raises Refused."""
    return GatewayLink(url, unverified_context()).get("/v1/root")
