"""Bodies whose time is over: the store erases them on the county's word about that terminal, and on nobody else's."""

from __future__ import annotations

from pathlib import Path

from sync.gateway.store import Store, Submission
from sync.keys import FileSigner
from sync.model.facts import ActorClass, BodiesErased, Fact
from sync.peer_name import PeerName, PeerRole
from tests.gateway.county_site import Writer
from tests.gateway.store_ground import COUNTY, TERMINAL, enrol
from tests.seals import READERS, known_key


class Pair:
    """A terminal with bodies in the store, and the county's chain to it."""

    def __init__(self, store: Store, home: Path, name: PeerName) -> None:
        home.mkdir()
        self.name = name
        self.store = store
        self.own = Writer(FileSigner.create(home / "record.pem"))
        self.county = Writer(FileSigner.create(home / "county.pem"), ActorClass.COUNTY)
        enrol(store, self.own, name, self.county.signer)
        for _ in range(3):
            self.says(self.own, known_key(self.own.link.chain).told_to(READERS))

    def says(self, writer: Writer, happened: Fact) -> None:
        peer = COUNTY if writer is self.county else self.name
        self.store.append([Submission(tuple(writer.write(1, happened)), peer, b"wire")], 0)

    def bodies(self) -> list[int]:
        held = self.store.records_after(self.own.link.chain, 0, 1 << 20)
        return [each.header.seq for each in held if each.body]


def test_only_the_county_s_word_about_that_terminal_erases(store: Store, tmp_path: Path) -> None:
    one = Pair(store, tmp_path / "one", TERMINAL)
    other = Pair(store, tmp_path / "other", PeerName("990101", PeerRole.TERMINAL, "990101102204", "01"))
    erased = BodiesErased(chain=one.own.link.chain, first_seq=2, last_seq=3)
    other.says(other.own, erased)
    other.says(other.county, erased)
    one.says(one.own, erased)
    assert one.bodies() == [1, 2, 3]
    one.says(one.county, erased)
    assert one.bodies() == [1]
    assert other.bodies() == [1, 2, 3]
    held = store.records_after(one.own.link.chain, 0, 1 << 20)
    assert [each.hash for each in held] == [each.hash for each in one.own.records], "an erasure changed a header"
    again = store.append([Submission(tuple(one.own.records), TERMINAL, b"wire")], 0)
    assert again[0].fresh == ()
    assert one.bodies() == [1], "a replay brought an erased body back"


def test_what_comes_again_after_it_was_erased_is_stored_without_its_body(store: Store, tmp_path: Path) -> None:
    """A gateway put back from a backup has the county's word again before the terminal sends what was lost."""
    one = Pair(store, tmp_path / "one", TERMINAL)
    other = Pair(store, tmp_path / "other", PeerName("990101", PeerRole.TERMINAL, "990101102204", "01"))
    told = [BodiesErased(chain=one.own.link.chain, first_seq=seq, last_seq=seq + 1) for seq in (4, 6)]
    other.says(other.county, BodiesErased(chain=one.own.link.chain, first_seq=1, last_seq=99))
    one.says(one.own, BodiesErased(chain=one.own.link.chain, first_seq=8, last_seq=8))
    for each in told:
        one.says(one.county, each)
        one.says(one.county, each)
    for _ in range(4):
        one.says(one.own, known_key(one.own.link.chain).told_to(READERS))
    assert one.bodies() == [1, 2, 3, 8]
    held = store.records_after(one.own.link.chain, 0, 1 << 20)
    assert [each.hash for each in held] == [each.hash for each in one.own.records]
