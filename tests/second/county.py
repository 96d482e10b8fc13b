"""What the county says, believed under its root only: `sync/README.md`, "Statement" to "Recovery"."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.second import cbor
from tests.second.primitives import (
    NotProven,
    NotSigned,
    check_consistency,
    check_inclusion,
    payload_of,
    sha256,
    verify_sign1,
)
from tests.second.records import NO_HASH

ANSWER_BYTES_MAX = 8192
PROOF_HASHES_MAX = 54
EPOCHS_MAX = 32
REVOKED_MAX, REVOCATIONS_BYTES_MAX = 256, 24_576


class NotVouchedFor(ValueError):
    """The root does not vouch for this key, for this purpose, at this time."""


class AnswerMalformed(ValueError):
    """No answer of the protocol."""


class ChainDiffers(ValueError):
    """The county names another record than the journal has: a fork, or a journal that lost its end."""


class WentBack(ValueError):
    """A checkpoint that is earlier or smaller than the one that is held."""


@dataclass(frozen=True)
class Trust:
    """The root's raw key, the county's number, and the issuing authority's key, which vouches for terminal chains."""

    root: bytes
    county: str
    issuer: bytes | None = None
    revoked: Mapping[tuple[str, bytes], int] = field(default_factory=dict)

    def vouched(self, statement: bytes, purpose: str, at_ms: int | None, subject: str | None = None) -> bytes:
        """Return the key that the root states for a purpose, in force at a time of the county.

        `at_ms` None: not compared; `subject` None: any. NotVouchedFor, NotSigned, NotCanonical.
        """
        said = fields(self._stated(statement, purpose), range(7))
        if (said[0], said[1], said[4]) != (1, purpose, self.county) or subject not in (None, said[3]):
            raise NotVouchedFor(f"a statement for {said[1]} of {said[3]} in county {said[4]}")
        if at_ms is not None and not said[5] <= at_ms <= said[6]:
            raise NotVouchedFor("the statement is not in force at that time")
        key: bytes = said[2]
        since_ms = self.revoked.get((purpose, sha256(key)))
        if since_ms is not None and (at_ms is None or at_ms >= since_ms or purpose != "county-chain"):
            raise NotVouchedFor("the root has revoked this key")
        return key

    def _stated(self, statement: bytes, purpose: str) -> bytes:
        if purpose == "terminal-chain" and self.issuer is not None:
            with suppress(NotSigned):
                return verify_sign1(self.issuer, statement)
        return verify_sign1(self.root, statement)


def fields(payload: bytes, keys: range) -> dict[int, Any]:
    """Return a map that has these keys and no others; AnswerMalformed."""
    said = cbor.decode(payload)
    if not isinstance(said, dict) or set(said) != set(keys):
        raise AnswerMalformed("a map of other fields")
    return said


def signed_by_county(trust: Trust, statement: bytes, message: bytes, keys: range, time_key: int) -> dict[int, Any]:
    """Return what the acknowledging key said; its time decides whether the root's statement was in force."""
    at_ms = fields(payload_of(message)[0], keys)[time_key]
    if not isinstance(at_ms, int):
        raise AnswerMalformed("a time that is no number")
    key = trust.vouched(statement, "ack", at_ms)
    return fields(verify_sign1(key, message), keys)


@dataclass(frozen=True)
class Acknowledgement:
    """Stored up to `seq`, whose hash is `hash`; seq 0: nothing is."""

    chain: bytes
    seq: int
    hash: bytes
    at_ms: int


def read_acknowledgement(answer: bytes, trust: Trust, chain: bytes) -> Acknowledgement:
    """Return what the county has stored of a chain; a refusal of this module, NotSigned or NotCanonical."""
    version, statement, message = items(answer, 3)
    said = signed_by_county(trust, statement, message, range(5), 4)
    if (version, said[0], said[1]) != (1, 1, chain) or (said[2] == 0) != (said[3] == NO_HASH):
        raise AnswerMalformed("of another version or about another chain")
    return Acknowledgement(said[1], said[2], said[3], said[4])


def items(answer: bytes, *counts: int) -> list[Any]:
    """Return the items of an array that has so many; AnswerMalformed."""
    if len(answer) > ANSWER_BYTES_MAX:
        raise AnswerMalformed("longer than an answer may be")
    found = cbor.decode(answer)
    if not isinstance(found, list) or len(found) not in counts or not all(isinstance(i, bytes) for i in found[1:3]):
        raise AnswerMalformed("no answer")
    return found


def are_hashes(proof: object) -> bool:
    """Whether this is a path or a proof, true or not."""
    if not isinstance(proof, list) or len(proof) > PROOF_HASHES_MAX:
        return False
    return all(isinstance(each, bytes) and len(each) == len(NO_HASH) for each in proof)


@dataclass(frozen=True)
class Checkpoint:
    """The county's tree at a time."""

    size: int
    root: bytes
    at_ms: int
    epoch: int
    hash: bytes


@dataclass(frozen=True)
class CheckpointSaid:
    """A checkpoint, and seq and hash of the newest leaf of the asker's chain in it."""

    checkpoint: Checkpoint
    head: tuple[int, bytes] | None


def read_checkpoint(answer: bytes, trust: Trust, chain: bytes, held: Checkpoint | None) -> CheckpointSaid:
    """Return a checkpoint that goes on from the held one. Refusals of this module, and those of what it is made of."""
    version, statement, message, head, proof, *recovery = items(answer, 5, 6)
    said = signed_by_county(trust, statement, message, range(5), 3)
    if (version, said[0]) != (1, 1) or not are_hashes(proof):
        raise AnswerMalformed("of another version, or without a proof")
    new = Checkpoint(said[1], said[2], said[3], said[4], sha256(payload_of(message)[0]))
    if head is not None:
        if not isinstance(head, list) or len(head) != 4 or not are_hashes(head[3]) or not isinstance(head[0], int):
            raise AnswerMalformed("a head that cannot be looked at")
        index, seq, hash_, path = head
        check_inclusion(cbor.encode([chain, seq, hash_]), index, new.size, path, new.root)
    _check_goes_on(new, held, proof, recoveries(recovery[0], trust) if recovery else {})
    return CheckpointSaid(new, None if head is None else (head[1], head[2]))


def _check_goes_on(new: Checkpoint, held: Checkpoint | None, proof: list[bytes], told: dict[int, Any]) -> None:
    epoch, size, root = (held.epoch, held.size, held.root) if held else (1, 0, b"")
    if new.epoch < epoch:
        raise WentBack("an earlier epoch")
    if new.epoch > epoch:
        if not told or new.epoch != max(told):
            raise WentBack("an epoch that the root has not told")
        for later in sorted(told):
            if later > epoch and told[later][1] < size:
                size, root = told[later][1], told[later][2]
    elif held and (new.size < held.size or new.at_ms < held.at_ms or (new.at_ms == held.at_ms and new != held)):
        raise WentBack("smaller or earlier than the one that is held, or another of the same time")
    if size == 0:
        if proof:
            raise NotProven("a proof where none is asked for")
        return
    check_consistency(size, root, new.size, new.root, proof)


def recoveries(message: bytes, trust: Trust) -> dict[int, Any]:
    """Return the epochs that the root has begun: epoch → [epoch, size, root, time ms]."""
    said = fields(verify_sign1(trust.root, message), range(4))
    epochs = [entry[0] for entry in said[3]]
    rising = epochs == sorted(set(epochs)) and 0 < len(epochs) <= EPOCHS_MAX and epochs[0] >= 2
    if (said[0], said[1], said[2]) != (1, "recovery", trust.county) or not rising:
        raise NotVouchedFor("no recovery of this county")
    return {entry[0]: entry for entry in said[3]}


def read_revocations(message: bytes, trust: Trust) -> tuple[int, dict[tuple[str, bytes], int]]:
    """Return number and entries of the root's list: purpose and SHA-256 of a key → since when it is revoked, in ms."""
    if len(message) > REVOCATIONS_BYTES_MAX:
        raise AnswerMalformed("longer than the list may be")
    said = fields(verify_sign1(trust.root, message), range(6))
    entries = {(purpose, digest): since_ms for purpose, digest, since_ms in said[5]}
    whole = 0 < len(said[5]) == len(entries) <= REVOKED_MAX and said[3] >= 1
    if (said[0], said[1], said[2]) != (1, "revocations", trust.county) or not whole:
        raise NotVouchedFor("no list of this county")
    return said[3], entries
