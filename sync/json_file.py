"""The JSON files of data directories: one way to read them, and one refusal for all that can be wrong with them.

They are written by provisioning and mended by hand, so that anything may stand in them.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import msgspec

BYTES_MAX = 1 << 20


class JsonFileRefused(ValueError):
    """The file cannot be read, or does not hold one JSON object (RFC 8259); the message names the file and says why."""


class JsonFileMissing(JsonFileRefused):
    """There is no such file."""


def read_object(path: Path) -> dict[str, Any]:
    """Return the object that a file holds, at most BYTES_MAX of UTF-8; a mark in front of it is passed over.

    Texts hold no lone surrogates, which neither a path nor another file could take. Raises JsonFileRefused, or its
    kind JsonFileMissing.
    """
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except FileNotFoundError as cause:
        raise JsonFileMissing(f"{path.name} cannot be read: {cause.strerror}") from cause
    except OSError as cause:
        raise JsonFileRefused(f"{path.name} cannot be read: {cause.strerror}") from cause
    if len(data) > BYTES_MAX:
        raise JsonFileRefused(f"{path.name} has more than {BYTES_MAX} bytes")
    try:
        held = msgspec.json.decode(data.removeprefix(codecs.BOM_UTF8))
    except RecursionError as cause:
        raise JsonFileRefused(f"{path.name} is nested too deep") from cause
    except ValueError as cause:
        raise JsonFileRefused(f"{path.name} is not JSON: {cause}") from cause
    if not isinstance(held, dict):
        raise JsonFileRefused(f"{path.name} does not hold an object")
    return held
