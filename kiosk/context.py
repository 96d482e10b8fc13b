"""What a presenter is given. Everything it may read or ask for comes through here; there is nothing global."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date

from msgspec import Struct

from kiosk.card_desk import CardDesk
from kiosk.desk import CITIZEN, Actor, Desk
from kiosk.documents import DocumentDesk
from kiosk.i18n import EN, Translator
from kiosk.own_views import ScreenView
from kiosk.packs import PointPacks
from kiosk.paper_desk import PaperDesk
from kiosk.printing import PrintRoom
from kiosk.query_guard import QueryGuard
from kiosk.rating import RatingDesk
from kiosk.self_test_room import SelfTestRoom
from kiosk.session import Session
from kiosk.sign_in import SignIn
from kiosk.stick_room import StickRoom
from kiosk.views import Intent
from sync.clock import Clock
from sync.known_day import KnownDay
from sync.model.case_number import parse_case_number
from sync.model.catalogue import ServiceItem
from sync.model.facts import Channel
from sync.terminal import TerminalConfig


class Context(Struct, frozen=True):
    """A visitor's surroundings: the session, the desk, the packs in use, the devices' rooms, the words, the clock."""

    session: Session
    desk: Desk
    packs: PointPacks
    terminal: TerminalConfig
    sign_in: SignIn
    print_room: PrintRoom
    paper_desk: PaperDesk
    rating_desk: RatingDesk
    card_desk: CardDesk
    documents: DocumentDesk
    stick_room: StickRoom
    self_test: SelfTestRoom
    tr: Translator
    clock: Clock
    known_day: KnownDay
    query_guard: QueryGuard
    heard_ms: Callable[[], int | None]
    """When the county was last heard, ms since 1970 UTC; None: never."""
    acknowledged: Callable[[], int]
    """The last seq of this terminal's chain that the county has signed for."""
    waiting: Callable[[], int]
    """How many records of this terminal the county has not signed for."""
    rating_channel: Callable[[], Channel]
    """Where the next rating is asked for: on the pad when it is there, else on the screen."""

    @property
    def today(self) -> date:
        """The county's date that it is at least: everything that is decided by a date is decided by this one."""
        return self.known_day.now().day

    @property
    def counted_from(self) -> date:
        """The county's date from which a limit that begins now is counted."""
        return self.known_day.now().counted_from

    def name_of(self, item: ServiceItem) -> str:
        """Return an item's name for the screen, in the visitor's language where the county gives it.

        Paper has the county's own, which its offices know it by.
        """
        return item.name_en if item.name_en and self.session.language == EN else item.name

    def item_name(self, code: str) -> str:
        """Return the same by an item's code; the code when the catalogue in use does not have it any more."""
        item = self.packs.item(code)
        return self.name_of(item) if item is not None else code

    def believes(self, acted_ms: int, case_no: str) -> bool:
        """Whether the time of something that was done with a case can be right; no other is written on paper."""
        return self.known_day.now().believes(acted_ms, parse_case_number(case_no).day)

    @property
    def actor(self) -> Actor:
        """Who acts now: the agent at the desk, else a citizen."""
        agent = self.session.agent
        return Actor(agent.id) if agent is not None else CITIZEN

    @property
    def said(self) -> str:
        """What whoever stands here was told last, in the language of now; "" when nothing."""
        said = self.session.said
        return said(self.tr) if said is not None else ""

    def error(self, code: str) -> str:
        """Return what is wrong with a field, in the language of now; "" when nothing."""
        wrong = self.session.errors.get(code)
        return wrong(self.tr) if wrong is not None else ""


class Presenter(ABC):
    """One place: makes its view and answers what happens with an outcome.

    An outcome is a word that `kiosk.flow` leads on from, "stay" (show the place again), "lock" (end the session),
    "leave" (and the shift) or None (nothing changed). A presenter keeps nothing of its own: what has to be remembered
    is in the session, the drafts or the journal. It is made anew whenever its place is entered.
    """

    def __init__(self, context: Context) -> None:
        """Stand in `context`."""
        self.context = context
        self.tr = context.tr

    @abstractmethod
    def view(self) -> ScreenView:
        """Return what the screen shows now."""

    @abstractmethod
    def handle(self, intent: Intent) -> str | None:
        """Answer a touch."""

    def told(self, event: object) -> str | None:
        """Answer something that happened without a touch; most places have nothing to say to it."""
        del event
        return None
