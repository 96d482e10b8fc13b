"""TLS of the pipe: version 1.3 only, the county's root pinned, both ends checked by name, dates left out.

Clocks in villages lie and lines fail for months, so neither end asks whether today lies between a
certificate's dates (X509_V_FLAG_NO_CHECK_TIME); a terminal that is no longer trusted is refused by name.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from sync.clock import Clock
from sync.keys import RevokedKeys
from sync.protocol.revocations import TLS

# openssl/x509_vfy.h; Python names only some of the flags.
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
PATIENCE_S = 30
"""How long the gateway waits for the next byte of a handshake, a request or its reader, before it lets go."""

PARTING_S = 2
"""How long it reads on after its last word, so that a sender who is not done yet gets to hear that word."""
_PARTING_BYTES_MAX = 64 * 1024


class TlsFileRefused(ssl.SSLError):
    """A key or certificate cannot be used; the message names the file and says what is wrong with it."""

    def __str__(self) -> str:
        return str(self.args[0])


def gateway_context(certificate_chain: Path, key: Path, root: Path, clock: Clock) -> ssl.SSLContext:
    """The gateway's end. A client certificate is asked for, not required: enrolment has none yet.

    Args:
        certificate_chain: PEM of the server's certificate and the issuing authority's.
        key: PEM of the server's key.
        root: PEM of the county root, which alone is trusted, and of the issuing authority.
        clock: measures by the machine's uptime how long somebody takes.

    Raises OSError and TlsFileRefused for files that are missing or not what they should be.
    """
    context = _PatientContext(ssl.PROTOCOL_TLS_SERVER)
    context.clock = clock
    _context(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    _show(context, certificate_chain, key)
    _trust(context, root)
    # No tickets: a resumed session would show no certificate, and so name nobody.
    context.num_tickets = 0
    return context


def allow(connection: socket.socket, seconds: float) -> None:
    """Let the other end of a connection to the gateway take so long from now, for all that it has to send and take."""
    if isinstance(connection, _PatientSocket):
        connection.allow(seconds)


def part(connection: socket.socket) -> None:
    """End a connection to the gateway as its other end wants to have it: with all that was answered (RFC 9112, 9.6).

    Nobody has to wait for it any more when this returns; it is still to be closed.
    """
    if not isinstance(connection, _PatientSocket):
        return
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        left = _PARTING_BYTES_MAX
        while left > 0 and (piece := connection.recv(min(left, 4096))):
            left -= len(piece)
    connection.allow(0)


def client_context(
    root: Path,
    certificate_chain: Path | None = None,
    key: Path | None = None,
    revoked: RevokedKeys | None = None,
) -> ssl.SSLContext:
    """A terminal's or the county's end, which trusts the pinned root and nothing else, and checks the host.

    Of the chain only the first certificate is shown: the gateway has the issuing authority's, and a handshake is paid
    by the byte. Without a certificate it is the end that enrols. A server whose own certificate is `revoked` fails the
    handshake with ssl.SSLCertVerificationError, before a byte is said to it. Raises OSError and TlsFileRefused for
    files that are missing or not what they should be.
    """
    context = _WaryContext(ssl.PROTOCOL_TLS_CLIENT)
    context.revoked = revoked
    _context(context)
    _trust(context, root)
    if certificate_chain is not None:
        _show(context, certificate_chain, key or certificate_chain, alone=True)
    return context


def unverified_context() -> ssl.SSLContext:
    """For one request only: fetching a root that is then held against the fingerprint in a technician's code."""
    context = _context(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _PatientSocket(ssl.SSLSocket):
    """Where the server asks for a socket that waits for ever, it gets one that waits for PATIENCE_S.

    As long a handshake may take in all, and then what has to come before somebody calls `allow`, however steadily
    bytes trickle. Whoever is too slow is a line that died: the server says no word about those.
    """

    _until_ms = float("inf")

    def setblocking(self, flag: bool) -> None:
        self.settimeout(PATIENCE_S if flag else 0.0)
        self.allow(PATIENCE_S)

    def allow(self, seconds: float) -> None:
        self._until_ms = self._now_ms() + seconds * 1000

    def shutdown(self, how: int) -> None:
        """The end: what is still to come has PARTING_S from the first time that this is said."""
        super().shutdown(how)
        self._until_ms = min(self._until_ms, self._now_ms() + PARTING_S * 1000)

    def do_handshake(self, block: bool = False) -> None:
        with _as_dead_line():
            super().do_handshake(block)
        self.allow(PATIENCE_S)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        with _as_dead_line():
            self._hurry()
            return super().recv(buflen, flags)

    def send(self, data: Any, flags: int = 0) -> int:
        with _as_dead_line():
            self._hurry()
            return super().send(data, flags)

    def _hurry(self) -> None:
        if self.gettimeout() == 0:
            return
        left_s = (self._until_ms - self._now_ms()) / 1000
        if left_s <= 0:
            raise TimeoutError("the other end has taken too long in all")
        self.settimeout(min(PATIENCE_S, left_s))

    def _now_ms(self) -> int:
        return cast("_PatientContext", self.context).clock.boot_ms()


@contextmanager
def _as_dead_line() -> Iterator[None]:
    try:
        yield
    except TimeoutError as cause:
        raise ConnectionResetError(errno.ECONNRESET, str(cause)) from cause


class _PatientContext(ssl.SSLContext):
    sslsocket_class = _PatientSocket
    clock: Clock

    def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        sock.settimeout(PATIENCE_S)
        return super().wrap_socket(sock, *args, **kwargs)


class _WarySocket(ssl.SSLSocket):
    """Looks at the other end's certificate as soon as it was verified. Since when it is revoked does not matter here:
    the handshake is now.
    """

    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        revoked = getattr(self.context, "revoked", None)
        shown = self.getpeercert(True)
        if revoked is not None and shown is not None and revoked.since(TLS, shown) is not None:
            refusal = ssl.SSLCertVerificationError("the county has revoked this certificate")
            refusal.reason = "CERTIFICATE_REVOKED"  # as OpenSSL names it; its own errors have one
            raise refusal


class _WaryContext(ssl.SSLContext):
    sslsocket_class = _WarySocket
    revoked: RevokedKeys | None = None


def _context(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= _NO_CHECK_TIME
    return context


def _trust(context: ssl.SSLContext, root: Path) -> None:
    _check_certificates(root)
    try:
        context.load_verify_locations(cafile=str(root))
    except ssl.SSLError as cause:
        raise TlsFileRefused(f"{root}: {cause.reason or cause}") from cause


def _show(context: ssl.SSLContext, certificate_chain: Path, key: Path, *, alone: bool = False) -> None:
    """Load what this end shows, `alone`: only the first certificate of the chain.

    No file is loaded that OpenSSL would ask a password for, on a terminal or anywhere.
    """
    first, *_ = _check_certificates(certificate_chain)
    _check_key(key)
    try:
        with _file_of(first) if alone else nullcontext(certificate_chain) as path:
            context.load_cert_chain(path, key, password=_no_password)
    except ssl.SSLError as cause:
        if cause.reason == "KEY_VALUES_MISMATCH":
            raise TlsFileRefused(f"{key} is not the key of the certificate in {certificate_chain}") from cause
        raise TlsFileRefused(f"{certificate_chain} or {key}: {cause.reason or cause}") from cause


@contextmanager
def _file_of(certificate: x509.Certificate) -> Iterator[Path]:
    """A certificate as a file, which `ssl` wants, in memory."""
    number = os.memfd_create("certificate")
    try:
        os.write(number, certificate.public_bytes(Encoding.PEM))
        yield Path(f"/proc/self/fd/{number}")
    finally:
        os.close(number)


def _check_certificates(path: Path) -> list[x509.Certificate]:
    # OpenSSL's own words name neither the file nor what is wrong with it.
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (ValueError, x509.InvalidVersion) as cause:
        raise TlsFileRefused(f"{path} holds no certificate that can be read") from cause


def _check_key(path: Path) -> None:
    try:
        load_pem_private_key(path.read_bytes(), None)
    except TypeError as cause:
        raise TlsFileRefused(
            f"{path} is encrypted; programs that start by themselves need a key without one"
        ) from cause
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise TlsFileRefused(f"{path} holds no private key that can be read") from cause


def _no_password() -> str:
    raise TlsFileRefused("a key is encrypted; programs that start by themselves need one that is not")
