"""What the commands of this program share: what they are given, what they return, how they are added."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from msgspec import Struct

from provisioning.speech import Sentence
from sync.clock import Clock

DONE, NOT_DONE = 0, 1


class Clocks(Struct, frozen=True):
    """What time it is: `domain` may be steered, `machine` never is."""

    domain: Clock
    machine: Clock


Run = Callable[[argparse.Namespace, Clocks], int]
AddCommand = Callable[[str, Run, str], argparse.ArgumentParser]
"""Takes a command's name, what carries it out and what it is for."""


def say(sentence: Sentence) -> None:
    """Say it at once, whoever reads along."""
    print(sentence, flush=True)


def whole_number(text: str, least: int, most: int) -> int:
    """Read a number of the command line, both limits included. Raises argparse.ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
    return int(text)
