"""Letters to Chinese: libgooglepinyin, in a process of its own that may die and forgets by dying.

See `decoder` for why. Starting it takes some tens of milliseconds, so it is started when a field is opened and
is ready by the first letter; a search then takes about one.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

LIBRARY = "libgooglepinyin.so.0"
DICTIONARY_PATHS = (
    Path("/usr/lib/x86_64-linux-gnu/googlepinyin/data/dict_pinyin.dat"),
    Path("/usr/lib/aarch64-linux-gnu/googlepinyin/data/dict_pinyin.dat"),
    Path("/usr/lib/googlepinyin/data/dict_pinyin.dat"),
)
LETTERS_MAX = 28
"""The library's own limit is 39 letters; a longer one-go phrase does not occur."""
_ANSWER_WITHIN_S = 1.0
_ANSWER_MAX_BYTES = 64 * 1024
_DECODER = Path(__file__).with_name("decoder.py")


class PinyinMissing(Exception):
    """The pinyin library or its dictionary is not on this machine; the text names what is missing."""


class Found(Struct, frozen=True):
    """What letters give."""

    candidates: tuple[str, ...]  # for the letters that are left, best first; none when all are used
    fixed: str = ""  # the characters chosen so far
    used: int = 0  # how many letters they took


class Pinyin(Protocol):
    """What a composition needs of an engine."""

    def warm(self) -> None:
        """Get ready, without waiting."""
        ...

    def search(self, letters: str) -> Found:
        """Return the candidates for these letters. Raises `PinyinMissing`."""
        ...

    def choose(self, index: int) -> Found:
        """Take a candidate of the last answer. Raises `PinyinMissing`."""
        ...

    def forget(self) -> None:
        """Drop the letters, and every word that was learned."""
        ...


class GooglePinyin:
    """The engine. When its process dies on some letters these have no candidates, and the next ones a new process."""

    def __init__(self, library: str = LIBRARY, dictionaries: Sequence[Path] = DICTIONARY_PATHS) -> None:
        """Name the library and where its dictionary may be; nothing is started yet."""
        self._command = [sys.executable, "-I", "-S", str(_DECODER), library, *map(str, dictionaries)]
        self._process: subprocess.Popen[bytes] | None = None
        self._letters = ""

    def warm(self) -> None:
        """Start the process, if there is none, without waiting for it."""
        self._running()

    def search(self, letters: str) -> Found:
        """Return the candidates for these letters, at most `LETTERS_MAX` of a to z and the apostrophe.

        Raises `PinyinMissing`.
        """
        self._letters = letters[:LETTERS_MAX]
        return self._asked(f"search {self._letters}") or Found(())

    def choose(self, index: int) -> Found:
        """Take a candidate of the last answer. Raises `PinyinMissing`.

        If the process dies on it the letters are as if nothing had been chosen of them yet.
        """
        return self._asked(f"choose {index}") or self.search(self._letters)

    def forget(self) -> None:
        """End the process and with it all it learned; the next search starts another."""
        self._letters = ""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            # Unbuffered pipes: closing them writes nothing that nobody is left to read.
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            process.wait()

    def _asked(self, line: str) -> Found | None:
        """Return the answer to a line; None if the process died instead of answering, or hangs."""
        answer = self._exchanged(f"{line}\n".encode("ascii"))
        if answer is None:
            letters = self._letters
            self.forget()
            self._letters = letters
            return None
        first, *rest = answer.split("\t")
        if first == "missing":
            self.forget()
            raise PinyinMissing(" ".join(rest))
        return Found(tuple(rest[1:]), rest[0], int(first))

    def _exchanged(self, line: bytes) -> str | None:
        process = self._running()
        assert process.stdin is not None  # noqa: S101 - both are pipes, see _running
        assert process.stdout is not None  # noqa: S101 - see above
        with contextlib.suppress(BrokenPipeError):  # it may have said why before it ended
            process.stdin.write(line)
        answer = b""
        while not answer.endswith(b"\n") and len(answer) < _ANSWER_MAX_BYTES:
            readable, _, _ = select.select([process.stdout], [], [], _ANSWER_WITHIN_S)
            more = os.read(process.stdout.fileno(), _ANSWER_MAX_BYTES) if readable else b""
            if not more:
                return None
            answer += more
        return answer.decode("utf-8").rstrip("\n")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        return self._process
