"""Who is in, what was brought lately, and where the answers lie until they are fetched."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from pathlib import Path

from msgspec import Struct

from sync import passwords
from sync.clock import Clock
from sync.durable import replace_file
from sync.import_page.carrier import Carried
from sync.import_page.config import Member

SESSION_MS = 8 * 3600 * 1000
VISITS_KEPT = 50
_TRIES_KEPT = 1000


class MustWait(Exception):
    """Too many wrong passwords; `wait_ms` says how long."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__(f"wait {wait_ms} ms")
        self.wait_ms = wait_ms


class Brought(Struct, frozen=True):
    """One file that was brought. `answer` is where its answer lies, None when there is none."""

    file: str
    carried: Carried
    answer: Path | None


class Visit(Struct, frozen=True):
    """What one person brought at once. `at_ms` by this machine's clock."""

    id: str
    who: str
    at_ms: int
    files: tuple[Brought, ...]


class Sessions:
    """Who is logged in. Tokens are kept as hashes; a restart logs everybody out."""

    def __init__(self, staff: dict[str, Member], clock: Clock) -> None:
        self._staff = staff
        self._clock = clock
        self._open: dict[bytes, tuple[Member, int]] = {}
        self._wrong: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def log_in(self, name: str, password: str) -> str | None:
        """Return a session's token, None for a wrong name or password. Raises MustWait."""
        now_ms = self._clock.boot_ms()
        with self._one_at_a_time:
            wrong, until_ms = self._wrong.get(name, (0, 0))
            if now_ms < until_ms:
                raise MustWait(until_ms - now_ms)
            # Counted before it is looked at: many at once get no more tries than one after the other.
            self._wrong[name] = (wrong + 1, now_ms + passwords.wait_ms(wrong + 1))
            self._wrong.move_to_end(name)
            while len(self._wrong) > _TRIES_KEPT:
                self._wrong.popitem(last=False)
        member = self._staff.get(name)
        if not passwords.fits(password, member.verifier if member else None) or member is None:
            return None
        token = secrets.token_urlsafe(32)
        with self._one_at_a_time:
            self._wrong.pop(name, None)
            self._open = {key: held for key, held in self._open.items() if held[1] > now_ms}
            self._open[_hash(token)] = (member, now_ms + SESSION_MS)
        return token

    def who(self, token: str) -> Member | None:
        """Return whose session a token is."""
        held = self._open.get(_hash(token))
        return held[0] if held is not None and held[1] > self._clock.boot_ms() else None

    def log_out(self, token: str) -> None:
        """End a session."""
        with self._one_at_a_time:
            self._open.pop(_hash(token), None)


class Visits:
    """The last things that were brought, with their answers as files, which are sealed."""

    def __init__(self, answers: Path, clock: Clock) -> None:
        self._answers = answers
        self._clock = clock
        self._kept: OrderedDict[str, Visit] = OrderedDict()
        self._one_at_a_time = threading.Lock()
        answers.mkdir(mode=0o700, exist_ok=True)
        for left in answers.glob("*.sun"):
            left.unlink()

    def keep(self, who: Member, files: list[tuple[str, Carried]]) -> Visit:
        """Keep what was brought, and forget the oldest. Raises OSError."""
        brought = tuple(Brought(name, carried, self._put(carried.down)) for name, carried in files)
        visit = Visit(secrets.token_urlsafe(12), who.shown_as, self._clock.wall_ms(), brought)
        with self._one_at_a_time:
            self._kept[visit.id] = visit
            while len(self._kept) > VISITS_KEPT:
                _, old = self._kept.popitem(last=False)
                for each in old.files:
                    if each.answer is not None:
                        each.answer.unlink(missing_ok=True)
        return visit

    def get(self, visit_id: str) -> Visit | None:
        """Return what was brought at once."""
        return self._kept.get(visit_id)

    def lately(self) -> list[Visit]:
        """Return what was brought lately, newest first."""
        with self._one_at_a_time:
            return list(reversed(self._kept.values()))[:10]

    def _put(self, down: bytes) -> Path | None:
        if not down:
            return None
        path = self._answers / f"{secrets.token_hex(16)}.sun"
        replace_file(path, down, mode=0o600)
        return path


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
