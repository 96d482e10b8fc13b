"""A gateway's store with a million records, made by the store's own code: what a county has after years."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from provisioning.county_init import CHECKOUT
from sync.gateway.store import Grant, Submission
from sync.gateway.store.sqlite import SqliteStore
from sync.header_bytes import encode_header
from sync.keys import FileSigner, sign_detached
from sync.peer_name import PeerName, PeerRole
from sync.record import Link, Record, chain_id
from tests.bench import corpus
from tests.sync.village import COUNTY, FOREVER_MS

CACHE = CHECKOUT / "build" / "bench"
CHAIN_RECORDS = 10_000
SEGMENT_RECORDS = 50
BATCH_SEGMENTS = 100


def store_with(records: int) -> Path:
    """Return a store with so many records of other terminals; made once and kept, all whole cases of the corpus."""
    path = CACHE / f"store-{records}.db"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=CACHE) as name:
            fresh = Path(name) / "gateway.db"
            _make(fresh, records)
            shutil.move(fresh, path)
    return path


def _make(path: Path, records: int) -> None:
    pattern = corpus.records(path.with_name("pattern"))
    store = SqliteStore(path)
    county = FileSigner(Ed25519PrivateKey.generate())
    for number in range(-(-records // CHAIN_RECORDS)):
        signer = FileSigner(Ed25519PrivateKey.generate())
        name = PeerName(COUNTY, PeerRole.TERMINAL, f"{int('990101103000') + number:012}", "01")
        county_key = hashlib.sha256(county.public_key + number.to_bytes(4, "big")).digest()
        store.add_grant(Grant(name.region, b"digest", name, "", FOREVER_MS), county_key, b"statement")
        store.use_grant(name.region, b"request", b"answer", signer.public_key, b"statement")
        wanted = min(CHAIN_RECORDS, records - number * CHAIN_RECORDS)
        batch = []
        for segment in segments(pattern, signer, wanted):
            batch.append(Submission(segment, name, b""))
            if len(batch) == BATCH_SEGMENTS:
                store.append(batch, number)
                batch = []
        store.append(batch, number)
        store.grow_tree(number)
    store.close()


def segments(
    pattern: list[Record], signer: FileSigner, count: int, signed_every: int = SEGMENT_RECORDS
) -> Iterator[tuple[Record, ...]]:
    """Yield a chain of so many records with the headers and bodies of others, as a gateway holds it.

    They are linked anew, and the last of every segment is signed; the bodies can no longer be opened.
    """
    link = Link.start(chain_id(signer.public_key))
    held: list[Record] = []
    for place in range(count):
        like = pattern[place % len(pattern)]
        key = link.seq if like.header.content_key else None
        header = replace(like.header, chain=link.chain, seq=link.seq + 1, previous=link.hash, content_key=key)
        header_bytes = encode_header(header)
        last = len(held) + 1 == signed_every or place + 1 == count
        signature = sign_detached(signer, header_bytes) if last else None
        held.append(Record(header, header_bytes, like.body, signature, hashlib.sha256(header_bytes).digest()))
        link = held[-1].link
        if last:
            yield tuple(held)
            held = []
