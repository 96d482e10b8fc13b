"""TLS of the pipe: version 1.3 only, the county's root pinned, both ends checked by name, dates left out.

Clocks in villages lie and lines fail for months, so neither end asks whether today lies between a
certificate's dates (X509_V_FLAG_NO_CHECK_TIME); a terminal that is no longer trusted is refused by name.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

# openssl/x509_vfy.h; Python names only some of the flags.
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
PATIENCE_S = 30
"""How long the gateway waits for the next byte of a handshake, a request or its reader, before it lets go."""


def gateway_context(certificate_chain: Path, key: Path, root: Path) -> ssl.SSLContext:
    """The gateway's end. A client certificate is asked for, not required: enrolment has none yet.

    Args:
        certificate_chain: PEM of the server's certificate and the issuing authority's.
        key: PEM of the server's key.
        root: PEM of the county root, which alone is trusted, and of the issuing authority.
    """
    context = _context(_PatientContext(ssl.PROTOCOL_TLS_SERVER))
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_cert_chain(certificate_chain, key)
    context.load_verify_locations(cafile=str(root))
    # No tickets: a resumed session would show no certificate, and so name nobody.
    context.num_tickets = 0
    return context


def client_context(root: Path, certificate_chain: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """A terminal's or the county's end, which trusts the pinned root and nothing else, and checks the host.

    Without a certificate it is the end that enrols. Raises OSError and ssl.SSLError for files that are
    missing or not what they should be.
    """
    context = _context(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.load_verify_locations(cafile=str(root))
    if certificate_chain is not None:
        context.load_cert_chain(certificate_chain, key)
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


def _context(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= _NO_CHECK_TIME
    return context
