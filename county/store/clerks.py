"""Clerks, their sessions and wrong passwords, and the book of what they did."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3

from county.deeds import Deed, What
from county.duties import Clerk, Duty
from county.store.database import Database
from sync.passwords import wait_ms

SESSION_IDLE_MS = 30 * 60_000
SESSION_LIFE_MS = 10 * 3_600_000
OPENING_MS = 10 * 60_000
_FORGOTTEN_MS = 24 * 3_600_000
_SECRET_BYTES = 32
_DEEDS_SHOWN = 200


class NameTaken(ValueError):
    """A clerk of this name is there already."""


class LockedOut(Exception):
    """Too many wrong passwords; `wait_ms` milliseconds are still to wait."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"locked for {wait} ms")
        self.wait_ms = wait


class ClerkBook:
    """Who may enter the console, who is in, and what they did there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, clerk: Clerk, verifier: str, now_ms: int) -> None:
        """Add a clerk. Raises NameTaken."""
        with self._database.writing() as connection:
            try:
                connection.execute(
                    "INSERT INTO clerks (name, shown_as, duty, department, verifier, added_ms)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (clerk.name, clerk.shown_as, clerk.duty.value, clerk.department, verifier, now_ms),
                )
            except sqlite3.IntegrityError as taken:
                raise NameTaken(f"there is a clerk called {clerk.name} already") from taken

    def form_secret(self) -> bytes:
        """Return the secret that this store's form tokens are made with; made at first use, kept across restarts."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO settings (name, value) VALUES ('form-secret', ?) ON CONFLICT (name) DO NOTHING",
                (secrets.token_bytes(_SECRET_BYTES),),
            )
            row = connection.execute("SELECT value FROM settings WHERE name = 'form-secret'").fetchone()
        secret: bytes = row["value"]
        return secret

    def find(self, name: str) -> tuple[Clerk, str] | None:
        """Return a clerk and the verifier of the password, None when nobody has the name."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM clerks WHERE name = ?", (name,)).fetchone()
        return None if row is None else (_clerk(row), row["verifier"])

    def names(self) -> dict[str, str]:
        """Return the clerks' names as people write them, by log-in name."""
        with self._database.reading() as connection:
            return {row["name"]: row["shown_as"] for row in connection.execute("SELECT name, shown_as FROM clerks")}

    def count_try(self, name: str, now_ms: int) -> int:
        """Count a try as wrong before the password is looked at, and return how many in a row; `forgive` forgets them.

        Counted first, so that many guesses at the same moment are as many tries.

        Raises:
            LockedOut: the name has to wait; the try is not counted.
        """
        with self._database.writing() as connection:
            connection.execute("DELETE FROM attempts WHERE last_ms < ?", (now_ms - _FORGOTTEN_MS,))
            row = connection.execute("SELECT wrong, last_ms FROM attempts WHERE name = ?", (name,)).fetchone()
            wrong = 0 if row is None else row["wrong"]
            # A clock that was set back must not lengthen the wait.
            passed = max(now_ms - row["last_ms"], 0) if row is not None else 0
            left = wait_ms(wrong) - passed
            if left > 0:
                raise LockedOut(left)
            connection.execute(
                "INSERT INTO attempts (name, wrong, last_ms) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET wrong = excluded.wrong, last_ms = excluded.last_ms",
                (name, wrong + 1, now_ms),
            )
            return wrong + 1

    def forgive(self, name: str) -> None:
        """Forget the wrong tries of a name: the password was right."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM attempts WHERE name = ?", (name,))

    def open_session(self, clerk: Clerk, now_ms: int) -> str:
        """Begin a session; the token returned is for the cookie and is kept only as its hash."""
        token = secrets.token_urlsafe(_SECRET_BYTES)
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM sessions WHERE used_ms < ? OR began_ms < ?",
                (now_ms - SESSION_IDLE_MS, now_ms - SESSION_LIFE_MS),
            )
            connection.execute(
                "INSERT INTO sessions (token_hash, clerk, began_ms, used_ms) VALUES (?, ?, ?, ?)",
                (_hashed(token), clerk.name, now_ms, now_ms),
            )
        return token

    def session(self, token: str, now_ms: int) -> Clerk | None:
        """Return whose session a token is and note that it is used, None when there is none or it has run out."""
        with self._database.writing() as connection:
            row = connection.execute(
                "UPDATE sessions SET used_ms = ? WHERE token_hash = ? AND used_ms >= ? AND began_ms >= ?"
                " RETURNING clerk",
                (now_ms, _hashed(token), now_ms - SESSION_IDLE_MS, now_ms - SESSION_LIFE_MS),
            ).fetchone()
            if row is None:
                return None
            return _clerk(connection.execute("SELECT * FROM clerks WHERE name = ?", (row["clerk"],)).fetchone())

    def close_session(self, token: str) -> None:
        """End a session, and everything that was opened in it."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE token_hash = ?", (_hashed(token),))

    def open_case(self, token: str, clerk: Clerk, case_no: str, now_ms: int) -> None:
        """Show the personal data of a case in this session for `OPENING_MS`; the book says so first."""
        with self._database.writing() as connection:
            write_deed(connection, Deed(now_ms, clerk.name, What.OPENED, case_no, ""))
            connection.execute(
                "INSERT INTO openings (token_hash, case_no, at_ms) VALUES (?, ?, ?)"
                " ON CONFLICT (token_hash, case_no) DO UPDATE SET at_ms = excluded.at_ms",
                (_hashed(token), case_no, now_ms),
            )

    def has_opened(self, token: str, case_no: str, now_ms: int) -> bool:
        """Whether the personal data of a case is open in this session."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT 1 FROM openings WHERE token_hash = ? AND case_no = ? AND at_ms BETWEEN ? AND ?",
                (_hashed(token), case_no, now_ms - OPENING_MS, now_ms),
            ).fetchone()
        return row is not None

    def write(self, deed: Deed) -> None:
        """Write a line into the book."""
        with self._database.writing() as connection:
            write_deed(connection, deed)

    def deeds(self, case_no: str | None = None) -> list[Deed]:
        """Return the newest lines of the book, of one case or of all, newest first."""
        clause = "" if case_no is None else "WHERE case_no = ?"
        parameters = () if case_no is None else (case_no,)
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM deeds {clause} ORDER BY id DESC LIMIT {_DEEDS_SHOWN}",  # noqa: S608 - both fixed above
                parameters,
            ).fetchall()
        return [Deed(row["at_ms"], row["clerk"], What(row["what"]), row["case_no"], row["detail"]) for row in rows]


def write_deed(connection: sqlite3.Connection, deed: Deed) -> None:
    """Write a line into the book inside an open transaction, so that deed and effect are there together."""
    connection.execute(
        "INSERT INTO deeds (at_ms, clerk, what, case_no, detail) VALUES (?, ?, ?, ?, ?)",
        (deed.at_ms, deed.clerk, deed.what.value, deed.case_no, deed.detail),
    )


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _clerk(row: sqlite3.Row) -> Clerk:
    return Clerk(name=row["name"], duty=Duty(row["duty"]), department=row["department"], shown_as=row["shown_as"])
