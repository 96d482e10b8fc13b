"""What is fed: every decoder of what comes from outside, with good samples and the refusals that it may answer with.

To add a decoder: its row in `decoders`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from sync import cbor
from sync.crockford import CodeMistyped
from sync.enrolment import EnrolmentMalformed, EnrolmentRequest
from sync.grant import GrantMalformed, GrantRequest, decode_revocation, encode_revocation
from sync.keys import Purpose, SignatureWrong, StatementRefused
from sync.one_time_code import OneTimeCode
from sync.packs import PackRefused, open_pack
from sync.protocol.acknowledgement import Acknowledgement, AnswerRefused, encode_answer, verify_answer
from sync.protocol.checkpoint import CheckpointRefused, verify_checkpoint
from sync.protocol.frame import FrameCut, FrameReader, FrameRefused, encode_frame
from sync.protocol.pack_offer import OffersRefused, PackOffer, decode_offers, encode_offers
from sync.protocol.recovery import Kept, RecoveryRefused, recovery_after, verify_recovery
from sync.protocol.relay import RELAY_BYTES_MAX, Relay, RelayRefused, open_relay
from sync.protocol.revocations import TLS, RevocationsRefused, Revoked, nothing_revoked, verify_revocations
from sync.protocol.segment import SegmentRefused, cut, decode_segment
from sync.reading import open_body
from sync.record import Record, RecordRefused, check_signature, decode_header, restore
from sync.sealing import SealBroken, told_key
from tests.campaign.fuzz import damage
from tests.campaign.fuzz.decoder import NAME, NOW_MS, Decoder
from tests.campaign.fuzz.newer import newer_decoders
from tests.campaign.village import chance, estate
from tests.seals import KNOWN, OPENING
from tests.sync.publisher import CONTENTS
from tests.sync.publisher import County as Publisher
from tests.sync.test_protocol_checkpoint import HONEST, OURS
from tests.sync.test_protocol_checkpoint import TRUST as TREE_TRUST
from tests.sync.village import chain_of


@cache
def decoders() -> tuple[Decoder, ...]:
    """Every decoder with its samples, the same in every process."""
    with chance.drawn_from(Random("fuzz")):
        return (*_decoders(), *newer_decoders())


def _decoders() -> list[Decoder]:
    signer = estate.signer("record")
    records = chain_of(signer, 12)
    segments = [each.encode() for each in cut(records, records_max=3)]
    statement = estate.statement(Purpose.TERMINAL_CHAIN, signer.public_key, NAME.urn())
    relays = [Relay(place, statement, each).encode() for place, each in enumerate(segments, 1)]
    return [
        Decoder(
            "segment",
            segments,
            lambda each: decode_segment(each).open(signer.public_key),
            (SegmentRefused,),
            is_proof=True,
        ),
        Decoder(
            "stream of segments",
            [b"".join(map(encode_frame, segments))],
            _stream,
            (FrameRefused, FrameCut, SegmentRefused),
            is_proof=True,
        ),
        Decoder("header", [each.header_bytes for each in records], decode_header, (RecordRefused,), is_proof=False),
        Decoder("record", [_packed(each) for each in records], _record, (RecordRefused, SignatureWrong), is_proof=True),
        Decoder("body", [records[1].body or b""], _body(records[1]), (RecordRefused,), is_proof=True),
        Decoder(
            "opened body",
            [_opened(each) for each in records[1:]],
            _resealed(records[1]),
            (RecordRefused,),
            is_proof=False,
            made=_bomb,
        ),
        Decoder("cbor", [each.header_bytes for each in records], _cbor, (cbor.CborRefused,), is_proof=False),
        Decoder(
            "acknowledgement",
            _answers(),
            lambda each: verify_answer(each, estate.trust()),
            (AnswerRefused,),
            is_proof=True,
        ),
        Decoder(
            "checkpoint",
            [HONEST.answer(size, first) for size, first in ((9, 0), (12, 9), (20, 9))],
            _checkpoint,
            (CheckpointRefused,),
            is_proof=True,
        ),
        Decoder("relay", relays, _relay, (RelayRefused,), is_proof=True),
        Decoder("statement", [statement, *_statements()], _statement, (StatementRefused,), is_proof=True),
        Decoder("pack", _packs(), lambda each: open_pack(each, _publisher().trust), (PackRefused,), is_proof=True),
        *_words_of_the_root(),
        Decoder("pack offers", [_offers(3), _offers(30)], decode_offers, (OffersRefused,), is_proof=False),
        Decoder("enrolment", [_enrolment()], EnrolmentRequest.decode, (EnrolmentMalformed,), is_proof=False),
        Decoder("grant", [_grant()], GrantRequest.decode, (GrantMalformed,), is_proof=False),
        Decoder("revocation", [encode_revocation(NAME)], decode_revocation, (GrantMalformed,), is_proof=False),
        Decoder(
            "one-time code",
            [_code()],
            lambda each: OneTimeCode.read(each.decode("utf-8", "replace")),
            (CodeMistyped,),
            is_proof=False,
        ),
        Decoder("sealed content key", [_seal()], _content_key, (SealBroken,), is_proof=True),
    ]


def _words_of_the_root() -> list[Decoder]:
    return [
        Decoder(
            "recovery",
            _recoveries(),
            lambda each: verify_recovery(each, estate.trust()),
            (RecoveryRefused,),
            is_proof=True,
        ),
        Decoder(
            "revocations",
            _revocations(),
            lambda each: verify_revocations(each, estate.trust()),
            (RevocationsRefused,),
            is_proof=True,
        ),
    ]


def _stream(content: bytes) -> object:
    """Everything that a stream brings, as the gateway takes it: all of it or a refusal."""
    reader = FrameReader(RELAY_BYTES_MAX)
    frames = reader.feed(content)
    reader.finish()
    opened = [decode_segment(each).open(estate.signer("record").public_key) for each in frames]
    # Whole segments that are missing, doubled or in another order are authentic; who follows whom is judged later.
    return tuple(record.hash for records in opened for record in records)


def _packed(record: Record) -> bytes:
    return cbor.encode((record.header_bytes, record.body, record.signature))


def _record(content: bytes) -> object:
    try:
        parts = cbor.decode(content, cbor.Limits(40_000))
        if not isinstance(parts, tuple):
            raise RecordRefused("not an array")
        header, body, signature = parts
        if not isinstance(header, bytes) or not isinstance(body, bytes) or not isinstance(signature, bytes):
            raise RecordRefused("not three byte strings")
    except (cbor.CborRefused, TypeError, ValueError) as cause:
        raise RecordRefused(str(cause)) from cause
    record = restore(header, body, signature)
    check_signature(record, estate.signer("record").public_key)
    return record.hash


def _body(record: Record) -> Callable[[bytes], object]:
    return lambda content: open_body(replace(record, body=content or b"\x00"), KNOWN)


def _opened(record: Record) -> bytes:
    return KNOWN.key(record.header.chain, 1).open(record.body or b"", record.header.seq)


def _resealed(record: Record) -> Callable[[bytes], object]:
    """What a terminal that lies would seal: authentic bytes, and nonsense in them."""

    def decode(content: bytes) -> object:
        sealed = KNOWN.key(record.header.chain, 1).seal(content, record.header.seq)
        return open_body(replace(record, body=sealed), KNOWN)

    return decode


def _bomb(rng: Random) -> bytes:
    return damage.zstd_bomb(rng)


def _cbor(content: bytes) -> object:
    value = cbor.decode(content, cbor.Limits(40_000))
    assert cbor.encode(value) == content, "another encoding was taken"
    return value


def _answers() -> list[bytes]:
    signer = estate.signer("acknowledge")
    statement = estate.statement(Purpose.ACKNOWLEDGE, signer.public_key, estate.GATEWAY.urn())
    links = [record.link for record in chain_of(estate.signer("record"), 3)]
    return [encode_answer(statement, Acknowledgement(link, NOW_MS).sign(signer)) for link in links]


def _checkpoint(content: bytes) -> object:
    return verify_checkpoint(content, TREE_TRUST, OURS, HONEST.checkpoint(9))


def _relay(content: bytes) -> object:
    relay = Relay.decode(content)
    statement, records = open_relay(relay, estate.trust(), Purpose.TERMINAL_CHAIN)
    # The place in the feed is the gateway's to say and not signed.
    return statement, tuple(record.hash for record in records)


def _statements() -> list[bytes]:
    purposes = (Purpose.COUNTY_CHAIN, Purpose.ACKNOWLEDGE)
    return [estate.statement(each, estate.signer("other").public_key, NAME.urn()) for each in purposes]


def _statement(content: bytes) -> object:
    refused = StatementRefused("for no purpose at all")
    for purpose in Purpose:
        try:
            return estate.trust().check(content, purpose, at_ms=None)
        except StatementRefused as refusal:
            refused = refusal
    raise refused


def _revocations() -> list[bytes]:
    """Lists of one, two and nine keys."""
    held, lists = nothing_revoked(estate.COUNTY), []
    for number in range(9):
        held = held.with_also(Revoked("ack" if number % 2 else TLS, bytes([number]) * 32, number), number)
        lists.append(held.sign(estate.signer("root")))
    return [lists[0], lists[1], lists[8]]


def _recoveries() -> list[bytes]:
    first = recovery_after(None, estate.COUNTY, 1, Kept(5, bytes(32)), NOW_MS)
    second = recovery_after(first, estate.COUNTY, 2, Kept(9, bytes(32)), NOW_MS + 1)
    return [each.sign(estate.signer("root")) for each in (first, second)]


@cache
def _publisher() -> Publisher:
    return Publisher(estate.COUNTY, estate.signer("root"), estate.signer("packs"))


def _packs() -> list[bytes]:
    return [_publisher().seal(kind) for kind in CONTENTS]


def _offers(count: int) -> bytes:
    return encode_offers(tuple(PackOffer(f"pack-{n}", n + 1, 1000 + n, bytes([n]) * 32) for n in range(count)))


def _enrolment() -> bytes:
    key = estate.signer("tls").private_key
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "terminal")])
    asked = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, None)
    request = asked.public_bytes(Encoding.DER)
    return EnrolmentRequest.make("ABCDEF", bytes(10), request, estate.signer("record")).encode()


def _grant() -> bytes:
    chain = estate.statement(Purpose.COUNTY_CHAIN, estate.signer("county chain").public_key, NAME.urn())
    return GrantRequest("ABCDEF", bytes(32), NAME, "柳溪村便民服务点", 3_600_000, chain).encode()


def _code() -> bytes:
    return OneTimeCode.make(bytes(range(16)), bytes(range(16))).text().encode()


def _seal() -> bytes:
    told = KNOWN.key(b"8 bytes.", 1).told_to([OPENING.recipient])
    return told.seals[0].sealed


def _content_key(content: bytes) -> object:
    told = KNOWN.key(b"8 bytes.", 1).told_to([OPENING.recipient])
    return told_key(replace(told, seals=(replace(told.seals[0], sealed=content),)), b"8 bytes.", 1, [OPENING])
