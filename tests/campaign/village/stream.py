"""The body of a request on its way: cut at any byte, or when its sender dies; and as gunicorn reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace

from gunicorn.http.body import ChunkedReader
from gunicorn.http.unreader import Unreader

from tests.campaign.village.disk import Killed


class Stream:
    """A request's body: cut after so many bytes, or when its sender dies.

    Args:
        parts: what its sender hands to the line, one after the other.
        cut: after so many bytes the line dies; None: it does not.
        meanwhile: called when a part is under way, for everybody else.
    """

    def __init__(self, parts: Iterable[bytes], cut: int | None, meanwhile: Callable[[], None]) -> None:
        self._parts: Iterator[bytes] = iter(parts)
        self._left = cut
        self._held = b""
        self._meanwhile = meanwhile
        self.sender_died: Killed | None = None

    def read(self, size: int) -> bytes:
        """Give `size` bytes, fewer only at the end. Raises OSError when the line is dead."""
        while len(self._held) < size:
            part = self._next()
            if part is None:
                break
            self._held += part
        if self._left is not None:
            if self._left < min(size, len(self._held)):
                raise OSError("the line died")
            self._left -= size
        given, self._held = self._held[:size], self._held[size:]
        return given

    def arrived(self) -> bytes:
        """Give what comes next, down to the last byte before the line died; b"" at the end. Raises OSError."""
        part = self._next() or b""
        if self._left is not None:
            part = part[: self._left]
            if not part:
                raise OSError("the line died")
            self._left -= len(part)
        return part

    def _next(self) -> bytes | None:
        try:
            part = next(self._parts, None)
        except Killed as died:
            self.sender_died = died
            raise OSError("the sender died") from died
        if part is not None:
            self._meanwhile()
        return part


NO_BODY = Stream((), None, lambda: None)


class _Socket(Unreader):
    """What gunicorn reads from."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def chunk(self, size_hint: int | None = None) -> bytes:
        """See `Unreader.chunk`."""
        return self._stream.arrived()


class Body:
    """A request's body as gunicorn hands it on; behind it is the reader, which gives what has arrived.

    Of the bytes of attachments the reader is gunicorn's own: how it waits, and what it keeps when the line dies, is
    what the product reckons with there. Everything else is read by exact sizes.
    """

    length = 0
    """Of a body that nobody sends."""

    def __init__(self, stream: Stream, *, is_upload: bool) -> None:
        self.read = stream.read
        self.reader = ChunkedReader(SimpleNamespace(), _Socket(stream)) if is_upload else self
        self.failed = False


def in_chunks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """What http.client makes of a body whose length nobody knows (RFC 9112, 7.1)."""
    for part in parts:
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"
