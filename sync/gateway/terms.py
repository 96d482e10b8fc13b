"""What the gateway shows and says ends on a day: warnings before it, and the certificate taken up anew once renewed.

Terminals do not look at a certificate's dates (`sync.tls`), so one that has ended keeps nobody away. It is renewed all
the same, for proxies and people who do look. The root's statement for the acknowledgement key is another matter: when
that has ended nothing is acknowledged (`sync.gateway.voice`).
"""

from __future__ import annotations

import logging
import ssl
import threading
from pathlib import Path

from sync.certificates import DAY_MS, CertificateRefused, read_chain
from sync.clock import Clock
from sync.model.moment import local_date
from sync.tls import gateway_context

WARNED_BEFORE_MS = 30 * DAY_MS
_Version = tuple[tuple[int, int, int], ...]
_log = logging.getLogger(__name__)


class Reminder:
    """Says in the log that something ends soon or has ended, once a day. Safe from any thread.

    Args:
        what: what ends, in English.
        remedy: what is to be done about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self._what = what
        self._remedy = remedy
        self._said_ms: int | None = None
        self._lock = threading.Lock()

    def look(self, ends_ms: int, now_ms: int) -> None:
        """Say so, if it is time and was not said today."""
        if ends_ms - now_ms > WARNED_BEFORE_MS:
            return
        with self._lock:
            if self._said_ms is not None and abs(now_ms - self._said_ms) < DAY_MS:
                return
            self._said_ms = now_ms
        if ends_ms >= now_ms:
            _log.warning("%s ends on %s: %s", self._what, local_date(ends_ms), self._remedy)
        else:
            _log.error("%s has ended on %s: %s", self._what, local_date(ends_ms), self._remedy)


class ServerTls:
    """The gateway's end of TLS as its files say it now: asked for every connection, read again when they were replaced.

    What cannot be used is not taken up: the connections of a gateway whose files are being renewed, or were spoiled, go
    on with what it had. Safe from any thread.

    Args:
        certificates: PEM of the server's certificate and the issuing authority's.
        key: PEM of its key.
        root: PEM of the county root and the issuing authority.
        clock: the machine's, which certificates are dated by and patience is measured with.

    Raises OSError and ssl.SSLError when there is nothing to begin with.
    """

    def __init__(self, certificates: Path, key: Path, root: Path, clock: Clock) -> None:
        self._certificates = certificates
        self._key = key
        self._root = root
        self._clock = clock
        self._lock = threading.Lock()
        self._reminder = Reminder("the gateway's certificate", "renew it with `provisioning renew-certificate`")
        self._seen = self._version()
        self._context, self._ends_ms = self._read()
        self._remind()

    def context(self) -> ssl.SSLContext:
        """Return what a connection that begins now is served with."""
        with self._lock:
            seen = self._version()
            if seen != self._seen:
                self._seen = seen
                self._take_up()
        self._remind()
        return self._context

    def _take_up(self) -> None:
        try:
            self._context, self._ends_ms = self._read()
        except (OSError, ssl.SSLError, CertificateRefused) as cause:
            _log.error("the gateway's certificate was replaced by what cannot be used; the old one is kept: %s", cause)
        else:
            _log.warning("the gateway's certificate was renewed; it ends on %s", local_date(self._ends_ms))

    def _read(self) -> tuple[ssl.SSLContext, int]:
        context = gateway_context(self._certificates, self._key, self._root, self._clock)
        chain = read_chain(self._certificates.read_bytes())
        return context, min(int(each.not_valid_after_utc.timestamp() * 1000) for each in chain)

    def _remind(self) -> None:
        self._reminder.look(self._ends_ms, self._clock.wall_ms())

    def _version(self) -> _Version:
        """What changes when a file is replaced; empty while one is missing."""
        try:
            found = [path.stat() for path in (self._certificates, self._key)]
        except OSError:
            return ()
        return tuple((each.st_mtime_ns, each.st_size, each.st_ino) for each in found)
