"""What the gateway keeps: records in the order of their admission, chains and whose they are, grants, forks.

`Store` is what the rest of the gateway knows; `sqlite` is the embedded implementation, `postgres` the one that several
gateways share. The contract of every implementation, which `tests/gateway` holds it to:

- `append` decides and commits a whole batch in one transaction that survives a power cut once it returns. The
  head row of a chain is written in that transaction for a replay too, and for every other verdict: nothing must be
  acknowledged on the strength of an append that is not on the disk, or not on the standby that the store waits for.
- What is read may be younger than what survives: an append whose wait was broken off is there to be seen. So
  `confirmed`, `admitted_after` and the checkpoints, from which something is signed or counted, return only what
  survives what `append` survives.
- Admission numbers grow in the order of commits, so that a reader who has seen number n misses nothing below.
- Nothing is changed or deleted. A record in the place of another is kept apart, as evidence.
- The county's tree (`sync.tree`) only grows, one transaction at a time however many gateways there are: leaves, the
  nodes that they complete and the checkpoint over them are durable together before anybody reads that checkpoint.
  No checkpoint has fewer leaves, and none has a time at or before that of the one before it, whatever the clock says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct

from sync.gateway.admission import Decision, Standing
from sync.peer_name import PeerName
from sync.protocol.checkpoint import Checkpoint, Leaf
from sync.protocol.recovery import Begun
from sync.record import Link, Record
from sync.tree import Node


class StoreUnavailable(RuntimeError):
    """The store cannot commit now: full, broken, locked or out of reach. Nothing may be acknowledged.

    Nothing of the batch is stored, unless the answer to a commit was lost on the way: then all of it may be. Handing
    in the same again is right in both cases.
    """


class TerminalAlreadyNamed(ValueError):
    """The point has a terminal of this number already; numbers are never given twice."""


class TerminalHasAnotherChain(ValueError):
    """The county keeps another chain for this terminal than the one granted."""


class LogNotAsRecovered(ValueError):
    """The recovery was signed for another log than the one in this store."""


class Submission(Struct, frozen=True):
    """Records of one segment, opened and verified, with who sent them and the segment as it came."""

    records: tuple[Record, ...]
    peer: PeerName
    wire: bytes


class Chain(Struct, frozen=True):
    """A chain that the gateway takes records for.

    Attributes:
        public_key: 32 bytes; the chain's id follows from it.
        about: the terminal that wrote the chain, or whom the county writes to in it.
        standing: whose it is, whether revoked, and its head.
        statement: who vouches for the key: the issuing authority for a terminal's, the root for the county's.
    """

    public_key: bytes
    about: PeerName
    standing: Standing
    statement: bytes


class Admitted(Struct, frozen=True):
    """Records that were admitted together: those of one segment that were new.

    Attributes:
        admission: its number, from 1, in the order of commits.
        mark: MARK_BYTES random bytes, given with the number: a number that is given anew has another.
        statement: who vouches for the key of the chain.
        span: the chain, the first and the last seq.
        records: none when the store no longer has them whole: somebody has deleted or changed them there.
    """

    admission: int
    mark: bytes
    statement: bytes
    span: tuple[bytes, int, int]
    records: tuple[Record, ...]


class Late(Struct, frozen=True):
    """A segment that came for a chain after the county had closed it, as it came. `place` numbers them, from 1."""

    place: int
    statement: bytes
    wire: bytes


class Fork(Struct, frozen=True):
    """Evidence of two records in one place: what came, from whom, when, and what was stored."""

    chain: bytes
    seq: int
    stored_hash: bytes
    wire: bytes
    peer_urn: str
    seen_ms: int


class Grant(Struct, frozen=True):
    """The county's word that one terminal may enrol.

    Attributes:
        token_id: the public part of the one-time code.
        secret_digest: see `sync.one_time_code.secret_digest`.
        name: who the terminal will be.
        point_name: as people call the point.
        expires_ms: last moment, by the gateway's clock.
        wrong_tries: how often a wrong secret was shown.
        used_by: digest of the request that used it; None while unused.
        answer: what that request was answered, for a terminal whose line broke before it arrived.
        succession: the root's statement whose place the terminal takes; empty for none.
    """

    token_id: str
    secret_digest: bytes
    name: PeerName
    point_name: str
    expires_ms: int
    wrong_tries: int = 0
    used_by: bytes | None = None
    answer: bytes | None = None
    succession: bytes = b""


class Store(Protocol):
    """The gateway's memory. Every method is safe to call from any thread."""

    def append(self, submissions: Sequence[Submission], now_ms: int) -> list[Decision]:
        """Decide about each submission in turn and commit all that is accepted. Raises StoreUnavailable."""

    def chain(self, chain: bytes) -> Chain | None:
        """The chain with this id, if the gateway takes records for it."""

    def confirmed(self, chain: bytes) -> Chain | None:
        """The chain with this id, whose head survives what `append` survives: for what is going to be signed.

        Raises StoreUnavailable.
        """

    def chains(self) -> list[Chain]:
        """All chains, oldest first."""

    def county_chain(self, terminal: PeerName) -> Chain | None:
        """The county's chain for a terminal."""

    def terminal_chain(self, name: PeerName) -> Chain | None:
        """The chain of an enrolled terminal."""

    def records_after(self, chain: bytes, seq: int, bytes_max: int) -> list[Record]:
        """Records of one chain beyond `seq`, in order, about `bytes_max` bytes; at least one if there is any.

        The last has a signature.
        """

    def admitted_after(self, admission: int, bytes_max: int) -> list[Admitted]:
        """What was admitted beyond a number, of all chains, in that order; about `bytes_max` bytes, one at least.

        What is damaged comes in its place, without records: it must not hold up what other chains have behind it.
        """

    def mark_of_admission(self, admission: int) -> bytes | None:
        """The mark that was given with a number; None when the number was not given so far.

        Whoever reads `admitted_after` compares it with what it read there. A store put back from a backup gives its
        numbers anew, and no number the same mark: whoever finds its mark again has missed nothing below it.
        """

    def add_grant(self, grant: Grant, county_key: bytes, county_statement: bytes) -> None:
        """Keep a grant and the county's chain for its terminal.

        Raises TerminalAlreadyNamed, TerminalHasAnotherChain.
        """

    def grant(self, token_id: str) -> Grant | None:
        """The grant of a one-time code."""

    def count_wrong_try(self, token_id: str) -> int:
        """Count one more wrong secret and return how many there were."""

    def use_grant(self, token_id: str, used_by: bytes, answer: bytes, public_key: bytes, statement: bytes) -> bool:
        """Mark a grant as used and open the terminal's chain, at once; False when somebody else used it first."""

    def revoke(self, name: PeerName, now_ms: int, closed_at: int | None = None) -> bool:
        """Refuse a terminal from now on, and close its chain; False when there is none of this name.

        `closed_at` is the last seq that is taken, the chain's head when it is None; a second time it can only fall.
        """

    def late_after(self, place: int, bytes_max: int) -> list[Late]:
        """Late tails that came for closed chains, in the order of their coming; about `bytes_max` bytes, one at least.

        The same segment is kept once, and of one chain no more than `rows.LATE_KEPT_MAX`.
        """

    def forks(self) -> list[Fork]:
        """The evidence kept so far, oldest first."""

    def grow_tree(self, now_ms: int, *, restate: bool = False) -> Checkpoint | None:
        """Make the head of every chain that has grown a leaf of the county's tree, and state the tree anew.

        The checkpoint's time is `now_ms`, or just after that of the one before if that is later. Leaves come in the
        order of the chains' opening, one a chain. A chain that stands where its newest leaf says gets none; when that
        is so for all, nothing is written, unless `restate`: then the same tree is stated with the newer time.

        Returns the newest checkpoint, None when there is none yet. A store that several gateways share grows for
        one at a time. Raises StoreUnavailable; nothing has grown then.
        """

    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint; it and all that it covers are durable."""

    def checkpoints_after(self, at_ms: int, limit: int, epoch: int | None = None) -> list[Checkpoint]:
        """At most `limit` checkpoints of a time beyond `at_ms`, oldest first.

        With `epoch`: those of that epoch of a time beyond `at_ms`, and all of later ones, whatever their times.
        """

    def begin_epoch(self, message: bytes, begun: Begun, now_ms: int) -> bool:
        """Keep a recovery, whose signature was checked, and state the tree as the first of its epoch.

        False when the epoch, or a later one, has begun already. Raises LogNotAsRecovered, StoreUnavailable.
        """

    def recovery(self) -> bytes | None:
        """The recovery under which the newest epoch began; None in the first."""

    def tree_leaf(self, chain: bytes, size: int) -> Leaf | None:
        """The newest leaf of a chain among the first `size` leaves of the tree."""

    def tree_leaves(self, first: int, end: int) -> list[Link]:
        """Where the leaves from index `first` up to, and without, `end` say that chains stood; in their order."""

    def tree_nodes(self, wanted: Collection[Node]) -> dict[Node, bytes]:
        """The hashes of nodes of the tree, those of `wanted` that there are; in one read."""

    def close(self) -> None:
        """Release what is open."""
