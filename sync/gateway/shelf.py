"""The packs that the county publishes: files in a directory, offered only when they are what they say."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from msgspec import Struct

from sync.keys import Trust
from sync.packs import PackRefused, open_pack
from sync.protocol.pack_offer import OFFERS_MAX, PackOffer

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_log = logging.getLogger(__name__)


class NoSuchPack(LookupError):
    """No genuine pack of this name is on the shelf."""


class _Seen(Struct, frozen=True):
    version: tuple[int, int, int]
    offer: PackOffer | None


class PublishedPacks:
    """The `*.pack` files of a directory: one that was replaced is read again, one that is not genuine not offered."""

    def __init__(self, directory: Path, trust: Trust) -> None:
        self._directory = directory
        self._trust = trust
        self._seen: dict[str, _Seen] = {}

    def offers(self) -> tuple[PackOffer, ...]:
        """What can be fetched, by name."""
        names = sorted(path.stem for path in self._directory.glob("*.pack") if _NAME.fullmatch(path.stem))
        found = (self._offer(name) for name in names[:OFFERS_MAX])
        return tuple(offer for offer in found if offer is not None)

    def content(self, name: str) -> bytes:
        """The file of a pack. Raises NoSuchPack."""
        if not _NAME.fullmatch(name) or self._offer(name) is None:
            raise NoSuchPack(f"there is no pack {name!r}")
        return self._path(name).read_bytes()

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.pack"

    def _offer(self, name: str) -> PackOffer | None:
        try:
            found = self._path(name).stat()
            version = (found.st_mtime_ns, found.st_size, found.st_ino)
            seen = self._seen.get(name)
            if seen is None or seen.version != version:
                seen = _Seen(version, self._read(name))
                self._seen[name] = seen
        except OSError:
            return None
        return seen.offer

    def _read(self, name: str) -> PackOffer | None:
        data = self._path(name).read_bytes()
        try:
            pack = open_pack(data, self._trust)
        except PackRefused as refusal:
            _log.warning("pack %s is not offered: %s", name, refusal)
            return None
        return PackOffer(name, pack.version, len(data), pack.digest)
