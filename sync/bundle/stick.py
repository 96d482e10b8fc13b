"""A stick as a place for files: written so that it can be pulled out at any moment, and read without believing it.

A file is written beside its name, synced, read back from the medium, and only then given its name: whoever pulls the
stick out before finds the old file or none. What a stick can do to a program has four names here.
"""

from __future__ import annotations

import errno
import hashlib
import heapq
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sync.bundle.envelope import PREFACE_BYTES, NotABundle, Preface
from sync.bundle.items import BUNDLE_SUFFIX, UP_BYTES_MAX

FREE_BYTES_MIN = 256 * 1024
"""With less room nothing is begun."""
FILES_LOOKED_AT_MAX = 500
"""Of those that are called as bundles are, the newest."""
NAMES_LOOKED_AT_MAX = 100_000
"""A stick may be full of photographs; one without end is somebody's work."""
_READ_BYTES = 1 << 20


class StickFailed(OSError):
    """The stick did not take or give what was asked; the types of this family say why."""


class StickMissing(StickFailed):
    """No stick is there."""


class StickGone(StickFailed):
    """It was pulled out, or is broken."""


class StickFull(StickFailed):
    """There is no room on it."""


class StickReadOnly(StickFailed):
    """It cannot be written: its switch, its rights, or a file system that is damaged."""


class StickLies(StickFailed):
    """What was read back is not what was written."""


_KINDS: dict[int, type[StickFailed]] = {
    errno.ENOSPC: StickFull,
    errno.EDQUOT: StickFull,
    errno.EFBIG: StickFull,
    errno.EROFS: StickReadOnly,
    errno.EACCES: StickReadOnly,
    errno.EPERM: StickReadOnly,
}


def is_another_medium(directory: Path, data: Path) -> bool:
    """Whether a directory is there and lies on another file system than `data`, and than the system itself.

    The place where sticks are mounted is an empty directory of the machine's own disk while there is none, and `data`
    may have a partition of that disk for itself.
    """
    try:
        own = {data.stat().st_dev, Path("/").stat().st_dev}
        return directory.is_dir() and directory.stat().st_dev not in own
    except OSError:
        return False


def write_file(stick: Path, name: str, pieces: Iterable[bytes]) -> int:
    """Put a file on the stick, whole and synced when this returns, and return its size in bytes.

    Raises StickFailed by its kinds, and what `pieces` raises; the file that was there before then stays.
    """
    with _named(stick):
        if not stick.is_dir():
            raise StickMissing(f"there is no stick at {stick}")
        room = os.statvfs(stick)
        if room.f_bavail * room.f_frsize < FREE_BYTES_MIN:
            raise StickFull(f"the stick has less than {FREE_BYTES_MIN} bytes left")
        part = stick / f"{name}.part"
        part.unlink(missing_ok=True)
        try:
            digest, size = _write(part, pieces)
            if _digest_on_medium(part) != digest:
                raise StickLies("what was read back from the stick is not what was written")
            part.replace(stick / name)
        except BaseException:
            _remove(part)
            raise
        _sync_directory(stick)
    return size


def bundles(stick: Path) -> list[tuple[Path, Preface]]:
    """Return the bundles that lie on a stick, newest first, by what anybody can read of them.

    Browsers rename what they download twice, so names do not count. Raises StickFailed.
    """
    with _named(stick):
        if not stick.is_dir():
            raise StickMissing(f"there is no stick at {stick}")
        found: list[tuple[Path, Preface]] = []
        for _, path in heapq.nlargest(FILES_LOOKED_AT_MAX, _candidates(stick)):
            with _opened(path) as file:
                head = file.read(PREFACE_BYTES)
            with suppress(NotABundle):
                found.append((path, Preface.decode(head)))
    return found


def copy_from(path: Path, into: Path, bytes_max: int = UP_BYTES_MAX) -> None:
    """Copy a file of a stick to this machine, at most `bytes_max` + 1 bytes of it. Raises StickFailed.

    What is judged afterwards can no longer change, and the stick may go. A disk here that takes nothing is an OSError
    that is no StickFailed.
    """
    with into.open("wb") as kept:
        left = bytes_max + 1
        with _named(path.parent):
            source = _opened(path)
        with source:
            while left > 0:
                with _named(path.parent):
                    piece = source.read(min(_READ_BYTES, left))
                if not piece:
                    return
                kept.write(piece)
                left -= len(piece)


def _candidates(stick: Path) -> Iterator[tuple[int, Path]]:
    """Yield when each file was written that is called as bundles are, and where it is."""
    with os.scandir(stick) as entries:
        for entry in islice(entries, NAMES_LOOKED_AT_MAX):
            if Path(entry.name).suffix.lower() == BUNDLE_SUFFIX and entry.is_file(follow_symlinks=False):
                yield entry.stat(follow_symlinks=False).st_mtime_ns, Path(entry.path)


def _opened(path: Path) -> BinaryIO:
    """A file of a stick, never what a link there points to, and without waiting for the other end of a pipe."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


@contextmanager
def _named(stick: Path) -> Iterator[None]:
    try:
        yield
    except StickFailed:
        raise
    except OSError as cause:
        kind = _KINDS.get(cause.errno or 0, StickGone)
        raise kind(f"the stick at {stick}: {cause.strerror or cause}") from cause


def _write(part: Path, pieces: Iterable[bytes]) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    with part.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size += len(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.digest(), size


def _digest_on_medium(path: Path) -> bytes:
    """What is read back, from the medium and not from memory where the system can forget."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.digest()


def _sync_directory(stick: Path) -> None:
    handle = os.open(stick, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as cause:
        # Some file systems of sticks (FUSE) cannot sync a directory; the file's own content is synced already.
        if cause.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)


def _remove(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        # The stick is gone or will not be written; what is left there is no bundle by its name.
        return
