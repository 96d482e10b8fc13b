"""Reads the packs that the county has published, and again when they are published anew."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import cast

from county.library import Library
from sync.keys import Trust
from sync.model.calendar_pack import CalendarPack
from sync.model.catalogue import Catalogue
from sync.model.profile import Profile
from sync.packs import PackKind, PackNotThere, PackRefused, open_pack

_log = logging.getLogger(__name__)
_Version = tuple[tuple[int, int], ...]


class PublishedLibrary:
    """The library in force. A pack that cannot be used leaves the one before it in force.

    Args:
        directory: of the published packs.
        trust: the county's root.

    Raises:
        PackRefused: there is no whole set of packs to begin with.
    """

    def __init__(self, directory: Path, trust: Trust) -> None:
        self._directory = directory
        self._trust = trust
        self._version = self._found()
        self._library = self._read()

    def current(self) -> Library:
        """Return the packs in force."""
        version = self._found()
        if version != self._version:
            self._version = version
            try:
                self._library = self._read()
            except PackRefused as refusal:
                _log.error("newly published packs are not used: %s", refusal)
        return self._library

    def _found(self) -> _Version:
        """Return what changes when a pack is published: time and size of every file, (0, 0) for none."""
        found = []
        for kind in PackKind:
            try:
                stat = (self._directory / kind.file_name).stat()
                found.append((stat.st_mtime_ns, stat.st_size))
            except OSError:
                found.append((0, 0))
        return tuple(found)

    def _read(self) -> Library:
        packs = {}
        for kind in PackKind:
            try:
                packs[kind] = open_pack((self._directory / kind.file_name).read_bytes(), self._trust)
            except OSError as cause:
                raise PackNotThere(f"{kind.file_name} is not published") from cause
        return Library.of(
            cast("Catalogue", packs[PackKind.CATALOGUE].content),
            cast("Profile", packs[PackKind.PROFILE].content),
            cast("CalendarPack", packs[PackKind.CALENDAR].content),
            {kind.value: pack.version for kind, pack in packs.items()},
        )
