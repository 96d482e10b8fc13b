"""Everything that reads a device's bytes: a short part of the campaign's `wires`, and that it would notice."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from random import Random

import pytest
from msgspec.structs import replace

import devices
from devices.sim.escpos_reader import EscPosReader, Op
from tests.campaign.wires.eater import Eater, Feed, Upset, feed_to, weight
from tests.campaign.wires.part import BYTES_A_SEED
from tests.campaign.wires.table import EATERS

FAR = 1 << 31
"""Seeds of a campaign are small ones; those of tests lie beyond, and are others in every run."""


@pytest.mark.parametrize("eater", EATERS, ids=lambda eater: eater.name)
def test_no_bytes_upset_what_reads_them_and_any_cutting_says_the_same(eater: Eater, seed: int) -> None:
    print(f"python -m tests.campaign --part wires --seeds {FAR + seed}:{FAR + seed + 1} --again")
    assert feed_to(eater, FAR + seed, BYTES_A_SEED)[f"{eater.name}: bytes"] >= BYTES_A_SEED


def those_that_are_fed() -> Iterator[type]:
    """Every class of the devices that takes bytes in pieces."""
    for module in pkgutil.walk_packages(devices.__path__, "devices."):
        if module.name.endswith("__main__"):
            continue
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            is_protocol = getattr(found, "_is_protocol", False)
            if found.__module__ == module.name and "feed" in vars(found) and not is_protocol:
                yield found


def test_everything_that_is_fed_has_a_row_in_the_table() -> None:
    fed = set(those_that_are_fed())
    known = {each for eater in EATERS for each in eater.reads}
    assert len(fed) > 8
    missing = sorted(f"{each.__module__}.{each.__name__}" for each in fed - known)
    assert not missing, f"a row in tests/campaign/wires/table.py is missing for {', '.join(missing)}"


def test_a_picture_that_claims_gigabytes_is_none_for_a_simulated_printer() -> None:
    reader = EscPosReader()
    claimed = b"\x1dv0\x00\xff\xff\xff\xff"
    assert [each.op for each in reader.feed(claimed + b"\x1b@")] == [Op.SKIPPED, Op.INIT]
    whole = b"\x1dv0\x00\x48\x00\xff\x03" + bytes(0x48 * 0x3FF)
    assert [each.op for each in reader.feed(whole)] == [Op.RASTER]


class Lines:
    """A decoder of lines, with a fault."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.held = bytearray()
        self.history: list[bytes] = []

    def feed(self, data: bytes, _at_ms: int) -> Iterable[object]:
        if self.fault == "forgets what is cut":
            self.held.clear()
        if self.fault == "fails" and b"\xff" in data:
            raise ValueError("a byte that nobody thought of")
        if self.fault == "keeps everything":
            self.history.append(data)
        self.held += data
        *lines, rest = bytes(self.held).split(b"\n")
        self.held[:] = rest[-LONGEST:] if self.fault != "never lets go" else rest
        while self.fault == "hangs" and data:
            pass
        return [line[-LONGEST:] for line in lines]


LONGEST = 40


def lines(fault: str = "") -> Eater:
    """Return a row for the lines."""

    def begin() -> tuple[object, Feed]:
        decoder = Lines(fault)
        return decoder, decoder.feed

    def sample(rng: Random) -> bytes:
        return rng.choice((b"one\n", b"another\n"))

    return Eater("lines", (Lines,), begin, sample, lambda _: ([(0, b"one\ntwo\n")], [b"one", b"two"]), 2 * LONGEST)


def test_a_decoder_that_keeps_its_promises_is_believed() -> None:
    assert feed_to(lines(), 1, BYTES_A_SEED)["lines: said"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("forgets what is cut", "cut differently"),
        ("fails", "nobody thought of"),
        ("keeps everything", "bytes are kept"),
        ("never lets go", "bytes are kept"),
        ("hangs", "does not come to an end"),
    ],
)
def test_a_decoder_that_breaks_a_promise_is_noticed(fault: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.campaign.wires.eater.CPU_S_MAX", 0.2)
    with pytest.raises((Upset, ValueError), match=said):
        feed_to(lines(fault), 1, BYTES_A_SEED)


def test_a_good_stream_that_is_read_as_another_is_noticed() -> None:
    other = replace(lines(), valid=lambda _: ([(0, b"one\n")], [b"One"]))
    with pytest.raises(Upset, match="was read as"):
        feed_to(other, 1, 100)


def test_what_somebody_holds_is_weighed_with_all_that_it_holds() -> None:
    assert weight({"ab": [b"cde", bytearray(4)]}) == 9 + 3 * 8
    holder = Lines("")
    empty = weight(holder)
    holder.history = [b"x" * 100]
    assert weight(holder) - empty == 100 + 8
