"""What a terminal takes for the county's checkpoint, and all that it does not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sync import cbor
from sync.keys import Purpose, Trust, sign1
from sync.protocol.acknowledgement import Acknowledgement, AnswerMalformed, encode_answer, verify_answer
from sync.protocol.checkpoint import (
    CHECKPOINT_ANSWER_BYTES_MAX,
    Checkpoint,
    CheckpointAnswer,
    CheckpointForked,
    CheckpointMalformed,
    CheckpointNotTrusted,
    CheckpointOfAnotherEpoch,
    CheckpointRefused,
    CheckpointWentBack,
    HeadNotIncluded,
    Leaf,
    ProvenLeaf,
    chain_leaf_hash,
    encode_checkpoint_answer,
    verify_checkpoint,
)
from sync.record import Link
from sync.tree import Node, consistency_spans, grown, inclusion_spans, proof, root
from tests.golden.make import COUNTY, NOW_MS, YEAR_MS, signer, statement

TRUST = Trust(signer("root").public_key, COUNTY)
GATEWAY = signer("gateway")
STATEMENT = statement(Purpose.ACKNOWLEDGE, GATEWAY.public_key, f"urn:sunpoint:{COUNTY}:gateway")
OURS = b"\x01" * 8


def heads(count: int, salt: int = 0) -> list[Link]:
    """Heads of three chains in turn, ours among them."""
    return [Link(bytes([1 + n % 3]) * 8, 1 + n // 3, bytes([salt]) + bytes(27) + n.to_bytes(4)) for n in range(count)]


class County:
    """A tree over heads, and the answers that its gateway gives."""

    def __init__(self, leaves: list[Link]) -> None:
        self.leaves = leaves
        self.nodes: dict[Node, bytes] = grown(0, [chain_leaf_hash(leaf) for leaf in leaves], {})

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(size, root(size, self.nodes), NOW_MS + size)

    def proven(self, index: int, size: int) -> ProvenLeaf:
        return ProvenLeaf(Leaf(index, self.leaves[index]), proof(inclusion_spans(index, size), self.nodes))

    def newest(self, size: int) -> ProvenLeaf | None:
        own = [index for index, leaf in enumerate(self.leaves[:size]) if leaf.chain == OURS]
        return self.proven(own[-1], size) if own else None

    def since(self, size: int, first: int) -> tuple[bytes, ...]:
        return proof(consistency_spans(first, size), self.nodes)

    def answer(self, size: int, first: int = 0) -> bytes:
        return encode_checkpoint_answer(
            STATEMENT, self.checkpoint(size).sign(GATEWAY), self.newest(size), self.since(size, first)
        )


HONEST = County(heads(20))


def verified(answer: bytes, held: Checkpoint | None = None) -> CheckpointAnswer:
    return verify_checkpoint(answer, TRUST, OURS, held)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=6).map(sorted))
def test_a_county_that_only_adds_is_believed_at_every_step(sizes: list[int]) -> None:
    held: Checkpoint | None = None
    for size in sizes:
        said = verified(HONEST.answer(size, held.size if held else 0), held)
        assert said.checkpoint == HONEST.checkpoint(size)
        newest = HONEST.newest(size)
        assert said.head == (newest.leaf.link if newest else None)
        held = said.checkpoint


def test_the_same_tree_stated_later_is_believed_and_stated_earlier_is_not() -> None:
    held = HONEST.checkpoint(7)
    later, earlier = replace(held, at_ms=held.at_ms + 60_000), replace(held, at_ms=held.at_ms - 1)

    def stated(checkpoint: Checkpoint) -> bytes:
        return encode_checkpoint_answer(STATEMENT, checkpoint.sign(GATEWAY), None, ())

    assert verified(stated(later), held).checkpoint == later
    assert later.hash != held.hash
    with pytest.raises(CheckpointWentBack):
        verified(stated(earlier), held)


@pytest.mark.parametrize("size", [1, 5, 6])
def test_an_older_answer_that_comes_again_is_refused(size: int) -> None:
    with pytest.raises(CheckpointWentBack, match="it had 7"):
        verified(HONEST.answer(size), HONEST.checkpoint(7))


@pytest.mark.parametrize(("held_size", "size"), [(7, 7), (7, 8), (8, 13), (3, 20), (1, 2)])
def test_a_log_in_which_one_head_was_exchanged_is_a_fork(held_size: int, size: int) -> None:
    forged = County([*heads(held_size - 1), Link(OURS, 99, bytes(32)), *heads(20)[held_size:]])
    with pytest.raises(CheckpointForked):
        verified(forged.answer(size, held_size), HONEST.checkpoint(held_size))


def test_a_larger_tree_at_the_time_of_the_smaller_one_is_refused() -> None:
    later = replace(HONEST.checkpoint(9), at_ms=HONEST.checkpoint(7).at_ms)
    answer = encode_checkpoint_answer(STATEMENT, later.sign(GATEWAY), None, HONEST.since(9, 7))
    with pytest.raises(CheckpointWentBack):
        verified(answer, HONEST.checkpoint(7))


def test_a_log_begun_anew_is_refused_until_the_root_says_otherwise() -> None:
    anew = replace(HONEST.checkpoint(9), epoch=2)
    answer = encode_checkpoint_answer(STATEMENT, anew.sign(GATEWAY), None, HONEST.since(9, 7))
    with pytest.raises(CheckpointOfAnotherEpoch):
        verified(answer, HONEST.checkpoint(7))
    with pytest.raises(CheckpointOfAnotherEpoch):
        verified(encode_checkpoint_answer(STATEMENT, anew.sign(GATEWAY), None, ()))


def test_a_head_of_somebody_else_is_not_taken_for_ours() -> None:
    message = HONEST.checkpoint(9).sign(GATEWAY)
    others = HONEST.proven(7, 9)
    assert others.leaf.link.chain != OURS
    with pytest.raises(HeadNotIncluded):
        verified(encode_checkpoint_answer(STATEMENT, message, others, ()))
    ours = HONEST.proven(6, 9)
    for wrong in (
        replace(ours, leaf=replace(ours.leaf, index=5)),
        replace(ours, leaf=Leaf(6, replace(ours.leaf.link, seq=4))),
        replace(ours, leaf=Leaf(6, replace(ours.leaf.link, hash=bytes(32)))),
        replace(ours, path=ours.path[:-1]),
        HONEST.proven(6, 8),
    ):
        with pytest.raises(HeadNotIncluded):
            verified(encode_checkpoint_answer(STATEMENT, message, wrong, ()))


def test_who_signs_must_be_who_the_root_names_for_it() -> None:
    checkpoint = HONEST.checkpoint(9)
    thief = signer("thief")
    for purpose in (Purpose.PACKS, Purpose.COUNTY_CHAIN, Purpose.TERMINAL_CHAIN):
        other = statement(purpose, GATEWAY.public_key, f"urn:sunpoint:{COUNTY}:gateway")
        with pytest.raises(CheckpointNotTrusted):
            verified(encode_checkpoint_answer(other, checkpoint.sign(GATEWAY), None, ()))
    with pytest.raises(CheckpointNotTrusted, match="did not sign"):
        verified(encode_checkpoint_answer(STATEMENT, checkpoint.sign(thief), None, ()))
    with pytest.raises(CheckpointNotTrusted):
        verify_checkpoint(HONEST.answer(9), Trust(thief.public_key, COUNTY), OURS, None)
    with pytest.raises(CheckpointNotTrusted):
        verify_checkpoint(HONEST.answer(9), replace(TRUST, county="110101"), OURS, None)
    expired = replace(checkpoint, at_ms=NOW_MS + YEAR_MS + 1)
    with pytest.raises(CheckpointNotTrusted, match="not in force"):
        verified(encode_checkpoint_answer(STATEMENT, expired.sign(GATEWAY), None, ()))


def test_an_acknowledgement_is_no_checkpoint_and_a_checkpoint_no_acknowledgement() -> None:
    acknowledgement = Acknowledgement(heads(1)[0], NOW_MS).sign(GATEWAY)
    with pytest.raises(CheckpointMalformed):
        verified(encode_checkpoint_answer(STATEMENT, acknowledgement, None, ()))
    with pytest.raises(AnswerMalformed):
        verify_answer(encode_answer(STATEMENT, HONEST.checkpoint(9).sign(GATEWAY)), TRUST)
    with pytest.raises(AnswerMalformed):
        verify_answer(HONEST.answer(9), TRUST)
    with pytest.raises(CheckpointMalformed):
        verified(encode_answer(STATEMENT, acknowledgement))


def test_a_consistency_proof_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(CheckpointMalformed, match="nobody asked"):
        verified(HONEST.answer(9, 7))


def test_what_is_not_an_answer_is_refused_by_its_form() -> None:
    message = HONEST.checkpoint(9).sign(GATEWAY)
    path = tuple(HONEST.proven(6, 9).path)
    head = (6, 3, bytes(32), path)
    for wrong in (
        b"",
        b"\xff",
        bytes(CHECKPOINT_ANSWER_BYTES_MAX + 1),
        cbor.encode((2, STATEMENT, message, None, ())),
        cbor.encode((1, STATEMENT, message, None)),
        cbor.encode((1, STATEMENT, message, None, (), ())),
        cbor.encode((1, STATEMENT, message, (), ())),
        cbor.encode((1, STATEMENT, message, (6, 3, bytes(32)), ())),
        cbor.encode((1, STATEMENT, message, (6, 0, bytes(32), path), ())),
        cbor.encode((1, STATEMENT, message, (-1, 3, bytes(32), path), ())),
        cbor.encode((1, STATEMENT, message, (6, 3, bytes(31), path), ())),
        cbor.encode((1, STATEMENT, message, (6, 3, bytes(32), (bytes(31),)), ())),
        cbor.encode((1, STATEMENT, message, head, (bytes(33),))),
        cbor.encode((1, STATEMENT, message, head, (None,))),
        cbor.encode((1, STATEMENT, message, head, tuple(bytes(32) for _ in range(55)))),
        cbor.encode((1, STATEMENT, message, None, ((((1,),),),))),
        cbor.encode((1, STATEMENT, None, None, ())),
        cbor.encode((1, STATEMENT, bytes(2000), None, ())),
    ):
        with pytest.raises(CheckpointMalformed):
            verified(wrong)


@pytest.mark.parametrize(
    "payload",
    [
        {0: 2, 1: 1, 2: bytes(32), 3: NOW_MS, 4: 1},
        {0: 1, 1: -1, 2: bytes(32), 3: NOW_MS, 4: 1},
        {0: 1, 1: 1 << 53, 2: bytes(32), 3: NOW_MS, 4: 1},
        {0: 1, 1: 1, 2: bytes(31), 3: NOW_MS, 4: 1},
        {0: 1, 1: 1, 2: bytes(32), 3: 1 << 47, 4: 1},
        {0: 1, 1: 1, 2: bytes(32), 3: NOW_MS, 4: 0},
        {0: 1, 1: 1, 2: bytes(32), 3: NOW_MS},
        {0: 1, 1: 1, 2: bytes(32), 3: NOW_MS, 4: 1, 5: 1},
    ],
)
def test_even_the_gateway_cannot_sign_what_is_no_checkpoint(payload: dict[int, int | bytes]) -> None:
    message = sign1(GATEWAY, cbor.encode(payload))
    with pytest.raises(CheckpointMalformed):
        verified(encode_checkpoint_answer(STATEMENT, message, None, ()))


def test_not_one_changed_byte_of_an_answer_is_taken(rng: random.Random) -> None:
    held = HONEST.checkpoint(7)
    answer = HONEST.answer(13, 7)
    verified(answer, held)
    for at in range(len(answer)):
        wrong = bytearray(answer)
        wrong[at] ^= 1 << rng.randrange(8)
        with pytest.raises(CheckpointRefused):
            verified(bytes(wrong), held)
    for length in range(len(answer)):
        with pytest.raises(CheckpointMalformed):
            verified(answer[:length], held)


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(CheckpointMalformed):
        verified(content)
