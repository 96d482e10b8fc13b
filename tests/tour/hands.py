"""What a person at the counter does with both hands: search, write a name in pinyin, type digits, act as a clerk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from provisioning.demonstration import Setting
from provisioning.stage import Stage
from tests.tour.console import Console, Login
from tests.tour.window import NotOnTheScreen, Window

LINE_UP_S = 90.0
AGAIN_S = 10.0


@dataclass
class Hands:
    """What every walk shares, and what it leaves: pictures, and what the summary is made of."""

    stage: Stage
    window: Window
    out: Path
    setting: Setting = field(default_factory=Setting)
    steps: list[dict[str, str]] = field(default_factory=list)
    case_no: str = ""
    refused_case_no: str = ""
    before_step: Callable[[str], None] = lambda _: None

    def keep(self, name: str) -> None:
        """Take the picture of a step; kill tests break in before it."""
        self.before_step(name)
        picture = f"{len(self.steps) + 1:02d}-{name}.png"
        self.window.picture(self.out / picture)
        self.steps.append({"name": name, "picture": picture})

    def keep_page(self, name: str, path: str, height_px: int) -> None:
        """Keep a page of the console as the supervisor sees it."""
        picture = f"county-{name}.png"
        self.clerk("supervisor").keep(path, self.out / f"county-{name}.html", self.out / picture, height_px)
        self.steps.append({"name": f"county-{name}", "picture": picture})

    def close_panel(self) -> None:
        """Go on until nothing is typed into any more, so that the page shows whole."""
        while any(spot["id"] == "key.done" for spot in self.window.state()["targets"]):
            self.window.tap("key.done")

    def hold(self, code: str) -> None:
        """Hold a code before the scanner that the terminal is configured with."""
        answer = requests.post(self.stage.panel_url + "scanner/scan", json={"text": code}, timeout=20)
        answer.raise_for_status()

    def scan_card(self) -> None:
        """Hold the agent's card to a scanner that nobody has configured: it types what is on it, and Enter."""
        agent = self.setting.agents[0]
        self.window.wait_target("by_hand")
        self.window.keys(agent.card(self.setting.subject).text())
        self.window.press("Return")
        self.window.wait_text("卡已认出")

    def lay_card(self, name: str) -> None:
        """Lay an identity card on the reader."""
        answer = requests.post(self.stage.panel_url + "reader/lay", json={"card": name}, timeout=20)
        answer.raise_for_status()

    def take_card(self) -> None:
        """Take the identity card off the reader again."""
        answer = requests.post(self.stage.panel_url + "reader/take", json={}, timeout=20)
        answer.raise_for_status()

    def letters(self, letters: str) -> None:
        """Touch letters one by one and see that they stand in the field."""
        self.window.wait_target("key.q")
        for letter in letters:
            self.window.tap(f"key.{letter}")
        self.window.wait_text(letters)

    def write_name(self, name: str) -> None:
        """Choose candidates until a name stands in the field, looking at what they say."""
        left = name
        for _ in range(6):
            offered = _candidates(self.window.state())
            best = max((word for word in offered if left.startswith(word)), key=len, default=None)
            if best is None:
                self.window.tap("key.page_on")
                continue
            self.window.tap(offered[best])
            self.window.wait(lambda state, old=offered: _candidates(state) != old, "other candidates")  # type: ignore[misc]  # the default binds the loop value
            left = left[len(best) :]
            if not left:
                return
        raise AssertionError(f"{name} could not be written")

    def search(self, letters: str) -> None:
        self._into("search")
        self.window.keys(letters)

    def digits(self, name: str, text: str) -> None:
        self._into(f"field.{name}")
        self.window.keys(text)
        self.window.tap("key.done")

    def _into(self, target: str) -> None:
        """Touch what is typed into, and once more if the page moved under the finger."""
        self.window.tap(target)
        try:
            self.window.wait_target("key.done", AGAIN_S)
        except NotOnTheScreen:
            self.window.tap(target)
            self.window.wait_target("key.done")

    def papers(self) -> list[dict[str, str]]:
        answer = requests.get(self.stage.panel_url + "printer/jobs", timeout=20)
        answer.raise_for_status()
        held: list[dict[str, str]] = answer.json()
        return held

    def pull_printer(self, **levers: bool | int | None) -> None:
        """Do something to the simulated printer, such as opening its cover."""
        answer = requests.post(self.stage.panel_url + "printer/lever", json=levers, timeout=20)
        answer.raise_for_status()

    def clerk(self, name: str) -> Console:
        password = next(clerk.password for clerk in self.setting.clerks if clerk.name == name)
        console = Console(self.stage.console_url)
        console.sign_in(Login(name, password))
        return console

    def wait_county(self, case_no: str) -> None:
        supervisor = self.clerk("supervisor")
        self.until(lambda: case_no in supervisor.get("/"), "the case at the county")

    def until(self, so: Callable[[], bool], what: str) -> None:
        self.window.wait(lambda _state: so(), what, LINE_UP_S)


def _candidates(state: dict[str, Any]) -> dict[str, str]:
    """The words on offer and what to touch for them."""
    return {
        spot["text"].lstrip("123456789 "): spot["id"]
        for spot in state["targets"]
        if spot["id"].startswith("candidate.")
    }
