"""A web page, for this computer only, where the simulated devices are seen and their levers pulled.

| request             | does                                                                              |
|---------------------|-----------------------------------------------------------------------------------|
| GET /               | the page                                                                          |
| GET /state          | every device as JSON, under its name                                              |
| GET /device/...     | what that device shows beside its state, such as papers                           |
| POST /device/...    | does something at that device with a JSON object, and answers with the new state  |

What each device shows and does is in its module in `parts/`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Protocol

from msgspec import Struct

from devices.sim.pty_port import PlaceTaken

PAGE = Path(__file__).parent / "panel.html"
_PARTS_HERE = "<!-- the devices' parts -->"
_BODY_MAX = 4096
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class PanelRefused(Exception):
    """A request that makes no sense; the text says why."""


class Answer(Struct, frozen=True):
    """What a GET shows: its media type and its bytes."""

    media_type: str
    body: bytes


class Part(Protocol):
    """One simulated device and its part of the page. `start` plugs it in, `close` unplugs it."""

    name: str
    """The first part of its paths, and its name in the state."""
    where: str
    """What it is and where, for the technician's terminal."""
    page: Path
    """HTML that is put into the page: `<section>`s and a script that calls `part(name, show)`."""

    def start(self) -> None:
        """Plug in and switch on. Raises `PlaceTaken`."""

    def close(self) -> None:
        """Switch off and unplug."""

    def state(self) -> dict[str, object]:
        """Return what its part of the page shows."""

    def look(self, path: str) -> Answer | None:
        """Return what GET `/name/path` shows, None for what is not there."""

    def commands(self) -> Mapping[str, Callable[[dict[str, object]], None]]:
        """Return what POST `/name/path` does, by path. They raise `PanelRefused` or `PlaceTaken`."""


def flag(body: dict[str, object], name: str) -> bool | None:
    """Return a lever that is true or false, None if it is not given. Raises `PanelRefused`."""
    value = body.get(name)
    if name in body and not isinstance(value, bool):
        raise PanelRefused(f"{name} must be true or false")
    return value if isinstance(value, bool) else None


def read_json(text: str | bytes) -> object:
    """Return what a JSON text says. Raises `ValueError` for one that says nothing, or is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


class Panel:
    """Serves the page on `host`:`port` (0 picks a free port) until closed."""

    def __init__(self, parts: Sequence[Part], host: str, port: int) -> None:
        """Bind. Raises `PanelRefused` for an address that others reach."""
        if host not in _LOOPBACK:
            raise PanelRefused(f"the panel is for this computer only, not for {host}")
        self._parts = {part.name: part for part in parts}
        try:
            self._server = _Server((host, port), partial(_Handler, self))
        except OSError as error:
            raise PanelRefused(f"cannot listen on {host} port {port}: {error.strerror}") from error
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        """Where the page is."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/"

    def start(self) -> None:
        """Serve in a thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def names(self) -> list[str]:
        """Return the paths under which there are levers."""
        return [
            f"{name}/{path}".removesuffix("/lever")
            for name, part in self._parts.items()
            for path in part.commands()
            if path.endswith("lever")
        ]

    def page(self) -> bytes:
        """Return the page, with every device's part of it."""
        parts = "".join(part.page.read_text("utf-8") for part in self._parts.values())
        return PAGE.read_text("utf-8").replace(_PARTS_HERE, parts).encode("utf-8")

    def state(self) -> dict[str, object]:
        """Return everything the page shows, each device's under its name."""
        return {name: part.state() for name, part in self._parts.items()}

    def look(self, path: str) -> Answer | None:
        """Return what a GET of `/device/rest` shows, None for what is not there."""
        part, rest = self._part_of(path)
        return None if part is None else part.look(rest)

    def command(self, path: str, body: dict[str, object]) -> None:
        """Do what a POST asks. Raises `PanelRefused`, or `KeyError` for a path that is not there."""
        part, rest = self._part_of(path)
        if part is None:
            raise KeyError(path)
        try:
            part.commands()[rest](body)
        except PlaceTaken as taken:
            raise PanelRefused(str(taken)) from taken

    def _part_of(self, path: str) -> tuple[Part | None, str]:
        name, _, rest = path.removeprefix("/").partition("/")
        return self._parts.get(name), rest


class _Server(ThreadingHTTPServer):
    """Says nothing of who goes away in the middle of a request, such as a page that is closed."""

    def handle_error(self, request: object, client_address: object) -> None:
        """See `ThreadingHTTPServer`."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the socket that it gave


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    timeout = 10

    def __init__(self, panel: Panel, *args: object) -> None:
        self._panel = panel
        super().__init__(*args)  # type: ignore[arg-type]  # BaseHTTPRequestHandler takes what the server gives it

    def do_GET(self) -> None:
        if not self._is_asked_here():
            return
        if self.path == "/":
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", self._panel.page())
        elif self.path == "/state":
            self._send_json(HTTPStatus.OK, self._panel.state())
        elif (answer := self._panel.look(self.path.partition("?")[0])) is not None:
            self._send(HTTPStatus.OK, answer.media_type, answer.body)
        else:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"})

    def do_POST(self) -> None:
        if not self._is_asked_here():
            return
        try:
            length = int(self.headers.get("Content-Length", "0"))
            body = read_json(self.rfile.read(min(max(length, 0), _BODY_MAX)) or b"{}")
            if not isinstance(body, dict):
                raise PanelRefused("the body must be a JSON object")
            self._panel.command(self.path, body)
        except KeyError:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"})
        except (PanelRefused, ValueError) as refused:
            self.close_connection = True
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": str(refused)})
        except RecursionError:
            self.close_connection = True
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": "the body is nested too deep"})
        else:
            self._send_json(HTTPStatus.OK, self._panel.state())

    def log_message(self, *_: object) -> None:
        """Say nothing: the page asks twice a second."""

    def _is_asked_here(self) -> bool:
        """Refuse a page elsewhere that reaches this one under a name of its own."""
        at = self.headers.get("Host", "")
        # Every page elsewhere can make its origin "null", by a frame of its own; what is no page has none.
        if at.rpartition(":")[0].strip("[]") in _LOOPBACK and self.headers.get("Origin") in (None, f"http://{at}"):
            return True
        self.close_connection = True
        self._send_json(HTTPStatus.FORBIDDEN, {"error": "this page is for this computer only"})
        return False

    def _send_json(self, status: HTTPStatus, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False)
        self._send(status, "application/json; charset=utf-8", text.encode("utf-8"))

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
