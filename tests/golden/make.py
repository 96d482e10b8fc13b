"""`python -m tests.golden.make` writes pipe.json: one of everything that travels, from fixed keys and a fixed clock.

Byte strings are in hexadecimal. The keys are throw-away: SHA-256 of their names. Making the vectors anew changes
nothing but, with another version of zstd, bodies and what covers them; `tests.sync.test_golden` reads them all.
"""

from __future__ import annotations

import functools
import hashlib
import json
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.case_key import CaseKey
from sync.keys import FileSigner, Purpose, Statement, sign1_message, terminal_subject
from sync.model.case_number import CaseNumber, parse_case_number
from sync.model.facts import ActorClass, CaseWithdrawn, ContentKeySealed, Fact, ShiftOpened, SlipIssued, SlipKind
from sync.model.receipt import ReceiptToken, qr_text
from sync.protocol.acknowledgement import Acknowledgement, encode_answer
from sync.protocol.checkpoint import Checkpoint, Leaf, ProvenLeaf, chain_leaf_hash, encode_checkpoint_answer
from sync.protocol.frame import encode_frame
from sync.protocol.log_page import LogPage
from sync.protocol.pack_offer import PackOffer, encode_offers
from sync.protocol.recovery import Kept, Recovery, recovery_after
from sync.protocol.relay import Relay
from sync.protocol.revocations import TLS, Revocations, Revoked, nothing_revoked
from sync.protocol.segment import Segment
from sync.reading import NO_KEYS, fact_of
from sync.receipt_proof import make_token
from sync.record import Link, Record, Stamp, chain_id, compose, decode_header
from sync.sealing import ContentKey
from sync.tree import consistency_spans, grown, inclusion_spans, proof, root
from tests.seals import READERS, opener

VECTORS = Path(__file__).with_name("pipe.json")
COUNTY = "990101"
SUBJECT = terminal_subject(COUNTY, "990101102203", "01")
CASE_NO = "9901011022032611230100017"
NOW_MS = 1_795_415_520_000  # 2026-11-23 14:32 +08:00
YEAR_MS = 365 * 24 * 3_600_000

CASE_KEY = hashlib.sha256(b"case key").digest()[:16]
LAST_FOUR = "004X"
RECEIPT_HOST = "sunpoint.example"
RECEIPT_NUMBER = CaseNumber("990101102203", date(2026, 11, 23), 1, 1).text
CONTENT_KEY = hashlib.sha256(b"content key").digest()
FACTS: tuple[tuple[Fact, str, ActorClass, str | None], ...] = (
    (ShiftOpened(), "A01", ActorClass.AGENT, None),
    (CaseWithdrawn(reason="不办了", seen_chain=b"\x01" * 8, seen_seq=4), "A01", ActorClass.AGENT, CASE_NO),
    (SlipIssued(slip=SlipKind.WITHDRAWAL, copy=0), "system", ActorClass.SYSTEM, CASE_NO),
)


def signer(name: str) -> FileSigner:
    """The throw-away key of a name."""
    return FileSigner(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def content_key() -> ContentKey:
    """The key that the first record of the chain tells."""
    return ContentKey(chain_id(signer("terminal").public_key), 1, CONTENT_KEY)


@functools.cache
def telling() -> ContentKeySealed:
    """The fact that tells it. HPKE draws at random, so the seals that were published once stay."""
    if not VECTORS.exists():
        return content_key().told_to(READERS)
    first = json.loads(VECTORS.read_text())["records"][0]
    header = decode_header(bytes.fromhex(first["header"]))
    told = fact_of(Record(header, b"", bytes.fromhex(first["body"]), None, b""), NO_KEYS)
    assert isinstance(told, ContentKeySealed)
    return told


def records() -> list[Record]:
    """The facts as the records of one chain, the content key told first."""
    terminal = signer("terminal")
    link = Link.start(chain_id(terminal.public_key))
    made = []
    first = (telling(), "system", ActorClass.SYSTEM, None)
    for number, (happened, actor, actor_class, case_no) in enumerate((first, *FACTS)):
        record = compose(
            happened,
            after=link,
            stamp=Stamp(NOW_MS + number, b"\x02" * 8, 60_000 + number),
            signer=terminal,
            actor=actor,
            actor_class=actor_class,
            case_no=case_no,
            content_key=content_key(),
        )
        link = record.link
        made.append(record)
    return made


def statement(purpose: Purpose, key: bytes, subject: str) -> bytes:
    """The root's word about a key."""
    return Statement(purpose, key, subject, COUNTY, NOW_MS - YEAR_MS, NOW_MS + YEAR_MS).sign(signer("root"))


LEAVES = 7
HELD_LEAVES = 3
"""Of the checkpoint that the asker of the published answer holds."""


def leaves() -> list[Link]:
    """Heads as they became leaves: ours after each of its records, between those of another chain."""
    made = [record.link for record in records()]
    other = [Link(b"\x05" * 8, number, bytes([number]) * 32) for number in range(1, 5)]
    return [other[0], made[1], other[1], made[2], other[2], made[3], other[3]]


def checkpoint(size: int) -> Checkpoint:
    """The tree of the first so many leaves, as it was stated."""
    nodes = grown(0, [chain_leaf_hash(leaf) for leaf in leaves()], {})
    return Checkpoint(size, root(size, nodes), NOW_MS + 1_000 * size)


def checkpoint_answer() -> bytes:
    """What a terminal that holds `HELD_LEAVES` is answered."""
    nodes = grown(0, [chain_leaf_hash(leaf) for leaf in leaves()], {})
    gateway = signer("gateway")
    return encode_checkpoint_answer(
        statement(Purpose.ACKNOWLEDGE, gateway.public_key, f"urn:sunpoint:{COUNTY}:gateway"),
        checkpoint(LEAVES).sign(gateway),
        ProvenLeaf(Leaf(5, leaves()[5]), proof(inclusion_spans(5, LEAVES), nodes)),
        proof(consistency_spans(HELD_LEAVES, LEAVES), nodes),
    )


def revocations() -> Revocations:
    """The second list of the county: a gateway's key, and a certificate."""
    first = nothing_revoked(COUNTY).with_also(
        Revoked(Purpose.ACKNOWLEDGE.value, hashlib.sha256(signer("stolen").public_key).digest(), NOW_MS), NOW_MS + 1_000
    )
    return first.with_also(Revoked(TLS, hashlib.sha256(b"certificate").digest(), NOW_MS - 1), NOW_MS + 2_000)


def recovery() -> Recovery:
    """What lets epoch 2 begin with the entries that the asker of the published answer holds."""
    held = checkpoint(HELD_LEAVES)
    return recovery_after(None, COUNTY, 1, Kept(held.size, held.root), NOW_MS + 9_000)


def recovered_answer() -> bytes:
    """What a terminal that holds `HELD_LEAVES` of the first epoch is answered in the second."""
    nodes = grown(0, [chain_leaf_hash(leaf) for leaf in leaves()], {})
    gateway = signer("gateway")
    return encode_checkpoint_answer(
        statement(Purpose.ACKNOWLEDGE, gateway.public_key, f"urn:sunpoint:{COUNTY}:gateway"),
        replace(checkpoint(LEAVES), epoch=2).sign(gateway),
        None,
        proof(consistency_spans(HELD_LEAVES, LEAVES), nodes),
        recovery().sign(signer("root")),
    )


def log_page() -> LogPage:
    """The whole log, for the county."""
    return LogPage(0, tuple(leaves()), (checkpoint(HELD_LEAVES), checkpoint(LEAVES)), NOW_MS + 10_000)


def receipt() -> ReceiptToken:
    """A receipt about the second record."""
    return make_token(parse_case_number(RECEIPT_NUMBER), records()[1], CASE_KEY, signer("terminal"))


def vectors() -> dict[str, object]:
    """Everything, by name."""
    made = records()
    gateway = signer("gateway")
    acknowledge = statement(Purpose.ACKNOWLEDGE, gateway.public_key, f"urn:sunpoint:{COUNTY}:gateway")
    acknowledgement = Acknowledgement(made[-1].link, NOW_MS + 5).sign(gateway)
    segment = Segment.of(made).encode()
    of_terminal = statement(Purpose.TERMINAL_CHAIN, signer("terminal").public_key, SUBJECT)
    return {
        "public_keys": {name: signer(name).public_key.hex() for name in ("root", "gateway", "terminal")},
        "content_key": CONTENT_KEY.hex(),
        "readers": {name: opener(name).secret().hex() for name in ("opening", "escrow", "desk")},
        "chain": made[0].header.chain.hex(),
        "records": [
            {
                "header": record.header_bytes.hex(),
                "body": (record.body or b"").hex(),
                "signature": (record.signature or b"").hex(),
                "hash": record.hash.hex(),
                "cose_sign1": sign1_message(record.signature or b"").hex(),
            }
            for record in made
        ],
        "segment": segment.hex(),
        "segment_frame": encode_frame(segment).hex(),
        "statement": acknowledge.hex(),
        "acknowledgement": acknowledgement.hex(),
        "answer": encode_answer(acknowledge, acknowledgement).hex(),
        "leaves": [[leaf.chain.hex(), leaf.seq, leaf.hash.hex(), chain_leaf_hash(leaf).hex()] for leaf in leaves()],
        "roots": [checkpoint(size).root.hex() for size in range(LEAVES + 1)],
        "checkpoint": checkpoint(LEAVES).sign(gateway).hex(),
        "checkpoint_hash": checkpoint(LEAVES).hash.hex(),
        "checkpoint_held": checkpoint(HELD_LEAVES).sign(gateway).hex(),
        "checkpoint_answer": checkpoint_answer().hex(),
        "recovery": recovery().sign(signer("root")).hex(),
        "revocations": revocations().sign(signer("root")).hex(),
        "recovered_answer": recovered_answer().hex(),
        "log_page": log_page().sign(gateway, acknowledge).hex(),
        "receipt": qr_text(receipt(), RECEIPT_HOST),
        "receipt_reading_key": CaseKey(CASE_KEY, LAST_FOUR).opener().recipient.public_key.hex(),
        "relay": Relay(12, of_terminal, segment).encode().hex(),
        "offers": encode_offers([PackOffer("calendar", 3, 2_000, b"\x03" * 32)]).hex(),
    }


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1) + "\n")
