"""Drafts: applications that are being filled in, saved at every field. Local to this terminal, never sent.

A draft is keyed by an id of its own, so a changed form or a vanished item never loses it; what it holds is opaque here,
and sealed to the desk's key on the disk. A locked desk keeps drafts and reads none.
"""

from __future__ import annotations

import sqlite3
import typing
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from sync.desk_key import DeskKeyMissing
from sync.sealing import Opener, Recipient, SealBroken, seal_to

SCHEMA = """
CREATE TABLE IF NOT EXISTS draft (
    id TEXT PRIMARY KEY, agent TEXT NOT NULL, item_code TEXT NOT NULL, item_version INTEGER NOT NULL,
    case_no TEXT, saved_ms INTEGER NOT NULL, held BLOB NOT NULL
) WITHOUT ROWID;
"""


class DraftRow(Struct, frozen=True):
    """One draft. `case_no` is set when a one-time notice was given for it; `held` is the CBOR of its answers."""

    id: str
    agent: str
    item_code: str
    item_version: int
    case_no: str | None
    saved_ms: int
    held: bytes


class Drafts:
    """The table of drafts on one open connection."""

    def __init__(self, connection: sqlite3.Connection, desk_key: Recipient | None) -> None:
        """Use `connection`; the table must be there (`SCHEMA`). Drafts are sealed to `desk_key`; None takes none."""
        self._connection = connection
        self._desk_key = desk_key
        self._openers: tuple[Opener, ...] = ()

    def seal_to(self, desk_key: Recipient) -> None:
        """Seal drafts to this key from now on."""
        self._desk_key = desk_key

    def open_with(self, openers: Sequence[Opener]) -> None:
        """Open drafts with these keys from now on; without any nothing is found."""
        self._openers = tuple(openers)

    def save(self, draft: DraftRow) -> None:
        """Write a draft over its older self. Raises DeskKeyMissing when there is nobody to seal it to."""
        if self._desk_key is None:
            raise DeskKeyMissing("no agent can open this desk, so no draft can be kept")
        self._connection.execute(
            "INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                draft.id,
                draft.agent,
                draft.item_code,
                draft.item_version,
                draft.case_no,
                draft.saved_ms,
                seal_to(self._desk_key, draft.held, _context(draft.id)),
            ),
        )

    def bind(self, draft_id: str, case_no: str) -> None:
        """Note the case that a one-time notice was given for; the draft waits for its materials."""
        self._connection.execute("UPDATE draft SET case_no = ? WHERE id = ?", (case_no, draft_id))

    def discard(self, draft_id: str) -> None:
        """Forget a draft: it was taken in, or the agent threw it away."""
        self._connection.execute("DELETE FROM draft WHERE id = ?", (draft_id,))

    def get(self, draft_id: str) -> DraftRow | None:
        """Return one draft; None when there is none, or none that can be read here and now."""
        found = self._connection.execute("SELECT * FROM draft WHERE id = ?", (draft_id,)).fetchone()
        return self._opened(found) if found else None

    def of_case(self, case_no: str) -> DraftRow | None:
        """Return the draft that waits for materials under a case number."""
        found = self._connection.execute("SELECT * FROM draft WHERE case_no = ?", (case_no,)).fetchone()
        return self._opened(found) if found else None

    def of_agent(self, agent: str) -> list[DraftRow]:
        """Return an agent's drafts, newest first."""
        found = self._connection.execute(
            "SELECT * FROM draft WHERE agent = ? ORDER BY saved_ms DESC LIMIT 50", (agent,)
        )
        return [draft for row in found if (draft := self._opened(row)) is not None]

    def of_item(self, item_code: str) -> list[DraftRow]:
        """Return everybody's drafts for an item, newest first."""
        found = self._connection.execute(
            "SELECT * FROM draft WHERE item_code = ? ORDER BY saved_ms DESC LIMIT 200", (item_code,)
        )
        return [draft for row in found if (draft := self._opened(row)) is not None]

    def _opened(self, row: tuple[typing.Any, ...]) -> DraftRow | None:
        draft = DraftRow(*row)
        for opener in self._openers:  # the present key first: only drafts older than a rotation need another
            try:
                return replace(draft, held=opener.open(draft.held, _context(draft.id)))
            except SealBroken:
                continue
        return None


def _context(draft_id: str) -> bytes:
    return b"sunpoint 1 draft" + draft_id.encode()
