"""The main job as a list of small acts, each begun and ended with every program as it happens to be.

李秀兰's application is taken in while the line is down and rated; the line comes up; the county accepts, asks for a
paper, approves and makes the result ready; it is handed over, and the county closes the case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.intents import Choose, Do, Next, Open, Sign, Typed
from sync.model.facts import Kind
from tests.kiosk.journeys import SIGN_IN, SIGNATURE, TAKE_IN
from tests.village.ends import Ends, check_equal, kinds
from tests.village.scene import Scene

SUPPLEMENT = "赡养协议或无子女证明"
REASONS = "年满八十周岁，户籍和居住情况属实，符合高龄津贴发放条件。"
RESULT = "高龄津贴发放通知书"
SATISFIED_KEY, SATISFIED_LEVEL = 2, 4
PRINTED = "已打印"


@dataclass(frozen=True, slots=True)
class Blow:
    """kill -9 of a program in an act, after somebody has looked `looks` times whether what they wait for is there; at
    the end of the act when nobody waits so long. It is started again at once.

    With `frozen_s` it is not killed but stopped for so many seconds (SIGSTOP), and goes on as if nothing had been.
    """

    program: str
    act: str
    looks: int
    frozen_s: float = 0.0


@dataclass
class Story:
    """The acts, in order. `case_no` is known after the first."""

    scene: Scene
    case_no: str = ""

    @property
    def acts(self) -> tuple[Callable[[], None], ...]:
        """Everything that happens."""
        return (
            self.take_in,
            self.rate,
            self.line_up,
            self.accept,
            self.ask_for_paper,
            self.bring_paper,
            self.approve,
            self.hand_over,
            self.close,
        )

    def take_in(self) -> None:
        """The application is taken in and its receipt printed."""
        counter = self.scene.counter
        counter.until_devices_work()
        counter.do(*SIGN_IN, *TAKE_IN)
        assert counter.place == "receipt"
        self.case_no = counter.case_no
        self._until_printed()
        assert self.case_no in only_letters(self.scene.papers()[0]["text"])

    def rate(self) -> None:
        """The villager presses 满意 on the pad."""
        counter = self.scene.counter
        counter.do(Next())
        counter.until(lambda: "按一个键" in repr(counter.seen.view), "the question")
        self.scene.press_pad(SATISFIED_KEY)
        counter.until(lambda: "谢谢您的评价" in repr(counter.seen.view), "thanks")
        counter.do(Do("done"))

    def line_up(self) -> None:
        """The gateway comes up and what was queued arrives."""
        self.scene.start("gateway")
        self.scene.until_all_is_told()

    def accept(self) -> None:
        """The county accepts."""
        self.scene.until_at_the_county(self.case_no, "受理")
        self.scene.act("civil-intake", self.case_no, "accept")
        self._until_status("accepted")

    def ask_for_paper(self) -> None:
        """The county asks for a paper."""
        self.scene.act("civil-intake", self.case_no, "require-supplement", wanted=SUPPLEMENT, due="2026-12-04", note="")
        self._until_status("supplement_required")

    def bring_paper(self) -> None:
        """The applicant brings it."""
        counter = self.scene.counter
        counter.do(Open("case", self.case_no), Open("supplement", self.case_no))
        assert SUPPLEMENT in repr(counter.page)
        counter.do(Choose("0", "original_seen"), Next())
        self._until_printed()
        counter.do(Next())

    def approve(self) -> None:
        """The county approves and makes the result ready."""
        scene = self.scene
        scene.act("civil-decider", self.case_no, "decide", outcome="approved", reasons=REASONS)
        scene.act("civil-intake", self.case_no, "mark-ready", result_name=RESULT)
        self._until_status("ready")

    def hand_over(self) -> None:
        """The result is handed over against a signature."""
        counter = self.scene.counter
        counter.do(Open("case", self.case_no), Open("deliver", self.case_no))
        assert REASONS in repr(counter.page)
        counter.do(Typed("receiver", "李秀兰"), Sign("signature", SIGNATURE), Next())
        self._until_printed()
        counter.do(Do("done") if counter.page.main is None else Next())

    def close(self) -> None:
        """The county closes the case."""
        self.scene.act("civil-intake", self.case_no, "close")
        self._until_status("closed")
        self.scene.until_all_is_told()

    def tell(self, *blows: Blow) -> None:
        """Let everything happen, with programs killed on the way."""
        for act in self.acts:
            left = [blow for blow in blows if blow.act == act.__name__]
            looks = 0

            def break_in(left: list[Blow] = left) -> None:
                nonlocal looks
                looks += 1
                while left and left[0].looks <= looks:
                    self._strike(left.pop(0))

            self.scene.counter.meanwhile = break_in
            act()
            for blow in left:
                self._strike(blow)

    def _strike(self, blow: Blow) -> None:
        if blow.frozen_s:
            self.scene.freeze(blow.program, blow.frozen_s)
        else:
            self.scene.kill(blow.program)

    def _until_printed(self) -> None:
        counter = self.scene.counter
        counter.until(lambda: PRINTED in repr(counter.seen.view), "a paper that is printed")

    def _until_status(self, status: str) -> None:
        counter = self.scene.counter
        counter.until(lambda: counter.row(self.case_no).status.value == status, f"{status} at the desk")


def only_letters(text: str) -> str:
    """A text without the blanks and dashes that make a number readable."""
    return "".join(sign for sign in text if sign.isalnum())


FACTS_OF_THE_POINT = (
    Kind.CASE_TAKEN_IN,
    Kind.SLIP_ISSUED,
    Kind.SLIP_ENDED,
    Kind.RATING_INVITED,
    Kind.RATING_GIVEN,
    Kind.SUPPLEMENT_RECEIVED,
    Kind.SLIP_ISSUED,
    Kind.SLIP_ENDED,
    Kind.RESULT_DELIVERED,
    Kind.SLIP_ISSUED,
    Kind.SLIP_ENDED,
)
FACTS_OF_THE_COUNTY = (
    Kind.CASE_ACCEPTED,
    Kind.SUPPLEMENT_REQUIRED,
    Kind.CASE_DECIDED,
    Kind.RESULT_READY,
    Kind.CASE_CLOSED,
)


def check_case(ends: Ends, case_no: str) -> None:
    """Check that every fact of the story was written once, and in its order."""
    assert kinds(ends.terminal_records(), case_no) == list(FACTS_OF_THE_POINT)
    assert kinds(ends.county_records(), case_no) == list(FACTS_OF_THE_COUNTY)


def check_end(ends: Ends, case_no: str) -> None:
    """Check that the story has ended as it always does, whatever happened on the way."""
    check_equal(ends)
    check_case(ends, case_no)
    assert ends.status_at_desk(case_no) == ends.status_at_county(case_no) == "closed"
    assert ("taken_in", "given", SATISFIED_LEVEL) in ends.ratings_at_county(case_no)
