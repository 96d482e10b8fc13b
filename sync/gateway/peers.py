"""Who is at the other end: from the client certificate that TLS has verified, never from what the request says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography import x509

from sync.certificates import CertificateRefused, PeerName, PeerRole, peer_name
from sync.gateway.store import Store


class PeerRefused(PermissionError):
    """The other end may not do this; the message says why, `code` names it for programs."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Peers:
    """Tells who asks. A terminal must be enrolled here and not revoked; its certificate's dates do not count."""

    def __init__(self, store: Store, county: str) -> None:
        self._store = store
        self._county = county

    def of(self, environ: Mapping[str, Any]) -> PeerName:
        """The name of the other end. Raises PeerRefused."""
        certificate = environ["gunicorn.socket"].getpeercert(True)
        if not certificate:
            raise PeerRefused("no-certificate", "a client certificate of this county is needed")
        try:
            name = peer_name(x509.load_der_x509_certificate(certificate))
        except (CertificateRefused, ValueError) as cause:
            raise PeerRefused("certificate-without-name", str(cause)) from cause
        if name.county != self._county:
            raise PeerRefused("another-county", f"this is the gateway of county {self._county}")
        if name.role is PeerRole.TERMINAL:
            self._check_terminal(name)
        return name

    def _check_terminal(self, name: PeerName) -> None:
        chain = self._store.terminal_chain(name)
        if chain is None:
            raise PeerRefused("not-enrolled", "this terminal is not enrolled here")
        if chain.standing.revoked:
            raise PeerRefused("revoked", "the county has revoked this terminal")

    def county(self, environ: Mapping[str, Any]) -> PeerName:
        """The county's own program. Raises PeerRefused for anybody else."""
        return self._in_role(environ, PeerRole.COUNTY)

    def terminal(self, environ: Mapping[str, Any]) -> PeerName:
        """A terminal. Raises PeerRefused for anybody else."""
        return self._in_role(environ, PeerRole.TERMINAL)

    def _in_role(self, environ: Mapping[str, Any], role: PeerRole) -> PeerName:
        name = self.of(environ)
        if name.role is not role:
            raise PeerRefused("wrong-role", f"this is for a {role}, not for a {name.role}")
        return name
