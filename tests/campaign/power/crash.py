"""What a disk may hold after the power was cut at some step of a trace.

- What was synced is there. Of what was written to a file since its last sync, any part may be there, in any order: each
  write wholly, or any of its sectors of 512 bytes, or not at all.
- Names are as on a file system with a journal: a later one is never there without the earlier ones, and any sync
  makes all earlier ones durable. Between that and the cut, any prefix of them may be there.
- What a file has been lengthened to without its content having arrived reads as zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from random import Random

from tests.campaign.power.trace import Kind, Step

SECTOR_BYTES = 512


class Loss(IntEnum):
    """What becomes of what was not synced."""

    NONE = 0  # the prefix as it was written
    ALL = 1
    SOME = 2  # some writes are there, others not, whatever their order
    TORN = 3  # some sectors are


@dataclass
class _File:
    """A file by its content, whatever its names: what is durable, and what came since, in order."""

    durable: bytearray = field(default_factory=bytearray)
    since: list[Step] = field(default_factory=list)

    def sync(self) -> None:
        for step in self.since:
            _apply(self.durable, step)
        self.since.clear()


class Crash:
    """A directory as a power cut left it.

    Args:
        steps: what was done before the cut.
        loss: what becomes of the rest.
        rng: draws it.
    """

    def __init__(self, steps: Sequence[Step], loss: Loss, rng: Random) -> None:
        self.reported: list[bytes] = []
        self._loss = loss
        self._rng = rng
        self._names: dict[str, _File] = {}
        self._durable_names: dict[str, _File] = {}
        self._pending_names: list[Step] = []
        self._files: dict[int, _File] = {}
        for step in steps:
            self._take(step)

    def write_to(self, directory: Path) -> None:
        """Make the directory."""
        names = dict(self._durable_names)
        if self._loss is Loss.NONE:
            names = dict(self._names)
        elif self._loss is not Loss.ALL:
            for step in self._pending_names[: self._rng.randrange(len(self._pending_names) + 1)]:
                self._rename(names, step)
        contents: dict[int, bytes] = {}
        for name, file in names.items():
            content = contents.setdefault(id(file), self._content(file))
            path = directory / name
            path.write_bytes(content)
            path.chmod(0o600)

    def _take(self, step: Step) -> None:
        match step.kind:
            case Kind.REPORTED:
                self.reported.append(step.content)
            case Kind.SYNC:
                for pending in self._pending_names:
                    self._rename(self._durable_names, pending)
                self._pending_names.clear()
                if step.name in self._names:
                    self._names[step.name].sync()
            case Kind.WRITE | Kind.TRUNCATE:
                self._names[step.name].since.append(step)
            case Kind.CREATE if step.name in self._names:
                pass
            case _:
                if step.kind is Kind.CREATE:
                    self._files[id(step)] = _File()
                self._rename(self._names, step)
                self._pending_names.append(step)

    def _rename(self, names: dict[str, _File], step: Step) -> None:
        if step.kind is Kind.CREATE:
            names[step.name] = self._files[id(step)]
        elif step.kind is Kind.UNLINK:
            names.pop(step.name, None)
        elif step.kind is Kind.LINK:
            names[step.other] = names[step.name]
        else:
            names[step.other] = names.pop(step.name)

    def _content(self, file: _File) -> bytes:
        content = bytearray(file.durable)
        for step in file.since:
            if self._loss is Loss.ALL:
                break
            if (
                self._loss is Loss.NONE
                or (step.kind is Kind.TRUNCATE and self._rng.random() < 0.5)
                or (self._loss is Loss.SOME and self._rng.random() < 0.5)
            ):
                _apply(content, step)
            elif self._loss is Loss.TORN and step.kind is Kind.WRITE:
                self._tear(content, step)
        return bytes(content)

    def _tear(self, content: bytearray, step: Step) -> None:
        """Apply some of the sectors of a write."""
        offset = len(content) if step.offset < 0 else step.offset
        place = 0
        while place < len(step.content):
            length = min(SECTOR_BYTES - (offset + place) % SECTOR_BYTES, len(step.content) - place)
            if self._rng.random() < 0.5:
                _put(content, offset + place, step.content[place : place + length])
            place += length


def _apply(content: bytearray, step: Step) -> None:
    if step.kind is Kind.WRITE:
        _put(content, len(content) if step.offset < 0 else step.offset, step.content)
    elif step.offset <= len(content):
        del content[step.offset :]
    else:
        content.extend(bytes(step.offset - len(content)))


def _put(content: bytearray, offset: int, piece: bytes) -> None:
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(piece)] = piece
