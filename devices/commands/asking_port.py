"""`probe --port` and `list --ask`: what speaks on a serial port that no device is configured for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from devices.commands import NOT_WELL, OK, REFUSED
from devices.commands.asked import config_of_file
from devices.line import Line, LineGone, LineNotOpened, SerialLine, SerialSettings
from devices.places import SerialPlace
from devices.port_trials import TRIALS, Trial
from devices.sentences import reason_words

_ANSWER_S = 0.4
_SETTLE_S = 0.1
"""After a change of speed the first byte may be torn."""


def told_by(port: Path, asked: argparse.Namespace) -> tuple[str, int]:
    """Return in a sentence what answers on `port`, and the exit code; a port of `asked.config` is not asked.

    Raises `CommandRefused` for a configuration that cannot be read.
    """
    if asked.config is not None:
        for name, place in config_of_file(asked.config).places().items():
            if isinstance(place, SerialPlace) and place.path.resolve() == port.resolve():
                return f"{port} is configured for the {name} and is not asked as anything else.", REFUSED
    try:
        found = speaks_at(port, asked.monotonic_s)
    except LineNotOpened as refused:
        return f"{port} cannot be opened: {reason_words(refused.reason)}.", NOT_WELL
    except LineGone:
        return f"{port} was unplugged.", NOT_WELL
    if found is None:
        return "Nothing answers. A pad never speaks first and some printers never do: try --pad, --printer.", NOT_WELL
    return f"{found.what[:1].upper()}{found.what[1:]} answers at {found.baud} baud.", OK


def speaks_at(port: Path, monotonic_s: Callable[[], float]) -> Trial | None:
    """Return the first trial that is answered. Raises `LineNotOpened` or `LineGone`."""
    for trial in TRIALS:
        line = SerialLine(port, SerialSettings(trial.baud))
        try:
            if _is_answered(trial, line, monotonic_s):
                return trial
        finally:
            line.close()
    return None


def _is_answered(trial: Trial, line: Line, monotonic_s: Callable[[], float]) -> bool:
    line.wait(_SETTLE_S)
    line.discard()
    line.write(trial.question, _ANSWER_S)
    end_s = monotonic_s() + _ANSWER_S
    heard = b""
    while (left_s := end_s - monotonic_s()) > 0:
        line.wait(left_s)
        heard += line.read()
        if trial.is_answer(heard):
            return True
    line.write(trial.cleared_by, _ANSWER_S)
    line.wait(_SETTLE_S)  # closing forgets what has not left yet
    return False
