"""Moves that cross while the line is down: the same end at both ends, and a sentence for the people."""

from __future__ import annotations

from kiosk.intents import Do, Next, Open, Sign, Typed
from kiosk.views import Intent
from sync.model.facts import Kind
from sync.model.transitions import CROSSINGS
from tests.kiosk.journeys import SIGN_IN, SIGNATURE, TAKE_IN, TAKE_IN_ANOTHER
from tests.village.ends import Ends, check_equal
from tests.village.scene import Scene
from tests.village.story import REASONS


def take_in(scene: Scene, journey: tuple[Intent, ...]) -> str:
    """Take an application in and return its number."""
    scene.counter.do(*journey)
    number = scene.counter.case_no
    scene.counter.do(Do("done"))
    return number


def withdraw(scene: Scene, number: str) -> None:
    """The applicant withdraws at the counter."""
    counter = scene.counter
    counter.do(Open("case", number), Open("withdraw", number))
    counter.do(Typed("reason", "不想办了"), Sign("signature", SIGNATURE), Next())
    assert counter.place == "slip"
    counter.do(Next())


def test_a_withdrawal_that_crosses_the_countys_move_ends_the_same_at_both_ends(scene: Scene) -> None:
    """One crosses a decision, which holds; one crosses an acceptance, and holds itself."""
    scene.start("gateway", "county", "sync")
    counter, ends = scene.counter, Ends(scene.stage)
    counter.do(*SIGN_IN)
    decided, accepted = take_in(scene, TAKE_IN), take_in(scene, TAKE_IN_ANOTHER)
    scene.act("civil-intake", decided, "accept")
    scene.until_at_the_county(accepted, "受理")
    scene.until_all_is_told()

    scene.stop("gateway")
    counter.until_on_the_strip("线路不通")
    withdraw(scene, decided)
    withdraw(scene, accepted)
    scene.act("civil-decider", decided, "decide", outcome="approved", reasons=REASONS)
    scene.act("civil-intake", accepted, "accept")
    assert (ends.status_at_desk(decided), ends.status_at_county(decided)) == ("withdrawn", "decided")
    assert (ends.status_at_desk(accepted), ends.status_at_county(accepted)) == ("withdrawn", "accepted")

    scene.start("gateway")
    scene.until_all_is_told()
    check_equal(ends)
    assert ends.status_at_desk(decided) == ends.status_at_county(decided) == "decided"
    assert ends.status_at_desk(accepted) == ends.status_at_county(accepted) == "withdrawn"
    for number, crossed in ((decided, Kind.CASE_DECIDED), (accepted, Kind.CASE_ACCEPTED)):
        sentence = CROSSINGS[Kind.CASE_WITHDRAWN, crossed].sentence
        counter.do(Open("case", number))
        assert sentence in repr(counter.desk.detail)
        assert sentence in scene.console("supervisor").get(f"/cases/{number}")
