"""Acknowledgements, relays and pack offers."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from sync.keys import FileSigner, Purpose, Statement, Trust, terminal_subject
from sync.protocol.acknowledgement import (
    Acknowledgement,
    AnswerMalformed,
    AnswerNotTrusted,
    AnswerRefused,
    encode_answer,
    verify_answer,
)
from sync.protocol.pack_offer import OFFERS_MAX, OffersRefused, PackOffer, decode_offers, encode_offers
from sync.protocol.relay import (
    Relay,
    RelayMalformed,
    RelayNotTrusted,
    RelayOutOfOrder,
    RelayRefused,
    check_next,
    open_relay,
)
from sync.protocol.segment import Segment
from sync.record import Link
from tests.sync.village import chain_of

COUNTY = "990101"
SUBJECT = terminal_subject(COUNTY, "990101102203", "01")
NOW_MS = 1_795_415_520_000
LINK = Link(b"8 bytes.", 7, bytes(range(32)))


@dataclass(frozen=True)
class Hands:
    """The root, and the key that it vouches for."""

    root: FileSigner
    signer: FileSigner

    @property
    def trust(self) -> Trust:
        return Trust(self.root.public_key, COUNTY)

    def statement(self, purpose: Purpose, subject: str = SUBJECT, until_ms: int = 2 * NOW_MS) -> bytes:
        return Statement(purpose, self.signer.public_key, subject, COUNTY, 0, until_ms).sign(self.root)

    def answer(self, at_ms: int = NOW_MS) -> bytes:
        return encode_answer(self.statement(Purpose.ACKNOWLEDGE), Acknowledgement(LINK, at_ms).sign(self.signer))

    def relay(self, purpose: Purpose = Purpose.COUNTY_CHAIN) -> Relay:
        return Relay(3, self.statement(purpose), Segment.of(chain_of(self.signer, 3)).encode())


@pytest.fixture(scope="module")
def hands(tmp_path_factory: pytest.TempPathFactory) -> Hands:
    home = tmp_path_factory.mktemp("hands")
    return Hands(FileSigner.create(home / "root.pem"), FileSigner.create(home / "signer.pem"))


def test_an_acknowledgement_says_how_far_the_county_holds_a_chain(hands: Hands) -> None:
    assert verify_answer(hands.answer(), hands.trust) == Acknowledgement(LINK, NOW_MS)


@given(place=some.integers(0, 400), flip=some.integers(1, 255))
def test_an_answer_with_any_byte_changed_is_refused(hands: Hands, place: int, flip: int) -> None:
    answer = bytearray(hands.answer())
    answer[place % len(answer)] ^= flip
    with pytest.raises(AnswerRefused):
        verify_answer(bytes(answer), hands.trust)


@given(some.binary(max_size=300))
def test_bytes_that_are_no_answer_are_refused(hands: Hands, answer: bytes) -> None:
    with pytest.raises(AnswerRefused):
        verify_answer(answer, hands.trust)


def test_an_acknowledgement_counts_only_under_the_countys_signature(hands: Hands, tmp_path: Path) -> None:
    stranger = FileSigner.create(tmp_path / "stranger.pem")
    said = Acknowledgement(LINK, NOW_MS).sign(hands.signer)
    with pytest.raises(AnswerNotTrusted, match="did not sign this acknowledgement"):
        verify_answer(
            encode_answer(hands.statement(Purpose.ACKNOWLEDGE), Acknowledgement(LINK, NOW_MS).sign(stranger)),
            hands.trust,
        )
    with pytest.raises(AnswerNotTrusted, match="purpose"):
        verify_answer(encode_answer(hands.statement(Purpose.PACKS), said), hands.trust)
    with pytest.raises(AnswerNotTrusted, match="root"):
        verify_answer(hands.answer(), Trust(stranger.public_key, COUNTY))
    with pytest.raises(AnswerNotTrusted, match="county"):
        verify_answer(hands.answer(), Trust(hands.root.public_key, "990102"))


def test_an_acknowledgement_of_a_time_that_the_root_does_not_cover_is_refused(hands: Hands) -> None:
    with pytest.raises(AnswerNotTrusted, match="in force"):
        verify_answer(hands.answer(at_ms=2 * NOW_MS + 1), hands.trust)


def test_a_statement_in_the_place_of_an_acknowledgement_is_refused(hands: Hands) -> None:
    statement = hands.statement(Purpose.ACKNOWLEDGE)
    itself = Statement(Purpose.ACKNOWLEDGE, hands.root.public_key, SUBJECT, COUNTY, 0, NOW_MS).sign(hands.root)
    for vouched, said in ((statement, statement), (itself, statement)):
        with pytest.raises(AnswerRefused):
            verify_answer(encode_answer(vouched, said), hands.trust)


def test_a_relay_is_opened_from_the_root_down_to_every_record(hands: Hands) -> None:
    relay = Relay.decode(hands.relay().encode())
    statement, records = open_relay(relay, hands.trust, Purpose.COUNTY_CHAIN, SUBJECT)
    assert statement.subject == SUBJECT
    assert [each.header.seq for each in records] == [1, 2, 3]
    check_next(records, None)


@given(place=some.integers(0, 3_000), flip=some.integers(1, 255))
def test_a_relay_with_any_byte_changed_is_refused_but_for_its_place(hands: Hands, place: int, flip: int) -> None:
    sound = hands.relay()
    content = bytearray(sound.encode())
    content[place % len(content)] ^= flip
    try:
        relay = Relay.decode(bytes(content))
        open_relay(relay, hands.trust, Purpose.COUNTY_CHAIN, SUBJECT)
    except RelayRefused:
        return
    assert replace(relay, place=sound.place) == sound


def test_another_points_chain_is_not_taken(hands: Hands) -> None:
    with pytest.raises(RelayNotTrusted, match="subject"):
        open_relay(hands.relay(), hands.trust, Purpose.COUNTY_CHAIN, SUBJECT[:-1] + "2")


def test_a_terminals_chain_is_not_the_countys(hands: Hands) -> None:
    with pytest.raises(RelayNotTrusted, match="purpose"):
        open_relay(hands.relay(Purpose.TERMINAL_CHAIN), hands.trust, Purpose.COUNTY_CHAIN, SUBJECT)


def test_a_key_that_the_root_does_not_vouch_for_anymore_is_refused_for_the_county_and_not_for_a_terminal(
    hands: Hands,
) -> None:
    segment = hands.relay().segment
    ended = Relay(3, hands.statement(Purpose.COUNTY_CHAIN, until_ms=NOW_MS - 1), segment)
    with pytest.raises(RelayNotTrusted, match="in force"):
        open_relay(ended, hands.trust, Purpose.COUNTY_CHAIN)
    of_terminal = Relay(3, hands.statement(Purpose.TERMINAL_CHAIN, until_ms=NOW_MS - 1), segment)
    open_relay(of_terminal, hands.trust, Purpose.TERMINAL_CHAIN)


def test_a_relay_whose_segment_another_key_signed_is_refused(hands: Hands, tmp_path: Path) -> None:
    stranger = FileSigner.create(tmp_path / "stranger.pem")
    forged = Relay(3, hands.statement(Purpose.COUNTY_CHAIN), Segment.of(chain_of(stranger, 3)).encode())
    with pytest.raises(RelayNotTrusted):
        open_relay(forged, hands.trust, Purpose.COUNTY_CHAIN)
    with pytest.raises(RelayMalformed):
        open_relay(replace(forged, segment=b"nonsense"), hands.trust, Purpose.COUNTY_CHAIN)


def test_records_that_do_not_follow_are_refused(hands: Hands) -> None:
    chain = tuple(chain_of(hands.signer, 4))
    check_next(chain[2:], chain[1].link)
    for records, after in ((chain[2:], None), (chain[2:], chain[0].link), (chain, chain[3].link)):
        with pytest.raises(RelayOutOfOrder):
            check_next(records, after)
    with pytest.raises(RelayOutOfOrder, match="another chain"):
        check_next(chain, Link(b"another!", 0, bytes(32)))


OFFERS = (PackOffer("calendar", 3, 2_000, bytes(32)), PackOffer("catalogue-2", 12, 300_000, b"\xff" * 32))


def test_offers_come_out_as_they_went_in() -> None:
    assert decode_offers(encode_offers(OFFERS)) == OFFERS
    assert decode_offers(encode_offers(())) == ()


@pytest.mark.parametrize("name", ["", ".", "..", "../keys", "a/b", "A", "a.pack", "-a", "a" * 64, "目录", "a\n"])
def test_an_offer_whose_name_must_not_become_a_files_is_refused(name: str) -> None:
    with pytest.raises(OffersRefused):
        decode_offers(encode_offers([replace(OFFERS[0], name=name)]))


@pytest.mark.parametrize("size_bytes", [0, -1, 1 << 40])
def test_an_offer_of_an_impossible_size_is_refused(size_bytes: int) -> None:
    with pytest.raises(OffersRefused):
        decode_offers(encode_offers([replace(OFFERS[0], size_bytes=size_bytes)]))


def test_too_many_offers_are_refused() -> None:
    with pytest.raises(OffersRefused):
        decode_offers(encode_offers([OFFERS[0]] * (OFFERS_MAX + 1)))


@given(some.binary(max_size=200))
def test_bytes_that_are_no_offers_are_refused(content: bytes) -> None:
    with pytest.raises(OffersRefused):
        decode_offers(content)


def test_a_malformed_answer_and_a_malformed_relay_are_named_so(hands: Hands) -> None:
    with pytest.raises(AnswerMalformed):
        verify_answer(b"<html>", hands.trust)
    with pytest.raises(RelayMalformed):
        Relay.decode(b"<html>")
