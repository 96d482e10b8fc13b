"""A web page, for this computer only, with the simulated pad to press and the paper roll to read.

| request                              | does                                                        |
|--------------------------------------|-------------------------------------------------------------|
| GET /                                | the page                                                    |
| GET /state                           | pad, printer levers and papers as JSON                      |
| POST /pad/press {"key": 1}           | presses a key                                               |
| POST /pad/lever {"dead": true}       | sets `dead`, `unplug`                                       |
| POST /pad/noise {"hex": "ff00"}      | puts bytes on the wire                                      |
| POST /pad/replay {}                  | sends the last key again                                    |
| POST /printer/lever {"paper_out": true} | sets levers (`PrinterLevers`)                            |
| GET /printer/jobs                    | papers as JSON, newest first, with the addresses of the two |
| GET /printer/jobs/N.png, N.bin       | a paper's picture, and the bytes it was made from           |
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from msgspec.structs import asdict

from devices.sim.pad import SimulatedPad
from devices.sim.paper import PieceOfPaper
from devices.sim.printer import PrinterLevers, SimulatedPrinter
from devices.sim.pty_port import PlaceTaken

PAGE = Path(__file__).parent / "panel.html"
_BODY_MAX = 4096
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PAPER = re.compile(r"/printer/jobs/(\d{1,9})\.(png|bin)")


class PanelRefused(Exception):
    """A request that makes no sense; the text says why."""


class Panel:
    """Serves the page on `host`:`port` (0 picks a free port) until closed."""

    def __init__(
        self, pad: SimulatedPad, key_levels: Mapping[int, int], printer: SimulatedPrinter, host: str, port: int
    ) -> None:
        """Bind. `key_levels` are the pad's keys. Raises `PanelRefused` for an address that others reach."""
        if host not in _LOOPBACK:
            raise PanelRefused(f"the panel is for this computer only, not for {host}")
        self._pad = pad
        self._key_levels = dict(key_levels)
        self._printer = printer
        try:
            self._server = ThreadingHTTPServer((host, port), partial(_Handler, self))
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

    def state(self) -> dict[str, object]:
        """Return everything the page shows."""
        return {
            "pad": asdict(self._pad.face()) | {"keys": self._key_levels},
            "printer": asdict(self._printer.levers),
            "jobs": self.jobs(),
        }

    def jobs(self) -> list[dict[str, object]]:
        """Return the papers, newest first."""
        return [
            {
                "number": piece.number,
                "complete": piece.is_complete,
                "text": piece.text,
                "bytes": len(piece.raw),
                "png": f"/printer/jobs/{piece.number}.png",
                "raw": f"/printer/jobs/{piece.number}.bin",
            }
            for piece in self._printer.pieces()
        ]

    def paper(self, number: int) -> PieceOfPaper | None:
        """Return one paper."""
        return next((piece for piece in self._printer.pieces() if piece.number == number), None)

    def command(self, path: str, body: dict[str, object]) -> None:
        """Do what a POST asks. Raises `PanelRefused` or `KeyError` for a path that is not there."""
        commands: dict[str, Callable[[dict[str, object]], None]] = {
            "/pad/press": self._press,
            "/pad/lever": self._pad_lever,
            "/pad/noise": self._noise,
            "/pad/replay": lambda _: self._pad.replay(),
            "/printer/lever": self._printer_lever,
        }
        commands[path](body)

    def _press(self, body: dict[str, object]) -> None:
        key = body.get("key")
        if not isinstance(key, int) or isinstance(key, bool) or not 0 <= key <= 255:
            raise PanelRefused("key must be a number from 0 to 255")
        self._pad.press(key)

    def _noise(self, body: dict[str, object]) -> None:
        text = body.get("hex")
        try:
            data = bytes.fromhex(text) if isinstance(text, str) else b""
        except ValueError as error:
            raise PanelRefused("hex must be pairs of hexadecimal digits") from error
        self._pad.noise(data)

    def _pad_lever(self, body: dict[str, object]) -> None:
        with _refusing():
            self._pad.pull(dead=_lever(body, "dead"), unplug=_lever(body, "unplug"))

    def _printer_lever(self, body: dict[str, object]) -> None:
        known = set(PrinterLevers.__struct_fields__)
        levers: dict[str, bool | int | None] = {}
        for name, value in body.items():
            if name not in known:
                raise PanelRefused(f"the printer has no lever {name!r}")
            if name == "lines_left":
                if not (value is None or (isinstance(value, int) and not isinstance(value, bool))):
                    raise PanelRefused("lines_left must be a number or null")
                levers[name] = value
            else:
                levers[name] = _lever(body, name)
        with _refusing():
            self._printer.pull(**levers)


@contextmanager
def _refusing() -> Iterator[None]:
    """Let whoever plugs a device in know that something lies at its place."""
    try:
        yield
    except PlaceTaken as taken:
        raise PanelRefused(str(taken)) from taken


def _lever(body: dict[str, object], name: str) -> bool | None:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise PanelRefused(f"{name} must be true or false")
    return value


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
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", PAGE.read_bytes())
        elif self.path == "/state":
            self._send_json(HTTPStatus.OK, self._panel.state())
        elif self.path == "/printer/jobs":
            self._send_json(HTTPStatus.OK, self._panel.jobs())
        else:
            self._send_paper()

    def do_POST(self) -> None:
        if not self._is_asked_here():
            return
        try:
            length = int(self.headers.get("Content-Length", "0"))
            body = json.loads(self.rfile.read(min(max(length, 0), _BODY_MAX)) or b"{}")
            if not isinstance(body, dict):
                raise PanelRefused("the body must be a JSON object")
            self._panel.command(self.path, body)
        except KeyError:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"})
        except (PanelRefused, ValueError) as refused:
            self.close_connection = True
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": str(refused)})
        else:
            self._send_json(HTTPStatus.OK, self._panel.state())

    def log_message(self, *_: object) -> None:
        """Say nothing: the page asks twice a second."""

    def _is_asked_here(self) -> bool:
        """Refuse a page elsewhere that reaches this one under a name of its own."""
        host = self.headers.get("Host", "").rpartition(":")[0].strip("[]")
        if host in _LOOPBACK and self.headers.get("Origin", "null") in ("null", f"http://{self.headers['Host']}"):
            return True
        self.close_connection = True
        self._send_json(HTTPStatus.FORBIDDEN, {"error": "this page is for this computer only"})
        return False

    def _send_paper(self) -> None:
        match = _PAPER.fullmatch(self.path.partition("?")[0])
        piece = self._panel.paper(int(match[1])) if match else None
        if match is None or piece is None:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}"})
        elif match[2] == "png":
            self._send(HTTPStatus.OK, "image/png", piece.png)
        else:
            self._send(HTTPStatus.OK, "application/octet-stream", piece.raw)

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
