"""Who is at the other end: from the client certificate that TLS has shown, never from what the request says.

TLS ends in one of two places. On a port it ends here, and the certificate comes from the connection. Behind a proxy it
ends there, and the certificate comes in a header, on a Unix socket that only the proxy can open; the issuing
authority's signature under it is checked here again, without dates (see `sync.tls`). On a port that header is refused,
whatever it says: it is somebody who tries.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sync.certificates import CertificateRefused, check_signed_by, peer_name
from sync.gateway.store import Store
from sync.keys import RevokedKeys
from sync.peer_name import PeerName, PeerRole
from sync.protocol.revocations import TLS
from sync.tls import allow

CERTIFICATE_HEADER = "Sunpoint-Client-Certificate"
"""PEM, percent-encoded as nginx writes $ssl_client_escaped_cert; absent when the client showed none."""
ADDRESS_HEADER = "Sunpoint-Client-Address"
"""Where the client connects from, for counting failed enrolments; never logged."""
Environ = Mapping[str, Any]
_REQUEST_S_MAX = 150
"""Of a request and its answer: more than a stream of segments or an upload is given, and a client waits 60 s."""
_S_MAX = {"/v1/bundles": 1800}
"""48 MiB on the line of a township."""


class PeerRefused(PermissionError):
    """The other end may not do this; the message says why, `code` names it for programs."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Door(Protocol):
    """Where requests come in. What it reads are WSGI environments of gunicorn."""

    def check(self, environ: Environ) -> None:
        """Refuse a request that no honest client can have made at this door. Raises PeerRefused."""

    def certificate(self, environ: Environ) -> x509.Certificate | None:
        """The client's, verified up to the county's root; None when there is none. Raises ValueError."""

    def address(self, environ: Environ) -> str:
        """Where the client connects from."""


class TlsDoor:
    """A port on which this program terminates TLS."""

    def check(self, environ: Environ) -> None:
        """See `Door.check`: nobody but a proxy says who somebody else is. The time of the request begins here."""
        if _key(CERTIFICATE_HEADER) in environ or _key(ADDRESS_HEADER) in environ:
            raise PeerRefused("identity-header", "this listener takes identities from TLS only")
        allow(environ["gunicorn.socket"], _S_MAX.get(str(environ.get("PATH_INFO")), _REQUEST_S_MAX))

    def certificate(self, environ: Environ) -> x509.Certificate | None:
        """See `Door.certificate`; TLS has verified it."""
        shown = environ["gunicorn.socket"].getpeercert(True)
        return x509.load_der_x509_certificate(shown) if shown else None

    def address(self, environ: Environ) -> str:
        """See `Door.address`."""
        return str(environ.get("REMOTE_ADDR", ""))


class ProxyDoor:
    """A Unix socket to which only a proxy connects that terminates TLS. `issuer` signs all certificates of clients."""

    def __init__(self, issuer: x509.Certificate) -> None:
        self._issuer = issuer

    def check(self, environ: Environ) -> None:
        """See `Door.check`: whatever gunicorn was told to listen on, a header is believed on a Unix socket only."""
        if environ["gunicorn.socket"].family is not socket.AF_UNIX:
            raise PeerRefused("identity-header", "identities from a proxy are taken on a Unix socket only")

    def certificate(self, environ: Environ) -> x509.Certificate | None:
        """See `Door.certificate`."""
        forwarded = environ.get(_key(CERTIFICATE_HEADER))
        if not forwarded:
            return None
        certificate = x509.load_pem_x509_certificate(unquote_to_bytes(forwarded))
        check_signed_by(certificate, self._issuer)
        return certificate

    def address(self, environ: Environ) -> str:
        """See `Door.address`."""
        return str(environ.get(_key(ADDRESS_HEADER), ""))


class Peers:
    """Tells who asks, by certificates that are not revoked, whatever their dates. A terminal must be enrolled here."""

    def __init__(self, store: Store, county: str, door: Door, revoked: RevokedKeys) -> None:
        self._store = store
        self._revoked = revoked
        self._county = county
        self._door = door

    def check(self, environ: Environ) -> None:
        """Refuse what no honest client asks, whatever it asks for. Raises PeerRefused."""
        self._door.check(environ)

    def address(self, environ: Environ) -> str:
        """Where the other end connects from: to count by, not to know somebody by."""
        return self._door.address(environ)

    def of(self, environ: Environ) -> PeerName:
        """The name of the other end. Raises PeerRefused, also for a terminal that was revoked."""
        name = self.sender(environ)
        chain = self._store.terminal_chain(name) if name.role is PeerRole.TERMINAL else None
        if chain is not None and chain.standing.revoked:
            raise PeerRefused("revoked", "the county has revoked this terminal")
        return name

    def sender(self, environ: Environ) -> PeerName:
        """The name of who sends records; a revoked terminal may: that is kept apart. Raises PeerRefused."""
        self._door.check(environ)
        try:
            certificate = self._door.certificate(environ)
            name = peer_name(certificate) if certificate else None
        except (CertificateRefused, ValueError) as cause:
            raise PeerRefused("certificate-without-name", str(cause)) from cause
        if certificate is None or name is None:
            raise PeerRefused("no-certificate", "a client certificate of this county is needed")
        if name.county != self._county:
            raise PeerRefused("another-county", f"this is the gateway of county {self._county}")
        if self._revoked.since(TLS, certificate.public_bytes(Encoding.DER)) is not None:
            raise PeerRefused("certificate-revoked", "the county has revoked this certificate")
        if name.role is PeerRole.TERMINAL and self._store.terminal_chain(name) is None:
            raise PeerRefused("not-enrolled", "this terminal is not enrolled here")
        return name

    def county(self, environ: Environ) -> PeerName:
        """The county's own program. Raises PeerRefused for anybody else."""
        return self._in_role(environ, PeerRole.COUNTY)

    def terminal(self, environ: Environ) -> PeerName:
        """A terminal. Raises PeerRefused for anybody else."""
        return self._in_role(environ, PeerRole.TERMINAL)

    def _in_role(self, environ: Environ, role: PeerRole) -> PeerName:
        name = self.of(environ)
        if name.role is not role:
            raise PeerRefused("wrong-role", f"this is for a {role}, not for a {name.role}")
        return name


def _key(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")
