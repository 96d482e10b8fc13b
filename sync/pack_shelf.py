"""The shelf of packs in a data directory: which are in use, and what becomes of those that arrive."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from msgspec import Struct

from sync.durable import replace_file, sync_directory
from sync.keys import Trust
from sync.model.calendar_pack import CalendarPack
from sync.model.catalogue import Catalogue
from sync.model.profile import Profile
from sync.packs import (
    PACK_BYTES_MAX,
    Pack,
    PackBeyondThisProgram,
    PackDamaged,
    PackKind,
    PackNotThere,
    PackRefused,
    PackTooOld,
    open_pack,
)

_INCOMING_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}\.pack")
_log = logging.getLogger(__name__)
INSTALLED = "installed"
ALREADY = "already"


class PackOutcome(Struct, frozen=True):
    """What became of one incoming file.

    `code` is `installed`, `already` (the same bytes are in use) or the code of a PackRefused; `detail` is for the
    technician's log. `kind` and `version` are None when the file did not get far enough to say.
    """

    file: str
    code: str
    kind: PackKind | None = None
    version: int | None = None
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether the old pack stays in use because this one is no good."""
        return self.code not in (INSTALLED, ALREADY)


class PacksInUse(Struct, frozen=True):
    """The three packs that a terminal works by. `issued_ms` is when the newest was sealed, ms since 1970 UTC."""

    catalogue: Catalogue
    profile: Profile
    calendar: CalendarPack
    versions: Mapping[PackKind, int]
    issued_ms: int


class PackShelf:
    """The packs of a data directory: `current/` in use, `incoming/` just arrived, `refused/` for the technician.

    One process installs; any may read. A pack in use is one file that is replaced at once, durably.
    """

    def __init__(self, directory: Path, trust: Trust) -> None:
        self._current = directory / "current"
        self._incoming = directory / "incoming"
        self._refused = directory / "refused"
        self._trust = trust

    @property
    def incoming(self) -> Path:
        """Where arriving packs are put, under names that end in `.pack`, by a rename within one disk."""
        return self._incoming

    def load(self, kind: PackKind) -> Pack:
        """The pack of a kind that is in use. Raises PackNotThere, or another PackRefused when the disk altered it."""
        try:
            data = (self._current / kind.file_name).read_bytes()
        except FileNotFoundError as cause:
            raise PackNotThere(f"no {kind} pack is in use") from cause
        pack = self._open(data, kind.file_name)
        if pack.kind is not kind:
            raise PackDamaged(f"{kind.file_name} holds a pack of kind {pack.kind}")
        return pack

    def in_use(self) -> PacksInUse:
        """All three packs. Raises PackRefused for the first that is missing or damaged."""
        packs = {kind: self.load(kind) for kind in PackKind}
        return PacksInUse(
            cast("Catalogue", packs[PackKind.CATALOGUE].content),
            cast("Profile", packs[PackKind.PROFILE].content),
            cast("CalendarPack", packs[PackKind.CALENDAR].content),
            {kind: pack.version for kind, pack in packs.items()},
            max(pack.issued_ms for pack in packs.values()),
        )

    def install_incoming(self) -> tuple[PackOutcome, ...]:
        """Put every good incoming pack into use and every bad one aside, in the order of their names.

        May be cut off anywhere and called again. Raises OSError when the disk takes nothing; the old pack stays.
        """
        if not self._incoming.is_dir():
            return ()
        outcomes = [self._install(path) for path in sorted(self._incoming.glob("*.pack")) if path.is_file()]
        if outcomes:
            sync_directory(self._incoming)
        return tuple(outcomes)

    def _install(self, path: Path) -> PackOutcome:
        if _INCOMING_NAME.fullmatch(path.name) is None or path.stat().st_size > PACK_BYTES_MAX:
            path.unlink()
            return PackOutcome(path.name, PackDamaged.code, detail="the file's name or size is none of a pack")
        data = path.read_bytes()
        try:
            pack = self._open(data, path.name, arriving=True)
            code = self._judge_against_current(pack)
        except PackRefused as refusal:
            self._refused.mkdir(parents=True, exist_ok=True)
            path.replace(self._refused / path.name)
            return PackOutcome(path.name, refusal.code, detail=str(refusal))
        if code == INSTALLED:
            self._current.mkdir(parents=True, exist_ok=True)
            replace_file(self._current / pack.kind.file_name, data, mode=0o644)
        path.unlink()
        return PackOutcome(path.name, code, pack.kind, pack.version)

    def _open(self, data: bytes, name: str, *, arriving: bool = False) -> Pack:
        """Open a pack. Raises PackRefused, for whatever goes wrong: what ends a start once would end every start."""
        try:
            return open_pack(data, self._trust, arriving=arriving)
        except PackRefused:
            raise
        except Exception as fault:
            _log.exception("%s: this program fails at this pack", name)
            raise PackBeyondThisProgram(f"this program fails at it: {type(fault).__name__}") from fault

    def _judge_against_current(self, pack: Pack) -> str:
        """INSTALLED or ALREADY. Raises PackTooOld."""
        try:
            current = self.load(pack.kind)
        except PackRefused:
            return INSTALLED  # nothing usable is in use, so nothing can be newer
        if pack.digest == current.digest:
            return ALREADY
        if pack.version <= current.version:
            raise PackTooOld(f"version {pack.version} of {pack.kind}: version {current.version} is in use")
        return INSTALLED
