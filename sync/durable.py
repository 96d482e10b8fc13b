"""Files that are wholly there after a power cut, or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def create_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that must not exist yet, and its name, to the disk. Raises FileExistsError, OSError.

    A power cut may leave an incomplete file under `path` with `.new` appended, never under `path` itself.
    """
    fresh = _write_beside(path, content, mode)
    try:
        # link() refuses an existing name, rename() would replace it.
        os.link(fresh, path)
    finally:
        fresh.unlink()
    sync_directory(path.parent)


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file in the place of another at once, durably. Raises OSError."""
    _write_beside(path, content, mode).replace(path)
    sync_directory(path.parent)


def keep_private(path: Path) -> None:
    """Let nobody but the owner read a file that a program will open and write by itself; made empty if it is missing.

    SQLite's side files take over the mode. Raises OSError.
    """
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_beside(path: Path, content: bytes, mode: int) -> Path:
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh
