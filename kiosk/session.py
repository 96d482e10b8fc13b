"""A visitor's session: the one object that owns everything personal.

Ending a session is letting go of the object; nothing personal may be kept anywhere else. An agent's draft outlives it
in the journal's file, sealed to the desk.
"""

from __future__ import annotations

import typing

from msgspec import Struct, field

from kiosk.i18n import LANGUAGES, Sentence
from kiosk.views import Level
from sync import cbor
from sync.agent_card import AgentCard
from sync.model.facts import AttachmentAdded, IdentityFrom, MaterialState, ReceiptVerdict, Strokes, Urgency
from sync.model.plain import PlainValue
from sync.model.receipt import ReceiptToken

_DRAFT_LIMITS = cbor.Limits(64 * 1024, values_max=5_000)


class Application(Struct):
    """An application while it is filled in. `typed` is text as it was typed, by field; options are kept as codes.

    `from_card` is what identity cards said, by field, and `why_typed` why none was read although the item wants one.
    `attachments` are sealed and on the disk already, named by nothing but this; `showing` is the material that the next
    one is for, `taken` which file of a stick became which, by digest. `shown_doubles` are cases and drafts of the same
    matter and person that the agent was shown and went on from.
    """

    draft_id: str
    item_code: str
    item_version: int
    urgency: Urgency = Urgency.ORDINARY
    case_no: str | None = None
    has: dict[str, bool] = field(default_factory=dict)
    typed: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    from_card: dict[str, str] = field(default_factory=dict)
    why_typed: IdentityFrom | None = None
    marks: dict[str, MaterialState] = field(default_factory=dict)
    signature: Strokes = ()
    place: str = "checklist"
    changed_form: tuple[str, ...] = ()
    attachments: list[AttachmentAdded] = field(default_factory=list)
    showing: str = ""
    taken: dict[str, bytes] = field(default_factory=dict)
    shown_doubles: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """What a draft holds. The signature is not part of it: it is asked again, for what was really submitted."""
        held: dict[str, PlainValue] = {
            "urgency": self.urgency.value,
            "has": {code: int(each) for code, each in self.has.items()},
            "typed": dict(self.typed),
            "from_card": dict(self.from_card),
            "why_typed": self.why_typed.value if self.why_typed is not None else "",
            "marks": {code: each.value for code, each in self.marks.items()},
            "place": self.place,
            "shown_doubles": self.shown_doubles,
            "attachments": tuple(
                (each.digest, each.size, each.key, each.name, each.media_type, each.material)
                for each in self.attachments
            ),
        }
        return cbor.encode(held)

    def fill(self, held: bytes) -> None:
        """Take back what a draft held."""
        plain = typing.cast("dict[str, typing.Any]", cbor.decode(held, _DRAFT_LIMITS))
        self.urgency = Urgency(plain["urgency"])
        self.has = {code: bool(each) for code, each in plain["has"].items()}
        self.typed = dict(plain["typed"])
        # Drafts of an older version hold neither, and no `shown_doubles`.
        self.from_card = dict(plain.get("from_card", {}))
        self.why_typed = IdentityFrom(plain["why_typed"]) if plain.get("why_typed") else None
        self.marks = {code: MaterialState(each) for code, each in plain["marks"].items()}
        self.place = plain["place"]
        self.shown_doubles = tuple(plain.get("shown_doubles", ()))
        self.attachments = [
            AttachmentAdded(digest=digest, size=size, key=key, name=name, media_type=kind, material=material)
            # Drafts of an older version hold none.
            for digest, size, key, name, kind, material in plain.get("attachments", ())
        ]


class Query(Struct):
    """What somebody asks about: the case number's last 13 characters and the last four of the identity number.

    Or a receipt that was scanned, and what it is worth, in the place of the number.
    """

    number: str = ""
    last_four: str = ""
    found: str | None = None
    paper: ReceiptToken | None = None
    verdict: ReceiptVerdict | None = None


class Looking(Struct):
    """Where somebody is in the guide; `paper_seq` is the guide or checklist that was printed last."""

    way: str = "theme"
    group: str = ""
    words: str = ""
    seeking: str = ""
    item_code: str = ""
    paper_seq: int | None = None


class Entry(Struct):
    """What is typed at a small place: a reason, a receiver, a day; and a signature."""

    texts: dict[str, str] = field(default_factory=dict)
    signature: Strokes = ()


class Admission(Struct):
    """Somebody who is let in: their new PIN as first typed, and the card once it is made."""

    agent: str
    name: str
    first: str = ""
    card: AgentCard | None = None


class Answer(Struct, frozen=True):
    """What is said over the place to somebody who has scanned a code: a short sentence, and what helps."""

    said: Sentence
    helps: Sentence


class CardSaid(Struct, frozen=True):
    """What was last said of the card of a person of the form; `of_reader`: of the reader, until it is well again."""

    whose: str
    level: Level
    sentence: Sentence
    of_reader: bool = False


class AgentAtDesk(Struct):
    """The agent who unlocked the desk. The list's filter and the chosen case belong to the shift, not to the agent."""

    id: str
    name: str
    filter: str = "due"
    chosen: str | None = None


class Session(Struct):
    """Everything that belongs to the people who stand here now."""

    language: str = LANGUAGES[0]
    text_size: str = "standard"
    agent: AgentAtDesk | None = None
    pin: str = ""
    card: AgentCard | None = None
    admission: Admission | None = None
    looking: Looking = field(default_factory=Looking)
    query: Query = field(default_factory=Query)
    application: Application | None = None
    case_no: str | None = None
    entry: Entry = field(default_factory=Entry)
    focus: str = ""
    errors: dict[str, Sentence] = field(default_factory=dict)
    said: Sentence | None = None
    said_level: Level = Level.NOTICE
    scan_answer: Answer | None = None
    slip_seq: int | None = None
    card_said: CardSaid | None = None
    saved_ms: int | None = None
    thanked: bool = False
    touched: bool = False
