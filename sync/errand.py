"""Errands: what the kiosk or a technician asks the sync process to do with a stick, in a file of the data directory.

Only the sync process writes `transport.db`, and only it knows the pipe; so whoever wants something asks it, and reads
the answer there (`sync.transport.said`). An errand that is asked again before it was done takes the place of the first.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from sync.durable import replace_file
from sync.json_file import JsonFileMissing, JsonFileRefused, read_object

FILE_NAME = "errand.json"
_ID_CHARACTERS_MAX = 32


class ErrandUnreadable(ValueError):
    """The file holds no errand."""


class What(StrEnum):
    """What can be asked."""

    EXPORT = "export"  # write what the county does not have
    IMPORT = "import"  # read what it has sent back


class Errand(Struct, frozen=True):
    """One thing to do. `id` is new for each, `stick` the directory where the stick is."""

    id: str
    what: What
    stick: str

    def leave(self, data: Path) -> None:
        """Put it where the sync process finds it. Raises OSError."""
        replace_file(data / FILE_NAME, msgspec.json.encode(self), mode=0o600)


def find_errand(data: Path) -> Errand | None:
    """Return the errand that was asked last, None when none ever was. Raises ErrandUnreadable."""
    try:
        held = read_object(data / FILE_NAME)
        errand = msgspec.convert(held, Errand)
    except JsonFileMissing:
        return None
    except (JsonFileRefused, msgspec.ValidationError) as cause:
        raise ErrandUnreadable(f"{FILE_NAME} holds no errand: {cause}") from cause
    if not 0 < len(errand.id) <= _ID_CHARACTERS_MAX or "\0" in errand.stick:
        raise ErrandUnreadable(f"{FILE_NAME} holds no errand")
    return errand
