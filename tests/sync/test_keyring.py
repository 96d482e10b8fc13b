"""A keyring opens each content key once, forgets the oldest, and takes no record's word for what it does not tell."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync import cbor, keyring
from sync.keyring import Keyring, RecordAt
from sync.keys import FileSigner
from sync.model.facts import ActorClass, ContentKeySealed, Fact, Seal
from sync.reading import NO_KEYS, fact_of, open_body
from sync.record import BodyMalformed, BodySealed, Link, Record, Stamp, chain_id, compose, restore
from sync.sealing import ContentKey, KeyOpener, Recipient, SealBroken
from tests.seals import DESK, OPENING, READERS, opener
from tests.sync.village import INVITED, TAKEN_IN


class CountingOpener:
    """The county's opening key, where somebody counts how often it is used."""

    def __init__(self) -> None:
        self.opened = 0

    @property
    def recipient(self) -> Recipient:
        return OPENING.recipient

    def open(self, sealed: bytes, context: bytes) -> bytes:
        self.opened += 1
        return OPENING.open(sealed, context)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("signer") / "key.pem")


@pytest.fixture
def county() -> CountingOpener:
    return CountingOpener()


def at(signer: FileSigner, seq: int, happened: Fact, content_key: ContentKey | None = None) -> Record:
    """A fact as record `seq` of the signer's chain."""
    after = Link(chain_id(signer.public_key), seq - 1, b"\x07" * 32)
    return compose(
        happened, after=after, stamp=Stamp(1_795_415_520_000, b"bootboot", 1_000), signer=signer, actor="system",
        actor_class=ActorClass.SYSTEM, content_key=content_key,
    )  # fmt: skip


def telling(signer: FileSigner, seq: int, readers: Sequence[Recipient] = READERS) -> tuple[ContentKey, Record]:
    """A new content key, and the record `seq` that tells it."""
    key = ContentKey.fresh(chain_id(signer.public_key), seq)
    return key, at(signer, seq, key.told_to(readers))


def holding(*records: Record) -> RecordAt:
    held = {(each.header.chain, each.header.seq): each for each in records}
    return lambda chain, seq: held.get((chain, seq))


def test_a_keyring_finds_the_key_in_the_record_that_tells_it_and_opens_bodies(
    signer: FileSigner, county: CountingOpener
) -> None:
    key, told = telling(signer, 1)
    record = at(signer, 2, TAKEN_IN, key)
    keys = Keyring([county]).among(holding(told, record))
    assert keys.key(key.chain, 1) == key
    assert fact_of(record, keys) == TAKEN_IN


def test_a_keyring_opens_a_key_once_and_remembers_it(signer: FileSigner, county: CountingOpener) -> None:
    key, told = telling(signer, 1)
    held = Keyring([county])
    for _ in range(3):
        assert held.key(key.chain, 1, holding(told)) == key
        assert held.among(holding(told)).key(key.chain, 1) == key
    assert county.opened == 1


def test_a_keyring_forgets_the_oldest_key_and_finds_it_again(
    signer: FileSigner, county: CountingOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "KEYS_KEPT", 3)
    told = dict(telling(signer, seq) for seq in range(1, 5))
    held = Keyring([county]).among(holding(*told.values()))
    first, *others = told
    for key in told:
        assert held.key(key.chain, key.number) == key
    assert county.opened == 4
    for key in others:
        assert held.key(key.chain, key.number) == key
    assert county.opened == 4, "one that was to be kept was forgotten"
    assert held.key(first.chain, first.number) == first
    assert county.opened == 5, "more is kept than is allowed"


def test_a_key_whose_record_has_not_come_yet_is_found_when_it_has(signer: FileSigner, county: CountingOpener) -> None:
    key, told = telling(signer, 1)
    record = at(signer, 2, TAKEN_IN, key)
    held = Keyring([county])
    with pytest.raises(BodySealed):
        open_body(record, held.among(holding(record)))
    assert fact_of(record, held.among(holding(told, record))) == TAKEN_IN


def test_a_key_that_another_record_tells_in_the_same_place_is_not_mixed_up(
    signer: FileSigner, county: CountingOpener
) -> None:
    """A transaction that failed told a key; the next one tells another with the same number."""
    held = Keyring([county])
    for _ in range(2):
        key, told = telling(signer, 1)
        assert held.key(key.chain, 1, holding(told)) == key


@pytest.mark.parametrize("reader", [DESK, opener("stranger")], ids=["not told this one", "never told"])
def test_a_keyring_of_somebody_who_was_not_told_knows_nothing(signer: FileSigner, reader: KeyOpener) -> None:
    key, told = telling(signer, 1, [OPENING.recipient])
    keys = Keyring([reader]).among(holding(told))
    assert keys.key(key.chain, 1) is None
    with pytest.raises(BodySealed, match="not for anybody here"):
        open_body(at(signer, 2, TAKEN_IN, key), keys)


def test_a_key_of_another_chain_is_not_taken(signer: FileSigner, county: CountingOpener, tmp_path: Path) -> None:
    key, told = telling(FileSigner.create(tmp_path / "other.pem"), 1)
    keys = Keyring([county]).among(holding(told))
    assert keys.key(chain_id(signer.public_key), 1) is None
    # Not even when the records are found in the wrong place.
    record = at(signer, 2, TAKEN_IN, ContentKey(chain_id(signer.public_key), 1, key.secret))
    with pytest.raises(BodyMalformed):
        open_body(record, Keyring([county]).among(lambda _chain, _seq: told))


def withheld(told: Record) -> Record:
    return restore(told.header_bytes, None, told.signature)


def sealed_itself(told: Record) -> Record:
    return restore(cbor.encode(replace(told.header, content_key=1).to_map()), told.body, told.signature)


def without_a_digest(told: Record) -> Record:
    return restore(cbor.encode(replace(told.header, plain={}).to_map()), told.body, told.signature)


def of_a_newer_kind(told: Record) -> Record:
    return restore(cbor.encode(replace(told.header, kind=999, content_key=1).to_map()), told.body, told.signature)


@pytest.mark.parametrize("spoil", [withheld, sealed_itself, without_a_digest, of_a_newer_kind])
def test_a_record_that_does_not_tell_its_key_is_refused(
    signer: FileSigner, county: CountingOpener, spoil: Callable[[Record], Record]
) -> None:
    key, told = telling(signer, 3)
    with pytest.raises(SealBroken, match="record 3 tells no content key"):
        Keyring([county]).key(key.chain, 3, holding(spoil(told)))


def test_a_record_of_another_fact_tells_no_key(signer: FileSigner, county: CountingOpener) -> None:
    key, _ = telling(signer, 3)
    record = at(signer, 4, TAKEN_IN, key)
    keys = Keyring([county]).among(holding(at(signer, 3, INVITED)))
    with pytest.raises(SealBroken, match="record 3 tells no content key"):
        keys.key(key.chain, 3)
    with pytest.raises(BodyMalformed, match="record 3 tells no content key"):
        open_body(record, keys)


def test_a_writer_who_lies_about_a_key_is_found_out_when_a_body_is_read(
    signer: FileSigner, county: CountingOpener
) -> None:
    key, told = telling(signer, 1)
    (seal, *_) = ContentKey.fresh(key.chain, 1).told_to(READERS).seals
    honest = fact_of(told, NO_KEYS)
    assert isinstance(honest, ContentKeySealed)
    lie = at(signer, 1, replace(honest, seals=(seal, *honest.seals[1:])))
    with pytest.raises(BodyMalformed, match="not the one that its record names"):
        open_body(at(signer, 2, TAKEN_IN, key), Keyring([county]).among(holding(lie)))
    assert open_body(at(signer, 2, TAKEN_IN, key), Keyring([DESK]).among(holding(lie)))


def test_a_refusal_is_not_remembered_for_a_key(signer: FileSigner, county: CountingOpener) -> None:
    key, told = telling(signer, 1)
    broken = at(signer, 1, replace(key.told_to(READERS), seals=(Seal(recipient=OPENING.recipient.id, sealed=b""),)))
    held = Keyring([county])
    with pytest.raises(SealBroken):
        held.key(key.chain, 1, holding(broken))
    assert held.key(key.chain, 1, holding(told)) == key
