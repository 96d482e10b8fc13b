"""The line to the gateway: one request and its answer at a time, bounded in time and size, every failure named."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import requests
import urllib3
from msgspec import Struct
from requests.adapters import HTTPAdapter

from sync.client.interrupts import TimeIsUp
from sync.protocol import tus
from sync.transport.line_state import LineFault

CONNECT_TIMEOUT_S = 15.0
SILENCE_TIMEOUT_S = 30.0
"""Without a byte from the gateway."""
EXCHANGE_S_MAX = 60.0
"""Of a whole request with its answer; the gateway has the same limit."""
PIECE_BYTES = 16 * 1024
UNSENT_BYTES_MAX = 1
"""Of an attachment, left with the kernel and not sent yet when the next slice is put there (tcp(7), TCP_NOTSENT_LOWAT):
nothing.

Without it megabytes would stand there, on a slow line for minutes, before a record that was written meanwhile.
"""
REFUSAL_HEADER = "Sunpoint-Refusal"
NOT_VOUCHED = "not-vouched"


class LineFailed(Exception):
    """The exchange brought nothing that can be used; `fault` names why for the screen, the message for the log.

    `refusal` is the gateway's word, "" when it gave none.
    """

    def __init__(self, fault: LineFault, sentence: str, refusal: str = "") -> None:
        super().__init__(sentence)
        self.fault = fault
        self.refusal = refusal


class Answer(Struct, frozen=True):
    """What the gateway answered.

    Attributes:
        status: HTTP status, never one of a redirect or of 5xx; 304 only where the request was conditional.
        refusal: the gateway's word for why it refused, "" when it gave none.
        body: what came of it; all of it unless `broken`.
        broken: why the body ended early. What came before may still be whole frames.
        upload_offset: where an upload stands, if that was said (`sync.protocol.tus`).
    """

    status: int
    refusal: str
    body: bytes
    broken: LineFailed | None = None
    upload_offset: int | None = None


Exchange = Callable[[float], AbstractContextManager[None]]
"""Makes a context that ends what is inside after so many seconds, see `Interrupts.exchange`."""


class Carrier(Protocol):
    """What the lanes ask: `Line`, or a line that exists in memory only."""

    def close(self) -> None:
        """See `Line.close`."""

    def ask(self, path: str, bytes_max: int, headers: Mapping[str, str] | None = None) -> Answer:
        """See `Line.ask`."""

    def send(self, path: str, frames: Iterator[bytes], bytes_max: int) -> Answer:
        """See `Line.send`."""

    def exchange(
        self, method: str, path: str, bytes_max: int, headers: Mapping[str, str], body: Iterator[bytes] | None = None
    ) -> Answer:
        """See `Line.exchange`."""


class Line:
    """Exchanges with one gateway over TLS, verified against the county's root and nothing else.

    Args:
        gateway_url: https://host:port.
        context: see `sync.tls.client_context`.
        root: PEM file of the county's root, the same that `context` trusts.
        exchange: bounds every exchange.
        exchange_s_max: how long one may take.
    """

    def __init__(
        self,
        gateway_url: str,
        context: ssl.SSLContext,
        root: Path,
        exchange: Exchange,
        exchange_s_max: float = EXCHANGE_S_MAX,
    ) -> None:
        self._gateway_url = gateway_url
        self._exchange = exchange
        self._exchange_s_max = exchange_s_max
        self._session = requests.Session()
        # Proxies, credentials and certificate bundles of the environment are not for this line.
        self._session.trust_env = False
        # Left at True, requests would add its own bundle of public authorities to the context's.
        self._session.verify = str(root)
        # What goes without saying is not said: lines are paid by the byte.
        self._session.headers.clear()
        self._session.headers.update({"Accept-Encoding": "identity", "User-Agent": "sunpoint"})
        self._session.mount("https://", _PinnedAdapter(context))

    def close(self) -> None:
        """Close the connection; the next exchange makes a new one."""
        self._session.close()

    def ask(self, path: str, bytes_max: int, headers: Mapping[str, str] | None = None) -> Answer:
        """GET. Raises LineFailed, Stopped."""
        return self.exchange("GET", path, bytes_max, headers or {})

    def send(self, path: str, frames: Iterator[bytes], bytes_max: int) -> Answer:
        """POST frames as they are made. Raises LineFailed, Stopped, and what `frames` raises."""
        return self.exchange("POST", path, bytes_max, {"Content-Type": "application/cbor"}, frames)

    def exchange(
        self, method: str, path: str, bytes_max: int, headers: Mapping[str, str], body: Iterator[bytes] | None = None
    ) -> Answer:
        """One request and its answer of at most so many bytes. Raises LineFailed, Stopped, and what `body` raises."""
        try:
            with self._exchange(self._exchange_s_max):
                response = self._session.request(
                    method,
                    self._gateway_url + path,
                    data=body,
                    headers=headers,
                    timeout=(CONNECT_TIMEOUT_S, SILENCE_TIMEOUT_S),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    _check_status(response.status_code, _refusal(response))
                    answer = _read(response, bytes_max)
            if answer.status >= 400:
                # A gateway that has not read the whole request closes behind such an answer, also unannounced.
                self.close()
            return answer
        except TimeIsUp as cause:
            raise LineFailed(LineFault.TOO_SLOW, f"no answer within {self._exchange_s_max:.0f} s") from cause
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as cause:
            raise _failure(cause) from cause


class _Connection(urllib3.connection.HTTPSConnection):
    def request(self, method: str, *arguments: Any, **keywords: Any) -> None:
        if self.sock is None:
            self.connect()
        # 0 is the system's own bound again: records, which wait for nobody, go in as many bytes as the kernel takes.
        unsent_bytes_max = UNSENT_BYTES_MAX if method == "PATCH" else 0
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, unsent_bytes_max)
        super().request(method, *arguments, **keywords)


class _Pool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Connection


class _PinnedAdapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **keywords, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}


def _check_status(status: int, refusal: str) -> None:
    if 300 <= status < 400 and status != 304:
        raise LineFailed(LineFault.REDIRECTED, f"a redirect ({status}), which the gateway never sends")
    if status == 503 and refusal == NOT_VOUCHED:
        raise LineFailed(LineFault.NOT_VOUCHED, "the gateway's acknowledgement key is not in force now", refusal)
    if status >= 500:
        raise LineFailed(LineFault.GATEWAY_FAILED, f"the gateway cannot serve now ({status})", refusal)


def _read(response: requests.Response, bytes_max: int) -> Answer:
    """Read the body as far as it comes."""
    body = bytearray()
    broken: LineFailed | None = None
    try:
        while piece := response.raw.read1(PIECE_BYTES, decode_content=False):
            body += piece
            if len(body) > bytes_max:
                raise LineFailed(LineFault.GARBLED, f"an answer of more than {bytes_max} bytes")
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as cause:
        broken = _failure(cause)
    except TimeIsUp:
        broken = LineFailed(LineFault.TOO_SLOW, "the answer took too long")
    try:
        offset = tus.number(tus.OFFSET, response.headers.get(tus.OFFSET))
    except tus.TusMalformed:
        offset = None
    return Answer(response.status_code, _refusal(response), bytes(body), broken, offset)


def _refusal(response: requests.Response) -> str:
    """The gateway's word for why it refused."""
    refusal = response.headers.get(REFUSAL_HEADER, "")[:40]
    return refusal if refusal.isascii() and refusal.isprintable() else ""


def _failure(cause: BaseException) -> LineFailed:
    """Name what requests, urllib3, http.client, ssl and the kernel raise; the first kind found in the chain holds."""
    causes = list(_causes(cause))
    for kind, fault, sentence in _FAULTS:
        for each in causes:
            if isinstance(each, kind):
                return LineFailed(fault, f"{sentence} ({type(each).__name__})")
    for each in causes:
        if isinstance(each, ssl.SSLError):
            return _tls_failure(each)
    return LineFailed(LineFault.CUT, f"the connection failed ({type(cause).__name__})")


def _tls_failure(cause: ssl.SSLError) -> LineFailed:
    reason = cause.reason or "no reason given"
    if "ALERT" in reason and any(word in reason for word in _REFUSING_ALERTS):
        return LineFailed(LineFault.NOT_ADMITTED, f"the gateway refused this terminal's certificate ({reason})")
    return LineFailed(LineFault.GARBLED, f"the answer is not TLS 1.3 ({reason})")


_REFUSING_ALERTS = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED", "DECRYPT_ERROR")
"""Of the alerts of TLS: the other end will not have the certificate of this one, or not its signatures."""

_FAULTS: tuple[tuple[type[BaseException], LineFault, str], ...] = (
    (ssl.SSLCertVerificationError, LineFault.NOT_TRUSTED, "whoever answers is not this county's gateway"),
    (ssl.SSLEOFError, LineFault.CUT, "the connection was closed"),
    (urllib3.exceptions.NameResolutionError, LineFault.NO_LINE, "nobody knows the name of the gateway's host"),
    (urllib3.exceptions.NewConnectionError, LineFault.NO_LINE, "the gateway cannot be reached"),
    (urllib3.exceptions.ConnectTimeoutError, LineFault.NO_LINE, "the gateway cannot be reached in time"),
    (TimeoutError, LineFault.TOO_SLOW, "the gateway fell silent"),
    (urllib3.exceptions.ReadTimeoutError, LineFault.TOO_SLOW, "the gateway fell silent"),
    (http.client.RemoteDisconnected, LineFault.CUT, "the connection was closed before the answer"),
    (http.client.IncompleteRead, LineFault.CUT, "the answer ended early"),
    (urllib3.exceptions.IncompleteRead, LineFault.CUT, "the answer ended early"),
    (http.client.HTTPException, LineFault.GARBLED, "the answer is not HTTP"),
)


def _causes(cause: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it was raised from, however its library hands that on."""
    waiting: list[object] = [cause]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
