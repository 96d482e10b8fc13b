"""Every slip that a point can print, as a printer of a given width prints it: for tests, and to be looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from devices.printer.document import Slip
from devices.printer.encoder import encode
from devices.printer.profile import Profile
from devices.sim.escpos_reader import EscPosReader
from devices.sim.paper import PaperRoll
from devices.typeface import Typeface
from kiosk.assets import Assets
from kiosk.context import Context
from kiosk.desk import Actor
from kiosk.intents import Choose, Do, Next, Open, Sign, Typed
from kiosk.presenters.self_test import slip_of
from kiosk.printing import Issued
from kiosk.receipts import case_slip, checklist_slip, guide_slip
from kiosk.receipts.agent_card import agent_card_slip
from sync.model.facts import CheckedPart, MaterialMark, MaterialState, SlipKind, SupplementReceived, Verdict
from tests.kiosk.filling import fill_by_sample
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CARD,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    MARK_PAPERS,
    SIGN_IN,
    SIGNATURE,
    TAKE_IN,
)
from tests.kiosk.point import Point

SELF_TESTED = (
    CheckedPart(part="rating_pad", verdict=Verdict.FAULT, reason="key_satisfied_silent"),
    CheckedPart(part="id_reader", verdict=Verdict.NOT_CHECKED, reason="not_configured"),
    CheckedPart(part="touch", verdict=Verdict.OK),
    CheckedPart(part="clock", verdict=Verdict.OK),
    CheckedPart(part="disk", verdict=Verdict.OK),
    CheckedPart(part="network", verdict=Verdict.FAULT, reason="no_line"),
)
FIRST, REPRINT = Issued(1, 0), Issued(2, 1)
ANOTHER_APPLICANT = (Typed("applicant_name", "欧阳建华"), Typed("applicant_id", "990101194503020038"))
Drawn = Callable[[Context, Issued], Slip]


class Printed(Struct, frozen=True):
    """A slip on paper: its lines as they can be read, its picture, and the bytes that went over the wire."""

    text: str
    png: bytes
    wire: bytes

    @property
    def lines(self) -> list[str]:
        """The lines, without the blanks that align them."""
        return [line.strip() for line in self.text.split("\n")]

    @property
    def running(self) -> str:
        """All words without blanks and ends of lines: wrapping hides nothing."""
        return "".join(self.text.split())


def typeface() -> Typeface:
    """The font of the kiosk."""
    return Typeface(Assets.from_environment({}).regular_font)


def printed(slip: Slip, profile: Profile) -> Printed:
    """Print a slip on a simulated printer without a line."""
    face = typeface()
    wire = encode(slip, profile, face).data
    roll = PaperRoll(profile.dots, face)
    for operation in EscPosReader().feed(wire):
        roll.execute(operation)
    piece = roll.look(is_complete=True)
    return Printed(piece.text, piece.png, wire)


class SlipsOfADay:
    """A point where one of each paper can be printed, on a Monday afternoon."""

    def __init__(self, directory: Path) -> None:
        """Take three applications in and do with them what can be done."""
        self.point = point = Point(directory)
        point.do(*SIGN_IN, *TAKE_IN)
        self.taken_in = point.session.case_no or ""
        self._drawn: dict[str, Drawn] = {"receipt": self._of_case(SlipKind.RECEIPT, self.taken_in)}
        point.do(Do("done"))
        self._notice()
        self._delay_supplement_and_withdrawal()
        self._delivery()
        item = point.point_packs.item("elder_allowance")
        assert item is not None
        self._drawn |= {
            "guide": lambda context, _: guide_slip(context, item),
            "checklist": lambda context, _: checklist_slip(context, item),
            "self_test": lambda context, _: slip_of(context, SELF_TESTED),
            "agent_card": lambda context, _: agent_card_slip(context, "王建国", CARD),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """What papers there are."""
        return tuple(self._drawn)

    def slip(self, name: str, issued: Issued = FIRST) -> Slip:
        """Draw a paper by its name."""
        return self._drawn[name](self.point.visit.context, issued)

    def close(self) -> None:
        """Let go of the files."""
        self.point.close()

    def _of_case(self, kind: SlipKind, number: str) -> Drawn:
        return lambda context, issued: case_slip(context, kind, number)(issued)

    def _notice(self) -> None:
        self.point.do(*CHOOSE_ELDER_ALLOWANCE, Choose("household", "missing"), Choose("photo", "missing"), Do("notice"))
        number = self.point.session.case_no or ""
        self._drawn["notice"] = self._of_case(SlipKind.ONE_TIME_NOTICE, number)
        self.point.do(Next())

    def _delay_supplement_and_withdrawal(self) -> None:
        point = self.point
        point.do(*CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE, *ANOTHER_APPLICANT, Next())
        point.do(*MARK_PAPERS, Next(), Sign("signature", SIGNATURE), Next())
        number = point.session.case_no or ""
        point.do(Do("done"), Open("delay", number), Typed("new_day", "2026-12-04"))
        point.do(Typed("reason", "县里核对户籍信息"), Next(), Next())
        marks = (MaterialMark(material="近期一寸照片", state=MaterialState.COPY_TAKEN),)
        point.desk.note(SupplementReceived(materials=marks, note="照片背面写了姓名"), Actor("A01"), number)
        point.do(Open("withdraw", number), Typed("reason", "孩子接去县城住了"))
        point.do(Sign("signature", SIGNATURE), Next(), Next())
        for name, kind in (
            ("delay", SlipKind.DELAY),
            ("supplement", SlipKind.SUPPLEMENT),
            ("withdrawal", SlipKind.WITHDRAWAL),
        ):
            self._drawn[name] = self._of_case(kind, number)

    def _delivery(self) -> None:
        point = self.point
        point.do(Open("new"), Open("item", "legal_advice"))
        item = point.point_packs.item("legal_advice")
        assert item is not None
        fill_by_sample(point, item)
        number = point.session.case_no or ""
        point.do(Next(), Typed("reasons", "已当面解答，并写明可以申请法律援助"), Next())
        point.do(Typed("receiver", "李秀兰"), Sign("signature", SIGNATURE), Next(), Next())
        self._drawn["delivery"] = self._of_case(SlipKind.DELIVERY, number)
