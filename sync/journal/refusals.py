"""What the journal refuses, by name, and the names for what SQLite reports."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class JournalRefused(RuntimeError):
    """The journal cannot do what was asked; nothing was half-written."""


class JournalMissing(JournalRefused):
    """There is no journal yet."""


class JournalOpenElsewhere(JournalRefused):
    """Another process writes this journal; there is one writer."""


class JournalOfAnotherKey(JournalRefused):
    """The journal is the chain of another key: a copied disk, or a key file that was exchanged."""


class JournalOfAnotherVersion(JournalRefused):
    """The file is no journal, or one that a newer version has written."""


class JournalIsBehind(JournalRefused):
    """The county has acknowledged a record that is not here: the file was lost or put back from a copy.

    Writing on would give a number to two records. The terminal has to be enrolled anew, with a new key.
    """


class JournalDamaged(JournalRefused):
    """What is stored is not what was written; the message names the record and which part of it."""


class TransactionOpen(JournalRefused):
    """A transaction is open already, or this one has failed and takes no more."""


class JournalUnwritable(JournalRefused):
    """The disk took nothing."""


class JournalIsFull(JournalUnwritable):
    """No room on the disk, or not within its limits."""


class JournalIsReadOnly(JournalUnwritable):
    """The file or its file system may not be written."""


class JournalIsBusy(JournalUnwritable):
    """Another process kept the file locked for longer than is waited."""


_BY_CODE: dict[int, tuple[type[JournalRefused], str]] = {
    sqlite3.SQLITE_FULL: (JournalIsFull, "there is no room for the record"),
    sqlite3.SQLITE_READONLY: (JournalIsReadOnly, "the journal may not be written"),
    sqlite3.SQLITE_PERM: (JournalIsReadOnly, "the journal may not be written"),
    sqlite3.SQLITE_CANTOPEN: (JournalUnwritable, "the journal's files cannot be opened"),
    sqlite3.SQLITE_IOERR: (JournalUnwritable, "the disk failed while writing"),
    sqlite3.SQLITE_BUSY: (JournalIsBusy, "another process keeps the journal locked"),
    sqlite3.SQLITE_CORRUPT: (JournalDamaged, "the file's structure is damaged"),
    sqlite3.SQLITE_NOTADB: (JournalOfAnotherVersion, "the file is no journal"),
}


@contextmanager
def named() -> Iterator[None]:
    """Raise SQLite's complaints about disk and file under the journal's names; others pass as they are."""
    try:
        yield
    except sqlite3.Error as cause:
        # The primary code is the low byte; the extended code says where SQLite met it.
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code not in _BY_CODE:
            raise
        refusal, sentence = _BY_CODE[code]
        raise refusal(f"{sentence} ({cause})") from cause
