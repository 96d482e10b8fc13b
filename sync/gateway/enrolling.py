"""Giving a terminal its certificate for a one-time code.

A code is used once, within its time, by who knows its secret. The terminal's name comes from the code, never from
the request. Asking again with the same keys gives the same answer, so that a line that broke before the answer
arrived costs nothing; asking with other keys is somebody else.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct

from sync.certificates import CertificateRefused, Issuer, issue, raw_public_key, read_request
from sync.clock import Clock
from sync.enrolment import EnrolmentAnswer, EnrolmentRequest
from sync.gateway.shelf import PublishedPacks
from sync.gateway.store import Grant, Store, TerminalAlreadyNamed
from sync.gateway.voice import LentKey
from sync.grant import GrantRequest
from sync.keys import FileSigner, Purpose, Statement, StatementRefused, Trust
from sync.one_time_code import secret_digest
from sync.record import Link
from sync.succession import NoSuccession, Succession, replaced_by

WRONG_TRIES_MAX = 5
"""Of one code; then it is dead. The secret has 80 bits, so this is about mistakes, not about guessing."""
TRIES_PER_ADDRESS_MAX = 10
TRIES_WINDOW_MS = 10 * 60 * 1000
_ADDRESSES_MAX = 10_000
_STATEMENT_LIFE_MS = 10 * 365 * 24 * 3600 * 1000
"""Of a terminal's chain. It is ended by revocation; its dates are not compared, since its clock may lie."""


class EnrolmentRefused(ValueError):
    """The terminal is not enrolled; `code` names the reason for the technician's program."""

    code: ClassVar[str] = "refused"


class CodeUnknown(EnrolmentRefused):
    """No grant has this id: never made, or replaced by a newer one."""

    code = "code-unknown"


class CodeUsed(EnrolmentRefused):
    """Another terminal has enrolled with this code."""

    code = "code-used"


class CodeExpired(EnrolmentRefused):
    """The code's time is over."""

    code = "code-expired"


class SecretWrong(EnrolmentRefused):
    """The secret is not that of the code."""

    code = "secret-wrong"


class CodeLocked(EnrolmentRefused):
    """Too many wrong secrets were shown for this code."""

    code = "code-locked"


class CodeForAnother(EnrolmentRefused):
    """The request names another terminal than the code."""

    code = "code-for-another"


class KeyRefused(EnrolmentRefused):
    """The certificate request is no good, or the keys are enrolled already."""

    code = "key-refused"


class TooManyTries(EnrolmentRefused):
    """The address has tried too often for now."""

    code = "too-many-tries"


class PredecessorNotThere(ValueError):
    """The terminal whose place another is to take is not enrolled at this gateway."""


class TriesLimit:
    """Counts failed tries of each address within a sliding window; in memory, bounded."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, list[int]] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def check(self, address: str) -> None:
        """Raises TooManyTries."""
        since = self._clock.boot_ms() - TRIES_WINDOW_MS
        with self._one_at_a_time:
            recent = [at for at in self._failed.get(address, ()) if at > since]
        if len(recent) >= TRIES_PER_ADDRESS_MAX:
            raise TooManyTries("too many failed tries from this address; wait ten minutes")

    def forget(self, address: str) -> None:
        """Whoever had a good code is a technician, also one who mistyped before."""
        with self._one_at_a_time:
            self._failed.pop(address, None)

    def count(self, address: str) -> None:
        """Count a failed try."""
        with self._one_at_a_time:
            tries = self._failed.setdefault(address, [])
            tries.append(self._clock.boot_ms())
            del tries[:-TRIES_PER_ADDRESS_MAX]
            self._failed.move_to_end(address)
            while len(self._failed) > _ADDRESSES_MAX:
                self._failed.popitem(last=False)


class Authority(Struct, frozen=True):
    """What the gateway enrols with.

    Attributes:
        issuer: the key and certificate of the issuing authority; the key also vouches for terminal chains.
        trust: the county's root, and this authority.
        lent: the key that acknowledges; the root's statement for it is handed to every terminal.
        opening_statement: the root's for the county's opening key, handed on likewise.
        escrow_statement: the same for its escrow key.
    """

    issuer: Issuer
    trust: Trust
    lent: LentKey
    opening_statement: bytes
    escrow_statement: bytes


class Enroller:
    """Keeps the county's grants and redeems them. `clock` dates grants, `machine_clock` certificates."""

    def __init__(
        self, store: Store, authority: Authority, packs: PublishedPacks, clock: Clock, machine_clock: Clock
    ) -> None:
        self._store = store
        self._authority = authority
        self._packs = packs
        self._clock = clock
        self._machine_clock = machine_clock

    def grant(self, request: GrantRequest) -> None:
        """Keep the county's grant.

        Raises StatementRefused when the root does not vouch for the county's chain to this terminal;
        TerminalAlreadyNamed, TerminalHasAnotherChain; NoSuccession, PredecessorNotThere when it is to take the place
        of a terminal that it cannot take.
        """
        trust = self._authority.trust
        if request.name.county != trust.county:
            raise StatementRefused(f"{request.name.urn()} is not of county {trust.county}")
        held = trust.check(request.county_chain, Purpose.COUNTY_CHAIN, at_ms=None, subject=request.name.urn())
        if request.succession:
            old, succession = replaced_by(request.name, request.succession, trust)
            if succession.key != held.key:
                raise NoSuccession("it is for another chain of the county's")
            if self._store.terminal_chain(old) is None:
                raise PredecessorNotThere(f"{old.urn()} is not enrolled here; nobody has to take its place")
        grant = Grant(
            token_id=request.token_id,
            secret_digest=request.secret_digest,
            name=request.name,
            point_name=request.point_name,
            expires_ms=self._clock.wall_ms() + request.life_ms,
            succession=request.succession,
        )
        self._store.add_grant(grant, held.key, request.county_chain)

    def enrol(self, request: EnrolmentRequest) -> bytes:
        """Redeem a code and return the encoded answer. Raises EnrolmentRefused, by its kinds, and NotVouched."""
        grant = self._grant_for(request)
        try:
            asked = read_request(request.certificate_request)
        except CertificateRefused as cause:
            raise KeyRefused(str(cause)) from cause
        used_by = hashlib.sha256(request.record_key + raw_public_key(asked.key)).digest()
        if grant.used_by is not None:
            return _answer_again(grant, used_by)
        if self._clock.wall_ms() > grant.expires_ms:
            raise CodeExpired("this code has expired; ask the county for a new one")
        if asked.name is not None and asked.name != grant.name:
            raise CodeForAnother(f"this code is for {grant.name.urn()}, not for {asked.name.urn()}")
        if raw_public_key(asked.key) == request.record_key:
            raise KeyRefused("one key for TLS and for records is refused")
        return self._redeem(grant, asked.key, request.record_key, used_by)

    def _grant_for(self, request: EnrolmentRequest) -> Grant:
        grant = self._store.grant(request.token_id)
        if grant is None:
            raise CodeUnknown("this gateway does not know the code; ask the county for a new one")
        if grant.wrong_tries >= WRONG_TRIES_MAX:
            raise CodeLocked("this code was tried wrongly too often; ask the county for a new one")
        shown = secret_digest(request.token_id, request.secret)
        if not hmac.compare_digest(shown, grant.secret_digest):
            self._store.count_wrong_try(request.token_id)
            raise SecretWrong("the secret of this code is wrong; compare it sign by sign")
        return grant

    def _redeem(self, grant: Grant, tls_key: Ed25519PublicKey, record_key: bytes, used_by: bytes) -> bytes:
        authority = self._authority
        county_chain = self._store.county_chain(grant.name)
        if county_chain is None:
            raise CodeUnknown("the county has no chain for this terminal; ask it for a new code")
        now_ms = self._clock.wall_ms()
        lent = authority.lent.at(now_ms)
        statement = Statement(
            Purpose.TERMINAL_CHAIN,
            record_key,
            grant.name.urn(),
            grant.name.county,
            now_ms,
            now_ms + _STATEMENT_LIFE_MS,
        ).sign(FileSigner(authority.issuer.key))
        own = issue(authority.issuer, tls_key, grant.name, self._machine_clock.wall_ms())
        answer = EnrolmentAnswer(
            certificates=own + authority.issuer.certificate.public_bytes(Encoding.PEM),
            terminal_chain=statement,
            acknowledgement=lent.statement,
            county_chain=county_chain.statement,
            name=grant.name,
            point_name=grant.point_name,
            packs=self._packs.offers(),
            opening=authority.opening_statement,
            escrow=authority.escrow_statement,
            succession=self._close_predecessor(grant, now_ms) if grant.succession else None,
        ).encode()
        try:
            first = self._store.use_grant(grant.token_id, used_by, answer, record_key, statement)
        except TerminalAlreadyNamed as cause:
            raise KeyRefused(str(cause)) from cause
        if first:
            return answer
        # Two requests raced for one code; the one that was stored decides for both.
        return _answer_again(self._store.grant(grant.token_id) or grant, used_by)

    def _close_predecessor(self, grant: Grant, now_ms: int) -> Succession:
        """Refuse the old terminal from now on, before the new one is there, and return where its chain ends."""
        old, _ = replaced_by(grant.name, grant.succession, self._authority.trust)
        self._store.revoke(old, now_ms)
        chain = self._store.terminal_chain(old)
        if chain is None:
            raise CodeUnknown(f"{old.urn()} is not known here any more; ask the county for a new code")
        last, closed_at = chain.standing.head, chain.standing.closed_at
        if closed_at is not None and closed_at < last.seq:
            records = self._store.records_after(last.chain, closed_at - 1, 1) if closed_at else []
            last = records[0].link if records else Link.start(last.chain)
        return Succession(grant.succession, last)


def _answer_again(grant: Grant, used_by: bytes) -> bytes:
    if grant.answer is None or grant.used_by != used_by:
        raise CodeUsed("this code has been used already; every terminal needs a code of its own")
    return grant.answer
