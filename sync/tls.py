"""TLS of the pipe: version 1.3 only, the county's root pinned, both ends checked by name, dates left out.

Clocks in villages lie and lines fail for months, so neither end asks whether today lies between a
certificate's dates (X509_V_FLAG_NO_CHECK_TIME); a terminal that is no longer trusted is refused by name.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sync.keys import RevokedKeys
from sync.protocol.revocations import TLS

# openssl/x509_vfy.h; Python names only some of the flags.
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
PATIENCE_S = 30
"""How long the gateway waits for the next byte of a handshake, a request or its reader, before it lets go."""


class TlsFileRefused(ssl.SSLError):
    """A key or certificate cannot be used; the message names the file and says what is wrong with it."""

    def __str__(self) -> str:
        return str(self.args[0])


def gateway_context(certificate_chain: Path, key: Path, root: Path) -> ssl.SSLContext:
    """The gateway's end. A client certificate is asked for, not required: enrolment has none yet.

    Args:
        certificate_chain: PEM of the server's certificate and the issuing authority's.
        key: PEM of the server's key.
        root: PEM of the county root, which alone is trusted, and of the issuing authority.

    Raises OSError and TlsFileRefused for files that are missing or not what they should be.
    """
    context = _context(_PatientContext(ssl.PROTOCOL_TLS_SERVER))
    context.verify_mode = ssl.CERT_OPTIONAL
    _show(context, certificate_chain, key)
    _trust(context, root)
    # No tickets: a resumed session would show no certificate, and so name nobody.
    context.num_tickets = 0
    return context


def client_context(
    root: Path,
    certificate_chain: Path | None = None,
    key: Path | None = None,
    revoked: RevokedKeys | None = None,
) -> ssl.SSLContext:
    """A terminal's or the county's end, which trusts the pinned root and nothing else, and checks the host.

    Without a certificate it is the end that enrols. A server whose own certificate is `revoked` fails the handshake
    with ssl.SSLCertVerificationError, before a byte is said to it. Raises OSError and TlsFileRefused for files that
    are missing or not what they should be.
    """
    context = _WaryContext(ssl.PROTOCOL_TLS_CLIENT)
    context.revoked = revoked
    _context(context)
    _trust(context, root)
    if certificate_chain is not None:
        _show(context, certificate_chain, key or certificate_chain)
    return context


def unverified_context() -> ssl.SSLContext:
    """For one request only: fetching a root that is then held against the fingerprint in a technician's code."""
    context = _context(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _PatientSocket(ssl.SSLSocket):
    """Where the server asks for a socket that waits for ever, it gets one that waits for PATIENCE_S."""

    def setblocking(self, flag: bool) -> None:
        self.settimeout(PATIENCE_S if flag else 0.0)


class _PatientContext(ssl.SSLContext):
    sslsocket_class = _PatientSocket

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


def _show(context: ssl.SSLContext, certificate_chain: Path, key: Path) -> None:
    """Load what this end shows. No file is loaded that OpenSSL would ask a password for, on a terminal or anywhere."""
    _check_certificates(certificate_chain)
    _check_key(key)
    try:
        context.load_cert_chain(certificate_chain, key, password=_no_password)
    except ssl.SSLError as cause:
        if cause.reason == "KEY_VALUES_MISMATCH":
            raise TlsFileRefused(f"{key} is not the key of the certificate in {certificate_chain}") from cause
        raise TlsFileRefused(f"{certificate_chain} or {key}: {cause.reason or cause}") from cause


def _check_certificates(path: Path) -> None:
    # OpenSSL's own words name neither the file nor what is wrong with it.
    try:
        x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as cause:
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
