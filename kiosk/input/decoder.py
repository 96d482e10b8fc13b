"""The process that holds libgooglepinyin; run by `engine`, by its path, with nothing else of the house.

The library ends its process on some letters (an assertion of its own: "a" typed 28 times, some chosen
sequences), and it learns what is chosen. Both are harmless in a process that may die and is killed when a
visitor goes. The file for learned words is made in a private folder that is removed once it is open, so
what is learned has nowhere to be written to.

Lines of UTF-8 on standard input and output. `search LETTERS` is answered by `USED FIXED CANDIDATE...`,
separated by tabs: how many letters are used up, the characters fixed so far, the candidates for the rest.
`choose INDEX` takes one of the last candidates and is answered alike. `missing REASON` is the only line of a
process that cannot work.
"""

from __future__ import annotations

import ctypes
import sys
import tempfile
from pathlib import Path

CANDIDATES_MAX = 200
_CANDIDATE_CHARS_MAX = 40
_DICTIONARY_LEAST_BYTES = 1_000_000


class DecoderMissing(Exception):
    """The library or its dictionary is not on this machine; the text names what is missing."""


def open_library(name: str, dictionaries: list[str]) -> ctypes.CDLL:
    """Load the library with the first dictionary that exists. Raises `DecoderMissing`."""
    try:
        library = ctypes.CDLL(name)
    except OSError as trouble:
        raise DecoderMissing(f"{name}: {trouble}") from trouble
    dictionary = next((path for path in map(Path, dictionaries) if _is_whole(path)), None)
    if dictionary is None:
        raise DecoderMissing(f"no dictionary at {', '.join(dictionaries)}")
    _declare(library)
    with tempfile.TemporaryDirectory(prefix="sunpoint-pinyin-") as private:
        opened = library.im_open_decoder(bytes(dictionary), bytes(Path(private, "learned.dat")))
    if not opened:
        raise DecoderMissing(f"{dictionary} is not a dictionary of {name}")
    return library


def search(library: ctypes.CDLL, letters: str) -> list[str]:
    """Return the answer to `search`."""
    # Without this a search after a completed choice gives that choice alone.
    library.im_reset_search()
    data = letters.encode("ascii")
    found = int(library.im_search(data, len(data))) if data else 0
    return ["0", "", *_candidates(library, found)]


def choose(library: ctypes.CDLL, index: int, letters: str) -> list[str]:
    """Return the answer to `choose`; without candidates the word is complete."""
    found = int(library.im_choose(index))
    fixed = int(library.im_get_fixed_len())
    text = _candidate(library, 0)[:fixed]
    starts = ctypes.POINTER(ctypes.c_uint16)()
    syllables = int(library.im_get_spl_start_pos(ctypes.byref(starts)))
    used = int(starts[fixed]) if fixed <= syllables else len(letters)
    if used >= len(letters):
        return [str(len(letters)), text]
    return [str(used), text, *_candidates(library, found)]


def _is_whole(path: Path) -> bool:
    # The library ends its process on a file that is cut short.
    return path.is_file() and path.stat().st_size >= _DICTIONARY_LEAST_BYTES


def _candidates(library: ctypes.CDLL, found: int) -> list[str]:
    return [_candidate(library, at) for at in range(min(found, CANDIDATES_MAX))]


def _candidate(library: ctypes.CDLL, index: int) -> str:
    buffer = (ctypes.c_uint16 * (_CANDIDATE_CHARS_MAX + 1))()
    if not library.im_get_candidate(index, buffer, _CANDIDATE_CHARS_MAX):
        return ""
    return bytes(buffer).decode("utf-16-le", "replace").split("\0", 1)[0]


def _declare(library: ctypes.CDLL) -> None:
    """State the C types of the calls, from the library's pinyinime.h."""
    utf16 = ctypes.POINTER(ctypes.c_uint16)
    signatures: dict[str, tuple[list[object], object]] = {
        "im_open_decoder": ([ctypes.c_char_p, ctypes.c_char_p], ctypes.c_bool),
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


def serve(name: str, dictionaries: list[str]) -> None:
    """Answer lines until there are no more."""

    def say(parts: list[str]) -> None:
        sys.stdout.buffer.write("\t".join(parts).encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()

    try:
        library = open_library(name, dictionaries)
    except DecoderMissing as trouble:
        say(["missing", " ".join(str(trouble).split())])
        return
    letters = ""
    for line in sys.stdin.buffer:
        asked, _, argument = line.decode("ascii").rstrip("\n").partition(" ")
        if asked == "search":
            letters = argument
            say(search(library, letters))
        else:
            say(choose(library, int(argument), letters))


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
