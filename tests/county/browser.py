"""A browser without JavaScript: keeps cookies, reads forms, sends them as they stand; and the console as a process."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from sync.clock import Steering, SystemClock
from tests.county.village import NOON_MS

START_S = 30
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


@dataclass
class Page:
    """An answer of the console."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def body(self) -> bytes:
        """The bytes, for what is no page."""
        return self.text.encode("utf-8", "surrogateescape")

    @property
    def words(self) -> str:
        """What a reader sees, in one line."""
        reader = _Words()
        reader.feed(self.text)
        return " ".join(" ".join(reader.found).split())

    def forms(self) -> dict[str, dict[str, list[str]]]:
        """The forms by their address, each with its fields as they would be sent."""
        reader = _Forms()
        reader.feed(self.text)
        return reader.found


@dataclass
class Browser:
    """One person's browser."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Page:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str | list[str]], **headers: str) -> Page:
        return self._ask("POST", path, urlencode(fields, doseq=True), headers)

    def send(self, page: Page, path: str, **filled: str | list[str]) -> Page:
        """Send the form of a page that goes to `path`, with some fields filled in."""
        fields: dict[str, str | list[str]] = {**page.forms()[path], **filled}
        return self.post(path, fields)

    def log_in(self, name: str, password: str) -> Page:
        return self.send(self.get("/login"), "/login", name=name, password=password)

    def follow(self, answer: Page) -> Page:
        return self.get(answer.headers["Location"])

    def _ask(self, method: str, path: str, content: str | None, headers: dict[str, str]) -> Page:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if content is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies and "Cookie" not in sent:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, content, sent)
        response = connection.getresponse()
        page = Page(response.status, response.headers, response.read().decode("utf-8", "surrogateescape"))
        connection.close()
        for line in response.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return page


class Console:
    """`python -m county` of a county directory, its clock steered."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.steering = home / "console-clock.json"
        self._began_ms = SystemClock().wall_ms()
        self.passed_ms = 3_600_000
        self.pass_time(0)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def pass_time(self, ms: int) -> None:
        """Let the domain clock run ahead."""
        self.passed_ms += ms
        Steering(self._began_ms, NOON_MS + self.passed_ms).write(self.steering)

    def start(self) -> None:
        log = self.home / "console.log"
        log.unlink(missing_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *county("--data", str(self.home / "county")),
                    "--console",
                    "127.0.0.1:0",
                    "--clock",
                    str(self.steering),
                ],
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._process.poll() is None:
            found = _ADDRESS.search(log.read_text())
            if found and self._answers(int(found[1])):
                self.port = int(found[1])
                return
            time.sleep(0.05)
        raise AssertionError(log.read_text())

    def _answers(self, port: int) -> bool:
        try:
            return Browser(port).get("/login").status == 200
        except OSError:
            return False

    def browser(self) -> Browser:
        return Browser(self.port)

    def end(self, with_signal: int = signal.SIGTERM) -> int:
        """Ask the process to end and return its exit code; its children end by themselves."""
        assert self._process is not None
        os.kill(self._process.pid, with_signal)
        return self._process.wait(20)

    def clean_up(self) -> None:
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self._process.wait(20)


def county(*arguments: str) -> list[str]:
    """The command line of the county's program."""
    return [sys.executable, "-m", "county", *arguments]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


class _Forms(HTMLParser):
    """Collects fields as a browser would send them: ticked boxes, typed text, hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, list[str]]] = {}
        self._fields: dict[str, list[str]] | None = None
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = self.found.setdefault(held.get("action", ""), {})
        elif self._fields is not None and tag == "input":
            ticked = held.get("type") not in ("radio", "checkbox") or "checked" in held
            if ticked and "name" in held:
                self._fields.setdefault(held["name"], []).append(held.get("value", ""))
        elif self._fields is not None and tag == "textarea":
            self._area = held["name"]
            self._fields[self._area] = [""]

    def handle_data(self, data: str) -> None:
        if self._area and self._fields is not None:
            self._fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "form":
            self._fields = None
