"""What the kiosk knows by heart of the people in its cases, never on the disk: while the desk is open their names and
whether an identity number is theirs, and for their questions after it was locked only whether four signs are its last.

Numbers are kept as HMACs under a key of this run of the program, which nobody else learns.
"""

from __future__ import annotations

import hmac
import os

from sync.model.facts import Person

LAST = 4


class People:
    """Names and marks by case number."""

    def __init__(self) -> None:
        """Know nobody."""
        self._key = os.urandom(32)
        self._marks: dict[str, bytes] = {}
        self._whole_marks: dict[str, bytes] = {}
        self._names: dict[str, str] = {}
        self.everybody = False
        """Whether every case that is here has been learned."""

    def learn(self, case_no: str, person: Person) -> None:
        """Learn who a case is about."""
        self._names[case_no] = person.name
        if person.identity_number is not None:
            self._marks[case_no] = self._mark(case_no, person.identity_number[-LAST:])
            self._whole_marks[case_no] = self._mark(case_no, person.identity_number)

    def fits(self, case_no: str, last_four: str) -> bool | None:
        """Whether the applicant's identity number ends like this; None for a case that was never learned."""
        if case_no not in self._marks:
            return False if self.everybody else None
        return hmac.compare_digest(self._marks[case_no], self._mark(case_no, last_four))

    def knows(self, case_no: str) -> bool:
        """Whether it was learned who a case is about since the desk was opened."""
        return case_no in self._names

    def is_of(self, case_no: str, identity_number: str) -> bool:
        """Whether a case is about who has this identity number; False while the desk is locked."""
        mark = self._whole_marks.get(case_no, b"")
        return hmac.compare_digest(mark, self._mark(case_no, identity_number))

    def called(self, part: str) -> frozenset[str]:
        """Return the cases of applicants whose name contains `part`; none while the desk is locked."""
        return frozenset(case_no for case_no, name in self._names.items() if part in name)

    def name(self, case_no: str) -> str:
        """Return the applicant's name, "" when it is not known or the desk is locked."""
        return self._names.get(case_no, "")

    def lock(self) -> None:
        """Forget what only an open desk may know."""
        self._names.clear()
        self._whole_marks.clear()

    def _mark(self, case_no: str, signs: str) -> bytes:
        return hmac.digest(self._key, f"{case_no} {signs.upper()}".encode(), "sha256")
