"""What clerks do at the console that is worth a line in the book. Pure."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class What(StrEnum):
    """Kinds of deeds."""

    LOGGED_IN = "logged_in"
    LOGIN_REFUSED = "login_refused"
    LOCKED_OUT = "locked_out"
    LOGGED_OUT = "logged_out"
    OPENED = "opened"  # looked at personal data
    ACTED = "acted"
    REFUSED = "refused"  # tried what is not theirs to do


class Deed(Struct, frozen=True):
    """One line of the book: who did or tried what, when (milliseconds since 1970 UTC), about which case."""

    at_ms: int
    clerk: str
    what: What
    case_no: str | None = None
    detail: str = ""
