"""Content keys that were sealed again for a new opening key: their records are signed and cannot be changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sync.model.facts import Seal

SCHEMA = """
CREATE TABLE IF NOT EXISTS resealed (
    chain BLOB NOT NULL,
    number INTEGER NOT NULL,
    recipient BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (chain, number, recipient)
) STRICT;
"""
_SEALS = "SELECT recipient, sealed FROM resealed WHERE chain = ? AND number = ?"
_READ_TIMEOUT_S = 15.0


class Resealed:
    """Looks seals up by a connection of its own: a keyring is asked in the middle of others' transactions."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seals(self, chain: bytes, number: int) -> list[Seal]:
        """Return the seals of a content key that its record does not have."""
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_READ_TIMEOUT_S)) as connection:
            return [
                Seal(recipient=recipient, sealed=sealed)
                for recipient, sealed in connection.execute(_SEALS, (chain, number))
            ]


def keep_seal(connection: sqlite3.Connection, chain: bytes, number: int, seal: Seal) -> None:
    """Keep a seal beside those of the record; inside a writing transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO resealed (chain, number, recipient, sealed) VALUES (?, ?, ?, ?)",
        (chain, number, seal.recipient, seal.sealed),
    )
