"""The journal: every fact of this terminal as a signed record, in order, in one SQLite file with one writer.

The queue to the county is its tail (`seq > acknowledged`): there is no second table that could drift. The kiosk's
projections and drafts live in the same file and are written in the same transactions.
"""

from sync.journal.audit import Audit, Flaw
from sync.journal.clock_watch import ClockWatch
from sync.journal.journal import Journal, Transaction
from sync.journal.reader import JournalReader
from sync.journal.refusals import (
    JournalDamaged,
    JournalIsBehind,
    JournalIsBusy,
    JournalIsFull,
    JournalIsReadOnly,
    JournalMissing,
    JournalOfAnotherKey,
    JournalOfAnotherVersion,
    JournalOpenElsewhere,
    JournalRefused,
    JournalUnwritable,
    TransactionOpen,
)

__all__ = [
    "Audit",
    "ClockWatch",
    "Flaw",
    "Journal",
    "JournalDamaged",
    "JournalIsBehind",
    "JournalIsBusy",
    "JournalIsFull",
    "JournalIsReadOnly",
    "JournalMissing",
    "JournalOfAnotherKey",
    "JournalOfAnotherVersion",
    "JournalOpenElsewhere",
    "JournalReader",
    "JournalRefused",
    "JournalUnwritable",
    "Transaction",
    "TransactionOpen",
]
