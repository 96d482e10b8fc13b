"""What the county gives to a terminal that takes the place of another: its open cases, and all that happened there."""

from __future__ import annotations

from typing import Annotated

from sync.model.facts.declaration import CaseMove, Fact, Kind, fact
from sync.model.facts.parts import ChainEnd
from sync.model.facts.words import Author
from sync.model.plain import Body, Plain


@fact(Kind.CASE_GIVEN)
class CaseGiven(CaseMove, frozen=True, kw_only=True):
    """From here on the case is that of the terminal to which this is written; its records so far were told before.

    `terminal` is the number of that terminal at the point, and `times` how often the case has changed hands, from 1.
    `until` lists the terminals' chains that had the case before, each up to its last record that counts: they stand in
    front of this in the order of the list, and nothing that comes of them later moves the case before the county has
    said this once more. The fact seen is of the chain of the terminal that has the case now.
    """

    terminal: Annotated[str, Plain(0)]
    times: Annotated[int, Plain(1)]
    until: Annotated[tuple[ChainEnd, ...], Plain(2)] = ()


@fact(Kind.RECORD_GIVEN)
class RecordGiven(Fact, frozen=True, kw_only=True):
    """A record of a case, as somebody wrote it before the case was given to this terminal.

    `author` is whose chain it is from, `header` its header as it was signed. `body` are the bytes of its opened body
    (`sync.giving`), none where there is none, where it was erased, or where no desk reads it.
    """

    author: Annotated[Author, Plain(0)]
    header: Annotated[bytes, Plain(1)]
    body: Annotated[bytes, Body(0)] = b""
