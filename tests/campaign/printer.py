"""The printer as parts of the campaign: its state machine, and noise into all that reads its bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import seed as seeded
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.campaign.part import Counts, Part, Run
from tests.devices.test_printer_machine import SETTINGS, PrinterMachine
from tests.devices.test_printer_status import fuzz_reader, fuzz_status

MOVES = 50
EXAMPLES = 3
"""The first that is made of a seed is always the shortest."""
FUZZED_BYTES = 10_000


def play(seed: int) -> Counts:
    """Play one printer through. Raises whatever the machine finds."""
    told: dict[str, int] = {}

    class Told(PrinterMachine):
        def teardown(self) -> None:
            super().teardown()
            for ended, _ in self.ended.values():
                name = f"{ended.outcome.value}, {ended.reason.value}"
                told[name] = told.get(name, 0) + 1

    run_state_machine_as_test(
        seeded(seed)(Told), settings=settings(SETTINGS, max_examples=EXAMPLES, stateful_step_count=MOVES, database=None)
    )
    return told


def feed(seed: int) -> Counts:
    """Feed noise into the reader of statuses and the simulated printer's reader of commands."""
    fuzz_status(seed, FUZZED_BYTES)
    fuzz_reader(random.Random(seed), FUZZED_BYTES)
    return {"bytes into each": FUZZED_BYTES}


@contextmanager
def _printers() -> Iterator[Run]:
    yield play


@contextmanager
def _noise() -> Iterator[Run]:
    yield feed


PRINTER = Part("printer", "one printer with every lever, its paper held against what was said", 1_000, _printers)
NOISE = Part("noise", "10 million bytes of noise into all that reads a printer's bytes", 1_000, _noise)
