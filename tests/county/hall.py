"""A county whose console runs as a process, and people with browsers."""

from __future__ import annotations

from dataclasses import dataclass

from county.deeds import What
from county.duties import Clerk
from sync.model.transitions import Status
from tests.county.browser import Browser, Console, Page
from tests.county.office import DECIDER, INTAKE, STRANGER, SUPERVISOR, CountyOffice

PASSWORD = "qingshan-2026"
CLERKS = (INTAKE, DECIDER, SUPERVISOR, STRANGER)


@dataclass
class Hall:
    """A county whose console runs, and the parts to look behind it."""

    console: Console
    office: CountyOffice
    serial: int = 0

    def take_in(self, name: str = "李秀兰") -> str:
        """A case that has just come in from the village."""
        self.serial += 1
        number = self.office.village.take_in(self.office.item, self.serial, name)
        self.office.pull()
        return number

    def enter(self, clerk: Clerk) -> Browser:
        browser = self.console.browser()
        assert browser.log_in(clerk.name, PASSWORD).status == 303
        return browser

    def status(self, number: str) -> Status:
        return self.office.desk.open(number).case.status

    def do(self, browser: Browser, number: str, slug: str, **filled: str | list[str]) -> Page:
        """Open the case's page, fill in one of its forms and send it."""
        return browser.send(browser.get(f"/cases/{number}"), f"/cases/{number}/do/{slug}", **filled)

    def refusals(self) -> list[tuple[str, str]]:
        return [(deed.clerk, deed.detail) for deed in self.office.clerks.deeds() if deed.what is What.REFUSED]
