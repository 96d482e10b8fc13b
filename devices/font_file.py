"""What stands at the head of a font file: where its tables are, and whether the file is long enough to hold them.

OpenType 1.9, "Organization of an OpenType Font". Read without a library, because it is asked at every start: a file
that was cut off by a full disk or a broken copy is found here, before anything is drawn with it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

_SIGNATURES = (b"OTTO", b"\x00\x01\x00\x00", b"true")
_COLLECTION = b"ttcf"
_HEADER_BYTES = 12
_ENTRY_BYTES = 16
_FACES_MAX = 64


class FontUnusable(Exception):
    """The font file is missing, is no font or is damaged; the text names it."""


def tables_of(path: Path, face: int = 0) -> Mapping[str, tuple[int, int]]:
    """Return the tables of a font, of a collection those of one face: offset in the file and length, both in bytes.

    Raises `FontUnusable` also when there is no such face, or a table of any reaches beyond the end of the file.
    """
    try:
        with path.open("rb") as file:
            faces = [_face(file, path, offset) for offset in _faces(file, path)]
    except (OSError, ValueError) as error:  # ValueError: no path at all
        raise FontUnusable(f"{path} is missing or is no font") from error
    except struct.error as error:
        raise FontUnusable(f"{path} is damaged: it ends within its header") from error
    if face >= len(faces):
        raise FontUnusable(f"{path} has no face {face}")
    return faces[face]


def _faces(file: BinaryIO, path: Path) -> list[int]:
    signature = file.read(4)
    if signature in _SIGNATURES:
        return [0]
    if signature != _COLLECTION:
        raise FontUnusable(f"{path} is missing or is no font")
    _version, count = struct.unpack(">II", file.read(8))
    if not 1 <= count <= _FACES_MAX:
        raise FontUnusable(f"{path} is damaged: a collection of {count} faces")
    return list(struct.unpack(f">{count}I", file.read(4 * count)))


def _face(file: BinaryIO, path: Path, offset: int) -> dict[str, tuple[int, int]]:
    file_bytes = os.fstat(file.fileno()).st_size
    file.seek(offset)
    (count,) = struct.unpack_from(">H", file.read(_HEADER_BYTES), 4)
    directory = file.read(count * _ENTRY_BYTES)
    tables: dict[str, tuple[int, int]] = {}
    for at in range(count):
        tag, _checksum, start, length = struct.unpack_from(">4sLLL", directory, at * _ENTRY_BYTES)
        if start + length > file_bytes:
            raise FontUnusable(f"{path} is damaged: it is shorter than its tables, as if it were cut off")
        tables[tag.decode("latin-1")] = (start, length)
    return tables
