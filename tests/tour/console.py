"""A clerk at the county's console: real HTTP, real forms, pages kept as HTML and as pictures by a real browser."""

from __future__ import annotations

import re
import subprocess
import tempfile
from base64 import b64encode
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import requests

TIMEOUT_S = 20
BROWSER = (
    "chromium",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_MOVES = re.compile(r'name="moves" value="([^"]*)"')
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_IMAGE = re.compile(r'(<img [^>]*?src=")([^"]+\.svg)(")')


class ConsoleRefused(AssertionError):
    """The console did not do what a clerk asked; the message has what it said."""


@dataclass(frozen=True, slots=True)
class Login:
    """Name and password of a clerk."""

    name: str
    password: str


class Console:
    """One clerk's browser session."""

    def __init__(self, url: str) -> None:
        """Talk to the console at `url`."""
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def sign_in(self, login: Login) -> None:
        """Sign in. Raises ConsoleRefused."""
        page = self.get("/login")
        answer = self._post("/login", {"csrf": _csrf(page), "name": login.name, "password": login.password})
        if 'name="password"' in answer:
            raise ConsoleRefused(_problem(answer))

    def get(self, path: str) -> str:
        """Return a page. Raises ConsoleRefused for anything but 200."""
        answer = self._session.get(urljoin(self._url, path), timeout=TIMEOUT_S)
        if answer.status_code != 200:
            raise ConsoleRefused(f"{path}: {answer.status_code}")
        return answer.text

    def act(self, case_no: str, action: str, **fields: str) -> str:
        """Send the form of an action on a case and return the page that follows. Raises ConsoleRefused."""
        page = self.get(f"/cases/{case_no}")
        moves = _MOVES.search(page)
        sent = {"csrf": _csrf(page), "moves": moves[1] if moves else "", **fields}
        answer = self._post(f"/cases/{case_no}/do/{action}", sent)
        if 'class="note bad"' in answer:
            raise ConsoleRefused(_problem(answer))
        return answer

    def open_personal(self, case_no: str) -> str:
        """Open the personal part of a case, which is recorded, and return the page."""
        page = self.get(f"/cases/{case_no}")
        return self._post(f"/cases/{case_no}/personal", {"csrf": _csrf(page)})

    def keep(self, path: str, html: Path, picture: Path, height_px: int) -> str:
        """Save a page as HTML that stands alone, and as a picture of that height. Returns the page."""
        page = self.get(path)
        alone = _STYLE.sub(lambda link: f"<style>{self.get(link[1])}</style>", page)
        alone = _IMAGE.sub(lambda image: f"{image[1]}{_as_data(self.get(image[2]))}{image[3]}", alone)
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(alone, encoding="utf-8")
        with tempfile.TemporaryDirectory() as home:
            subprocess.run(
                [
                    *BROWSER,
                    f"--user-data-dir={home}",
                    f"--window-size=1280,{height_px}",
                    f"--screenshot={picture}",
                    html.resolve().as_uri(),
                ],
                check=True,
                timeout=90,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        return page

    def _post(self, path: str, fields: dict[str, str]) -> str:
        answer = self._session.post(
            urljoin(self._url, path), data=fields, timeout=TIMEOUT_S, headers={"Referer": urljoin(self._url, path)}
        )
        if answer.status_code not in (200, 303, 400, 409, 422):
            raise ConsoleRefused(f"{path}: {answer.status_code}")
        return answer.text


def _as_data(drawing: str) -> str:
    return "data:image/svg+xml;base64," + b64encode(drawing.encode()).decode("ascii")


def _csrf(page: str) -> str:
    found = _CSRF.search(page)
    if found is None:
        raise ConsoleRefused("the page has no form")
    return unescape(found[1])


def _problem(page: str) -> str:
    found = re.search(r'class="note bad"[^>]*>(.*?)</p>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", unescape(found[1])).strip() if found else "the console refused without a word"
