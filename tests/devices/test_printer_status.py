"""What a printer says, byte by byte: published examples, any chunking, and bytes that nobody sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ports import Paper, Reason
from devices.printer.status import FORGET, Health, Said, StatusReader, health_in, health_of, question

WELL = Health(Reason.NONE, Paper.OK)
FUZZED_BYTES = 30_000


def said(data: bytes, *, reports: bool = True) -> list[tuple[Said, bytes]]:
    return [(heard.said, heard.data) for heard in StatusReader(reports=reports).feed(data)]


@pytest.mark.parametrize(
    ("answers", "health"),
    [
        ("12 12 12 12", WELL),
        ("12 12 12 1E", Health(Reason.NONE, Paper.NEAR_END)),
        ("1A 32 12 7E", Health(Reason.PAPER_OUT, Paper.OUT)),
        ("1A 16 12 12", Health(Reason.COVER_OPEN, Paper.OK)),
        ("1A 52 1A 12", Health(Reason.CUTTER, Paper.OK)),
        ("1A 52 52 12", Health(Reason.OVERHEATED, Paper.OK)),
        ("1A 52 32 12", Health(Reason.DEVICE_ERROR, Paper.OK)),
        ("1A 52 12 12", Health(Reason.DEVICE_ERROR, Paper.OK)),
        ("1A 12 12 12", Health(Reason.OFFLINE, Paper.OK)),
        ("12 1A 12 12", Health(Reason.OFFLINE, Paper.OK)),
        ("1A 36 12 7E", Health(Reason.COVER_OPEN, Paper.OUT)),
    ],
)
def test_four_answers_say_how_a_printer_is(answers: str, health: Health) -> None:
    assert health_of(dict(enumerate(bytes.fromhex(answers), 1))) == health


@pytest.mark.parametrize(
    ("report", "health"),
    [
        ("10 00 00 00", WELL),
        ("10 00 03 00", Health(Reason.NONE, Paper.NEAR_END)),
        ("18 00 0F 00", Health(Reason.PAPER_OUT, Paper.OUT)),
        ("38 00 00 00", Health(Reason.COVER_OPEN, Paper.OK)),
        ("18 08 00 00", Health(Reason.CUTTER, Paper.OK)),
        ("18 40 00 00", Health(Reason.OVERHEATED, Paper.OK)),
    ],
)
def test_a_report_says_how_a_printer_is(report: str, health: Health) -> None:
    assert said(bytes.fromhex(report)) == [(Said.REPORT, bytes.fromhex(report))]
    assert health_in(bytes.fromhex(report)) == health


def test_the_bytes_that_are_sent_are_those_of_the_manuals() -> None:
    assert [question(number).hex(" ") for number in (1, 4)] == ["10 04 01", "10 04 04"]
    assert FORGET.hex(" ") == "10 14 08 01 03 14 01 06 02 08"


def test_the_word_that_all_is_forgotten_is_heard_through_xon_and_xoff() -> None:
    assert said(bytes.fromhex("37 13 25 11 00")) == [(Said.FORGOTTEN, bytes.fromhex("37 25 00"))]


def test_without_reports_nothing_is_taken_for_one() -> None:
    assert said(bytes.fromhex("10 00 00 00"), reports=False) == [
        (Said.NOISE, b"\x10"),
        *[(Said.MARKER, b"\x00")] * 3,
    ]


def test_an_answer_in_the_middle_of_a_report_is_an_answer() -> None:
    assert said(bytes.fromhex("18 00 12 12")) == [
        (Said.NOISE, bytes.fromhex("18 00")),
        (Said.ANSWER, b"\x12"),
        (Said.ANSWER, b"\x12"),
    ]


THINGS = st.sampled_from(
    [(Said.ANSWER, b"\x12"), (Said.ANSWER, b"\x7e"), (Said.REPORT, b"\x18\x00\x0f\x00"), (Said.REPORT, b"\x10\0\0\0"),
     (Said.MARKER, b"\x00"), (Said.MARKER, b"\x03"), (Said.FORGOTTEN, b"\x37\x25\x00")]
)  # fmt: skip


@given(st.lists(THINGS, max_size=12), st.lists(st.integers(1, 7), min_size=1, max_size=20))
def test_any_chunking_of_what_a_printer_says_is_the_same(things: list[tuple[Said, bytes]], sizes: list[int]) -> None:
    data, reader, heard = b"".join(data for _, data in things), StatusReader(reports=True), []
    at = 0
    while data[at:]:
        size = sizes[at % len(sizes)]
        heard += [(each.said, each.data) for each in reader.feed(data[at : at + size])]
        at += size
    assert heard == things
