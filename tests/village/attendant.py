"""An agent at the real window who goes on from wherever the screen stands: also after the kiosk was killed.

At every turn the agent looks at which place is on the screen and does what leads nearer to the goal. What has been
filled in already is looked up in the draft that the kiosk has saved.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import requests

from kiosk.projections.drafts import Drafts
from sync import cbor
from sync.model.facts import Kind
from tests.demo_desk import opened
from tests.tour.hands import LINE_UP_S, Hands
from tests.tour.walk import COUNTY_REASONS, IDENTITY, SIGNATURE, SUPPLEMENT
from tests.tour.window import NotOnTheScreen
from tests.village.ends import Ends, kinds

ITEM_LETTERS = "gljt"
TURNS_MAX = 60
PLACES = {
    "材料带齐了吗？": "checklist",
    "请核对一遍": "review",
    "收件好了": "receipt",
    "收补充材料": "supplement",
    "送达结果": "deliver",
    "单据": "slip",
}
"""Title of a page → which place it is. Those of the form and of the marks stand in the list of steps, too."""
FORM = (
    ("applicant_name", "李秀兰"),
    ("applicant_id", IDENTITY),
    ("applicant_region", "990101102203001"),
    ("applicant_phone", "00055500123"),
    ("living", "alone"),
    ("health", "self"),
    ("bank_name", "rcu"),
    ("bank_account", "6200000000000001"),
    ("account_name", "李秀兰"),
    ("filled_by", "self"),
)
TYPED = {"applicant_name", "applicant_id", "applicant_phone", "bank_account", "account_name"}
UNDER_THE_KEYS = {"living"}
"""What the keys hide while they are up: they are put away first."""
LETTERS = {"李秀兰": "lixiulan"}
MARKS = {"id_card": "original_seen", "household": "copy_taken", "bank": "copy_taken", "photo": "promised"}
SATISFIED_KEY = 2
REACTION_S = 0.6


@dataclass(frozen=True, slots=True)
class Death:
    """The kiosk dies in the agent's turn number `turn`, so many seconds after the turn's last touch."""

    turn: int
    after_s: float


@dataclass
class Attendant(Hands):
    """Does the main job at the window. `turns` counts what was done; `death` is when the kiosk is killed, if ever."""

    death: Death | None = None
    turns: list[str] = field(default_factory=list)

    @property
    def ends(self) -> Ends:
        """What the programs have written."""
        return Ends(self.stage)

    # --- goals ------------------------------------------------------------------------------------------------------

    def take_in(self) -> None:
        """The application is taken in."""
        self._go_on("take_in", lambda: Kind.CASE_TAKEN_IN in self._written())
        [self.case_no] = {
            record.header.case_no or ""
            for record in self.ends.terminal_records()
            if record.header.kind == Kind.CASE_TAKEN_IN
        }

    def rate(self) -> None:
        """The villager rates, unless the kiosk died before they could be asked."""
        self._go_on("rate", lambda: self.place() in ("home", "desk"))

    def bring_paper(self) -> None:
        """The paper that the county wants is brought."""
        self._go_on("supplement", lambda: Kind.SUPPLEMENT_RECEIVED in self._written())

    def hand_over(self) -> None:
        """The result is handed over."""
        self._go_on("deliver", lambda: Kind.RESULT_DELIVERED in self._written())

    def line_up(self) -> None:
        """The gateway comes up, and the county gets what was queued."""
        self.stage.start("gateway")
        self.stage.wait_ready("gateway")
        self.wait_county(self.case_no)

    def county_asks(self) -> None:
        """The county accepts and asks for a paper."""
        console = self.clerk("civil-intake")
        console.act(self.case_no, "accept")
        console.act(self.case_no, "require-supplement", wanted=SUPPLEMENT, due="2026-12-04", note="")
        self._until_status("supplement_required")

    def county_approves(self) -> None:
        """The county decides and makes the result ready."""
        decider = self.clerk("civil-decider")
        self.until(lambda: "do/decide" in decider.get(f"/cases/{self.case_no}"), "the paper at the county")
        decider.act(self.case_no, "decide", outcome="approved", reasons=COUNTY_REASONS)
        self.clerk("civil-intake").act(self.case_no, "mark-ready", result_name="高龄津贴发放通知书")
        self._until_status("ready")

    def county_closes(self) -> None:
        """The county closes the case."""
        intake = self.clerk("civil-intake")
        self.until(lambda: "do/close" in intake.get(f"/cases/{self.case_no}"), "the delivery at the county")
        intake.act(self.case_no, "close")
        self._until_status("closed")

    def until_all_is_told(self) -> None:
        """Wait until every paper has ended and each end has what the other has written."""
        self.until(lambda: not self.ends.open_papers(), "the end of the last paper")
        self.until(self.ends.settled, "that both ends have everything")

    # --- turns ------------------------------------------------------------------------------------------------------

    def place(self) -> str:
        """Which place is on the screen."""
        state = self.window.wait(lambda state: bool(state.get("targets")), "a screen")
        if state["screen"] != "page":
            return str(state["screen"])
        marking = any(spot["id"].startswith("mark.") for spot in state["targets"])
        titled = (place for title, place in PLACES.items() if title in state["texts"])
        return next(titled, "marks" if marking else "form")

    def _go_on(self, goal: str, reached: Callable[[], bool]) -> None:
        for _ in range(TURNS_MAX):
            if reached():
                return
            place = self.place()
            self.turns.append(f"{goal}: {place}")
            try:
                getattr(self, f"_at_{place}")(goal)
            except NotOnTheScreen:
                # It died under the agent's hands, or the page had not come yet: look again.
                if self.stage.running("kiosk") and self.place() == place:
                    raise
        raise AssertionError(f"{goal} took too many turns: {self.turns}")

    def _touch_last(self, target: str) -> None:
        """The last touch of a turn: the kiosk may die of it."""
        death = self.death
        if death is None or len(self.turns) != death.turn:
            self.window.tap(target)
            return
        x, y = self.window.bring(target).centre
        self.window._xdotool("mousemove", str(x), str(y), "mousedown", "1", "sleep", "0.04", "mouseup", "1")
        self._die(death)

    def _die(self, death: Death) -> None:
        time.sleep(death.after_s)
        self.death = None
        self.stage.kill("kiosk")
        self.stage.start("kiosk")
        self.stage.wait_ready("kiosk")

    def _at_home(self, _goal: str) -> None:
        self._touch_last("sign_in")

    def _at_sign_in(self, _goal: str) -> None:
        agent = self.setting.agents[0]
        if any(spot["id"] == "by_hand" for spot in self.window.state()["targets"]):
            self.scan_card()
        pin = agent.pin
        for digit in pin[:-1]:
            self.window.tap(f"key.{digit}")
        self._touch_last(f"key.{pin[-1]}")

    def _at_desk(self, goal: str) -> None:
        if goal == "take_in":
            self.window.tap("filter.drafts")
            drafts = [spot["id"] for spot in self.window.state()["targets"] if spot["id"].startswith("draft.")]
            self._touch_last(drafts[0] if drafts else "menu.new")
            return
        self.window.tap("filter.applicant")
        self.window.tap(f"case.{self.case_no}")
        self._touch_last(f"do.{goal}")

    def _at_guide(self, _goal: str) -> None:
        self.window.tap("search")
        self.window.wait_target("key.done")
        for _ in ITEM_LETTERS:  # what an earlier try left there goes first
            self.window.press("BackSpace")
        self.window.keys(ITEM_LETTERS)
        self.window.tap("key.done")
        self._touch_last("item.elder_allowance")

    def _at_checklist(self, _goal: str) -> None:
        for material in MARKS:
            self.window.tap(f"material.{material}.here")
        self._touch_last("next")

    def _at_form(self, _goal: str) -> None:
        held = self._draft()
        for name, value in FORM:
            if held.get(name) == value:
                continue
            if name in TYPED:
                self._write(name, value, str(held.get(name) or ""))
            else:
                if name in UNDER_THE_KEYS:
                    self.close_panel()
                self._touch_last(f"field.{name}.{value}")
            return
        self._touch_last("next")

    def _write(self, name: str, value: str, standing: str) -> None:
        """Write into a field; what an earlier try left there goes first."""
        self.window.tap(f"field.{name}")
        self.window.wait_target("key.done")
        for _ in standing:
            self.window.press("BackSpace")
        if value in LETTERS:
            self.letters(LETTERS[value])
            self.write_name(value)
        else:
            self.window.keys(value)
        self._touch_last("key.done")

    def _at_marks(self, _goal: str) -> None:
        for material, mark in MARKS.items():
            self.window.tap(f"mark.{material}.{mark}")
        self._touch_last("next")

    def _at_review(self, _goal: str) -> None:
        self.window.draw("signature", SIGNATURE)
        self._touch_last("next")

    def _at_receipt(self, goal: str) -> None:
        self._touch_last("next" if goal == "rate" else "done")

    def _at_rating(self, _goal: str) -> None:
        self.until(lambda: self._panel("state")["pad"]["is_asking"], "the pad's lights")
        time.sleep(REACTION_S)
        pressed = requests.post(self.stage.panel_url + "pad/press", json={"key": SATISFIED_KEY}, timeout=20)
        pressed.raise_for_status()
        if self.death is not None and len(self.turns) == self.death.turn:
            self._die(self.death)
            return
        self.window.wait_text("谢谢您的评价")
        self.window.tap("done")

    def _at_supplement(self, _goal: str) -> None:
        self.window.tap("wanted.0.original_seen")
        self._touch_last("next")

    def _at_deliver(self, _goal: str) -> None:
        self.window.tap("field.receiver")
        self.letters("lixiulan")
        self.write_name("李秀兰")
        self.window.tap("key.done")
        self.window.draw("signature", SIGNATURE)
        self._touch_last("next")

    def _at_slip(self, _goal: str) -> None:
        self._touch_last("next")

    # --- looking ----------------------------------------------------------------------------------------------------

    def _written(self) -> list[Kind]:
        try:
            return kinds(self.ends.terminal_records())
        except sqlite3.OperationalError:
            # The file is just being made.
            return []

    def _draft(self) -> dict[str, Any]:
        """What the form holds, by field, as the kiosk has saved it."""
        with closing(sqlite3.connect(f"file:{self.ends.journal}?mode=ro", uri=True)) as connection:
            drafts = Drafts(connection, None)
            drafts.open_with(opened(self.ends.stage.terminal_dir).openers)
            draft = drafts.of_agent("A01")[0]
        held = cbor.decode(draft.held, cbor.Limits(64 * 1024, values_max=5_000))
        assert isinstance(held, dict)
        typed = held["typed"]
        assert isinstance(typed, dict)
        return {str(name): value for name, value in typed.items()}

    def _until_status(self, status: str) -> None:
        self.window.wait(
            lambda _state: self.ends.status_at_desk(self.case_no) == status, f"{status} at the desk", LINE_UP_S
        )

    def _panel(self, what: str) -> Any:
        answer = requests.get(self.stage.panel_url + what, timeout=20)
        answer.raise_for_status()
        return answer.json()
