"""Letters to Chinese: libgooglepinyin through ctypes.

The library (Debian libgooglepinyin0, Apache-2.0) costs 2.5 MB and a few milliseconds, once, when the first
letter is typed. It learns the words a person chooses and would write them to a file of its own: a name
typed by a villager would be offered to the next one. So its file is made in a private directory which is
removed as soon as the library has opened it: what is learned stays in memory, has nowhere to be written to,
and is gone when `forget` closes the decoder.
"""

from __future__ import annotations

import ctypes
import tempfile
from pathlib import Path
from typing import Protocol

LIBRARY = "libgooglepinyin.so.0"
DICTIONARY_PATHS = (
    Path("/usr/lib/x86_64-linux-gnu/googlepinyin/data/dict_pinyin.dat"),
    Path("/usr/lib/aarch64-linux-gnu/googlepinyin/data/dict_pinyin.dat"),
    Path("/usr/lib/googlepinyin/data/dict_pinyin.dat"),
)
LETTERS_MAX = 28
"""The library's own limit is 39 letters; a longer one-go phrase does not occur."""
CANDIDATES_MAX = 200
_CANDIDATE_CHARS_MAX = 40
_DICTIONARY_LEAST_BYTES = 1_000_000


class PinyinMissing(Exception):
    """The pinyin library or its dictionary is not on this machine; the text names what is missing."""


class Pinyin(Protocol):
    """What a composition needs of an engine."""

    def search(self, letters: str) -> list[str]:
        """Return the candidates for these letters, best first. Raises `PinyinMissing`."""
        ...

    def choose(self, index: int) -> tuple[str, int, list[str]]:
        """Take a candidate: what is fixed so far, how many letters that used, and the next candidates."""
        ...

    def forget(self) -> None:
        """Drop the letters, and every word that was learned."""
        ...


class GooglePinyin:
    """The engine. Opened by the first search; `forget` leaves nothing of what was typed."""

    def __init__(self, library: str = LIBRARY, dictionaries: tuple[Path, ...] = DICTIONARY_PATHS) -> None:
        """Name the library and where its dictionary may be; nothing is opened yet."""
        self._library_name = library
        self._dictionaries = dictionaries
        self._library: ctypes.CDLL | None = None
        self._letters = ""

    def search(self, letters: str) -> list[str]:
        """Return the candidates for these letters, best first.

        Raises `PinyinMissing`. Letters are a to z and the apostrophe between syllables.
        """
        library = self._opened()
        self._letters = letters[:LETTERS_MAX]
        # Without this a search after a completed choice gives that choice alone.
        library.im_reset_search()
        if not self._letters:
            return []
        data = self._letters.encode("ascii")
        return self._candidates(library, int(library.im_search(data, len(data))))

    def choose(self, index: int) -> tuple[str, int, list[str]]:
        """Take a candidate of the last search.

        Returns the characters fixed so far, the number of letters they used, and the candidates for the
        letters that are left; none are left when the composition is complete.
        """
        library = self._opened()
        found = int(library.im_choose(index))
        fixed = int(library.im_get_fixed_len())
        text = self._candidate(library, 0)[:fixed]
        used = self._letters_used(library, fixed)
        if used >= len(self._letters):
            return text, len(self._letters), []
        return text, used, self._candidates(library, found)

    def forget(self) -> None:
        """Close the engine and with it all it learned; the next search opens it anew."""
        self._letters = ""
        if self._library is not None:
            self._library.im_close_decoder()
            self._library = None

    def _opened(self) -> ctypes.CDLL:
        if self._library is None:
            self._library = self._open()
        return self._library

    def _open(self) -> ctypes.CDLL:
        try:
            library = ctypes.CDLL(self._library_name)
        except OSError as trouble:
            raise PinyinMissing(f"{self._library_name}: {trouble}") from trouble
        dictionary = next((path for path in self._dictionaries if _is_whole(path)), None)
        if dictionary is None:
            raise PinyinMissing(f"no dictionary at {', '.join(map(str, self._dictionaries))}")
        _declare(library)
        with tempfile.TemporaryDirectory(prefix="sunpoint-pinyin-") as private:
            opened = library.im_open_decoder(bytes(dictionary), bytes(Path(private, "learned.dat")))
        if not opened:
            raise PinyinMissing(f"{dictionary} is not a dictionary of {self._library_name}")
        return library

    def _candidates(self, library: ctypes.CDLL, found: int) -> list[str]:
        return [self._candidate(library, at) for at in range(min(found, CANDIDATES_MAX))]

    def _candidate(self, library: ctypes.CDLL, index: int) -> str:
        buffer = (ctypes.c_uint16 * (_CANDIDATE_CHARS_MAX + 1))()
        if not library.im_get_candidate(index, buffer, _CANDIDATE_CHARS_MAX):
            return ""
        return bytes(buffer).decode("utf-16-le").split("\0", 1)[0]

    def _letters_used(self, library: ctypes.CDLL, fixed: int) -> int:
        starts = ctypes.POINTER(ctypes.c_uint16)()
        syllables = int(library.im_get_spl_start_pos(ctypes.byref(starts)))
        return int(starts[fixed]) if fixed <= syllables else len(self._letters)


def _is_whole(path: Path) -> bool:
    # The library ends the whole process on a file that is cut short, so that is found out before.
    return path.is_file() and path.stat().st_size >= _DICTIONARY_LEAST_BYTES


def _declare(library: ctypes.CDLL) -> None:
    """State the C types of the calls, from the library's pinyinime.h."""
    utf16 = ctypes.POINTER(ctypes.c_uint16)
    signatures: dict[str, tuple[list[object], object]] = {
        "im_open_decoder": ([ctypes.c_char_p, ctypes.c_char_p], ctypes.c_bool),
        "im_close_decoder": ([], None),
        "im_search": ([ctypes.c_char_p, ctypes.c_size_t], ctypes.c_size_t),
        "im_reset_search": ([], None),
        "im_get_candidate": ([ctypes.c_size_t, utf16, ctypes.c_size_t], ctypes.c_void_p),
        "im_choose": ([ctypes.c_size_t], ctypes.c_size_t),
        "im_get_fixed_len": ([], ctypes.c_size_t),
        "im_get_spl_start_pos": ([ctypes.POINTER(utf16)], ctypes.c_size_t),
    }
    for name, (arguments, result) in signatures.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = result
