"""The mirror: the terminal's segments once more, on a second medium, so that a dead disk takes nothing with it.

In a directory of its own on the medium lie `about.json` (whose records these are), copies of the county's root
certificate, of the statement for the gateway's stick key and of the newest acknowledgement, and files of frames, each a
segment as the pipe carries it, in the order of their numbers. Bodies are sealed, headers are as readable as in the
journal. No key is there: whoever has the medium can bring the records to the county, which knows them by their
signatures, and can write none.

What is written is synced before it is counted. A torn end is cut off when the medium is next written.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from sync.durable import replace_file, sync_directory
from sync.json_file import JsonFileRefused, read_object
from sync.protocol.frame import LENGTH_BYTES, FrameRefused, decode_length, encode_frame
from sync.protocol.segment import SEGMENT_BYTES_MOST, Segment, SegmentRefused, decode_segment
from sync.record import ChainBroken, Link, Record, chain_id

ABOUT, ROOT, STICK_STATEMENT, ACKNOWLEDGED = (
    "about.json",
    "root-certificate.pem",
    "stick.statement",
    "acknowledged",
)
FILE_BYTES = 8 * 1024 * 1024
"""After so many a new file is begun; whole files go when the medium is full and the county has all of them."""
_BESIDE_BYTES_MAX = 64 * 1024
"""Of each file that is not records; they are a few hundred bytes."""
_FILE = re.compile(r"([0-9]{12})\.segments")
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Whoever had the medium may have left a link there to a file of this machine, or a pipe."""


class MirrorUnreadable(ValueError):
    """The directory is no mirror; the message says why."""


class MirrorFull(OSError):
    """There is no room, and nothing there that the county has."""


class About(Struct, frozen=True):
    """Whose records these are; `public_key` is of the record key, in hex. None of it has to be believed."""

    terminal: str
    county: str
    public_key: str

    @property
    def chain(self) -> bytes:
        """The id of the chain, which follows from the key."""
        return chain_id(bytes.fromhex(self.public_key))


def read_about(directory: Path) -> About:
    """Read about.json. Raises MirrorUnreadable."""
    if not (directory / ABOUT).is_file():
        raise MirrorUnreadable(f"{directory} is no mirror: {ABOUT} is no file")
    try:
        about = msgspec.convert(read_object(directory / ABOUT), About)
        if len(bytes.fromhex(about.public_key)) != 32:
            raise MirrorUnreadable(f"{ABOUT} names no key")
    except (JsonFileRefused, msgspec.ValidationError, ValueError) as cause:
        raise MirrorUnreadable(f"{directory} is no mirror: {cause}") from cause
    return about


def check_beside(directory: Path) -> None:
    """Raise MirrorUnreadable where what is not records is no file of moderate size: a link, a pipe, a gigabyte."""
    for path in (directory / name for name in (ABOUT, ROOT, STICK_STATEMENT, ACKNOWLEDGED)):
        if os.path.lexists(path):
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode) or found.st_size > _BESIDE_BYTES_MAX:
                raise MirrorUnreadable(f"{path.name} on the medium is no file of a mirror")


def segment_files(directory: Path) -> list[tuple[int, Path]]:
    """Return the files of segments with the number of their first record, in order; no links. Raises OSError."""
    found = ((_FILE.fullmatch(path.name), path) for path in directory.iterdir())
    return sorted((int(name[1]), path) for name, path in found if name and stat.S_ISREG(path.lstat().st_mode))


class Held(Struct, frozen=True):
    """A segment of a mirror, with its records, and where its frame ends in the file."""

    segment: Segment
    records: tuple[Record, ...]
    wire: bytes
    end: int


def read_segments(path: Path, public_key: bytes) -> Iterator[Held]:
    """Yield the segments of one file as far as they are whole, follow one another and are signed. Raises OSError."""
    end = 0
    link: Link | None = None
    with path.open("rb") as file:
        # One frame after the other: what is torn at the end must not cost those that are whole before it.
        while len(prefix := file.read(LENGTH_BYTES)) == LENGTH_BYTES:
            try:
                content = file.read(decode_length(prefix, SEGMENT_BYTES_MOST))
                segment = decode_segment(content)
                records = segment.open(public_key)
                if link is not None and segment.after != link:
                    raise ChainBroken("a segment does not follow the one before it")
            except (FrameRefused, SegmentRefused, ChainBroken):
                return
            end += LENGTH_BYTES + len(content)
            link = records[-1].link
            yield Held(segment, records, content, end)


class MirrorWriter:
    """Writes the mirror of one chain.

    Args:
        directory: on the second medium; made if it is not there.
        about: whose records they are. Another terminal's mirror is never touched: it has a directory of its own.

    Raises OSError, MirrorUnreadable when another chain's mirror lies there.
    """

    def __init__(self, directory: Path, about: About) -> None:
        self._directory = directory
        self._key = bytes.fromhex(about.public_key)
        self._handle = -1
        self._size = 0
        self._written: Link | None = None
        directory.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(directory / ABOUT):
            if read_about(directory) != about:
                raise MirrorUnreadable(f"{directory} is the mirror of another terminal")
        else:
            replace_file(directory / ABOUT, msgspec.json.encode(about), mode=0o644)
            sync_directory(directory.parent)
        self.link = self._found()

    def close(self) -> None:
        """Let go of the medium."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def append(self, segments: Iterable[Segment], acknowledged_seq: int) -> None:
        """Write segments that follow one another, durable when this returns.

        Where they do not follow what is there a new file is begun. Raises MirrorFull, OSError; then `link` still says
        what is safe.
        """
        for segment in segments:
            frame = encode_frame(segment.encode())
            try:
                self._write(segment, frame)
            except OSError as cause:
                if cause.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                self._cut_back()
                if not self._make_room(acknowledged_seq):
                    raise MirrorFull(cause.errno, "the second medium is full") from cause
                self._write(segment, frame)
        if self._handle >= 0:
            os.fsync(self._handle)
            self.link = self._written

    def keep_beside(self, name: str, content: bytes) -> None:
        """Keep a file that whoever brings the records to the county will need. Raises OSError."""
        path = self._directory / name
        if not path.is_file() or path.read_bytes() != content:
            replace_file(path, content, mode=0o644)

    def _found(self) -> Link | None:
        """Return what the last file holds whole, and cut off what is torn; None when there is nothing."""
        for _, path in reversed(segment_files(self._directory)):
            last: Held | None = None
            for last in read_segments(path, self._key):  # noqa: B007 - the last one is wanted
                pass
            if last is None:
                path.unlink()
                continue
            self._handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            os.truncate(self._handle, last.end)
            os.fsync(self._handle)
            self._size = os.lseek(self._handle, 0, os.SEEK_END)
            self._written = last.records[-1].link
            return self._written
        return None

    def _write(self, segment: Segment, frame: bytes) -> None:
        if self._handle < 0 or self._size >= FILE_BYTES or segment.after != self._written:
            self._begin(segment.after.seq + 1)
        left = memoryview(frame)
        while left:
            left = left[os.write(self._handle, left) :]
        self._size += len(frame)
        self._written = segment.open(self._key)[-1].link

    def _begin(self, first_seq: int) -> None:
        if self._handle >= 0:
            os.fsync(self._handle)
            self.link = self._written
        self.close()
        path = self._directory / f"{first_seq:012d}.segments"
        self._handle = os.open(path, _NEW_FILE, 0o600)
        sync_directory(self._directory)
        self._size = 0

    def _cut_back(self) -> None:
        """Take away the frame that did not fit whole."""
        if self._handle >= 0:
            os.truncate(self._handle, self._size)
            os.lseek(self._handle, self._size, os.SEEK_SET)

    def _make_room(self, acknowledged_seq: int) -> bool:
        """Remove the oldest file when the county holds all of it."""
        files = segment_files(self._directory)
        if len(files) < 2 or files[1][0] - 1 > acknowledged_seq:
            return False
        files[0][1].unlink()
        sync_directory(self._directory)
        return True
