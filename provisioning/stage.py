"""All programs of a county on one machine, each a real process: for `run`, for the tour and for tests that kill them.

A stage is a directory: `county/`, `gateway/`, `terminal/`, `devices/` (the simulators' ptys), `logs/` and `stage.json`
(the ports, chosen once). `provisioning.demonstration.prepare` fills it; then each program is started, stopped and
killed by its name.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from provisioning.county_init import CHECKOUT
from provisioning.gateway_link import fetch_authorities
from provisioning.speech import Refused
from sync.clock import Clock, SteeredClock
from sync.durable import replace_file
from sync.json_file import JsonFileMissing, JsonFileRefused, read_object

PROGRAMS = ("gateway", "county", "simulators", "sync", "kiosk")
"""Their names, in the order in which they are started."""
READY_S = 60.0
STOP_S = 15.0
LOG_BYTES_MAX = 8 * 1024 * 1024
ENDS_WITH_PARENT = ("setpriv", "--pdeathsig", "TERM", "--")
"""util-linux: what is started behind this gets SIGTERM when the thread that started it ends."""
_POLL_S = 0.05
_PORT_MAX = 65_535
_PORTS_FILE = "stage.json"
HOST = "127.0.0.1"


class Options(Struct, frozen=True):
    """How the programs are started.

    Attributes:
        clock_file: steers every program's domain clock; None for real time.
        kiosk_arguments: further arguments of the kiosk, such as --size.
        publish_state: where the kiosk tells what is on its screen; None: it does not.
        printer_profile: of the simulated printer, and of a terminal that is enrolled to use it.
        printer_speed_mm_s: of the simulated printer; None: its profile's.
        environment: for all programs; None: this process's.
    """

    clock_file: Path | None = None
    kiosk_arguments: Sequence[str] = ()
    publish_state: Path | None = None
    printer_profile: str = "escpos-58"
    printer_speed_mm_s: int | None = None
    environment: Mapping[str, str] | None = None


class NotReady(Refused):
    """A program ended, or did not come up in time; the log is named."""


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(slots=True)
class Stage:
    """The programs of one directory. Not safe for several threads at once.

    Attributes:
        directory: where everything lies; made when it is not there.
        machine_clock: the real clock: dates certificates and bounds waiting.
        options: how the programs are started.
    """

    directory: Path
    machine_clock: Clock
    options: Options = field(default_factory=Options)
    _running: dict[str, _Running] = field(default_factory=dict, init=False)
    _ports: dict[str, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.directory = self.directory.resolve()
        for path in (self.directory, self.devices_dir, self.logs_dir):
            path.mkdir(parents=True, exist_ok=True)
        self._ports = _ports(self.directory / _PORTS_FILE)

    @property
    def county_dir(self) -> Path:
        """The county's data directory."""
        return self.directory / "county"

    @property
    def gateway_dir(self) -> Path:
        """The gateway's data directory."""
        return self.directory / "gateway"

    @property
    def terminal_dir(self) -> Path:
        """The terminal's data directory: kiosk and sync client."""
        return self.directory / "terminal"

    @property
    def devices_dir(self) -> Path:
        """Where the simulators' ptys appear: `pad`, `printer`, `scanner`."""
        return self.directory / "devices"

    @property
    def logs_dir(self) -> Path:
        """One log a program."""
        return self.directory / "logs"

    @property
    def gateway_port(self) -> int:
        """Chosen once; it stands in terminal.json."""
        return self._ports["gateway"]

    @property
    def gateway_url(self) -> str:
        """https://host:port."""
        return f"https://{HOST}:{self._ports['gateway']}"

    @property
    def console_url(self) -> str:
        """The county's pages."""
        return f"http://{HOST}:{self._ports['console']}/"

    @property
    def panel_url(self) -> str:
        """The simulators' page: a pad to press, a paper roll to read, codes to scan."""
        return f"http://{HOST}:{self._ports['panel']}/"

    def log(self, name: str) -> Path:
        """The log of a program."""
        return self.logs_dir / f"{name}.log"

    # --- programs -------------------------------------------------------------------------------------------------

    def start(self, name: str) -> None:
        """Start a program; does nothing when it runs. `wait_ready` says when it works.

        It is told to end when the thread that started it does, however that ends: nothing is left running behind a
        killed tour.
        """
        if self.running(name):
            return
        if name in self._running:
            # What a program that died left of its children would hold its port and its lock.
            _signal_group(self._running[name].process.pid, signal.SIGKILL)
        log = self.log(name)
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.old"))
        if name == "kiosk" and self.options.publish_state is not None:
            self.options.publish_state.unlink(missing_ok=True)
        with log.open("ab") as output:
            # A session of its own: Ctrl-C reaches this process only, which then stops them in order, and a
            # killed program takes its children with it.
            process = subprocess.Popen(
                self._command(name), cwd=CHECKOUT, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self._running[name] = _Running(process, log)

    def running(self, name: str) -> bool:
        """Whether the program's process lives."""
        held = self._running.get(name)
        return held is not None and held.process.poll() is None

    def exit_code(self, name: str) -> int | None:
        """How the program ended; None while it runs or when it was never started. Negative: by that signal."""
        held = self._running.get(name)
        return None if held is None else held.process.poll()

    def pid(self, name: str) -> int | None:
        """The program's process id, also the id of its group; None when it does not run."""
        return self._running[name].process.pid if self.running(name) else None

    def stop(self, name: str, wait_s: float = STOP_S) -> None:
        """Tell a program to end, and kill it when it does not within `wait_s`."""
        if not self.running(name):
            return
        process = self._running[name].process
        process.terminate()
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self.kill(name)
        _signal_group(process.pid, signal.SIGKILL)

    def kill(self, name: str) -> None:
        """Send SIGKILL: the program and its children, at once."""
        if self.running(name):
            process = self._running[name].process
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()

    def wait_ready(self, name: str, wait_s: float = READY_S) -> None:
        """Wait until a started program does its work. Raises NotReady."""
        until_ms = self.machine_clock.boot_ms() + int(wait_s * 1000)
        pause = threading.Event()
        ready = self._signs()[name]
        while self.machine_clock.boot_ms() < until_ms:
            if not self.running(name):
                raise NotReady(
                    f"{name} 启动后退出了（{self.exit_code(name)}），见 {self.log(name)}：\n{self.last_words(name)}",
                    f"{name} ended by itself",
                )
            if ready():
                return
            pause.wait(_POLL_S)
        raise NotReady(f"{name} 在 {wait_s:.0f} 秒内没有就绪，见 {self.log(name)}", f"{name} did not come up in time")

    def last_words(self, name: str, lines: int = 5) -> str:
        """The end of a program's log."""
        try:
            return "\n".join(self.log(name).read_text("utf-8", "replace").splitlines()[-lines:])
        except OSError:
            return ""

    def close(self) -> None:
        """Stop everything, last started first."""
        for name in reversed(PROGRAMS):
            self.stop(name)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _command(self, name: str) -> list[str]:
        terminal, options = str(self.terminal_dir), self.options
        commands: dict[str, tuple[str, ...]] = {
            "gateway": ("sync.gateway", "--data", str(self.gateway_dir), *self.clock_arguments()),
            "county": (
                *("county", "--data", str(self.county_dir), "--console", f"{HOST}:{self._ports['console']}"),
                *self.clock_arguments(),
            ),
            "simulators": (
                *("devices", "simulate", "--dir", str(self.devices_dir)),
                *("--panel", f"{HOST}:{self._ports['panel']}", "--printer-profile", options.printer_profile),
                *(() if options.printer_speed_mm_s is None else ("--speed", str(options.printer_speed_mm_s))),
            ),
            "sync": ("sync.client", "--data", terminal, *self.clock_arguments()),
            "kiosk": (
                *("kiosk", "--data", terminal, *options.kiosk_arguments, *self.clock_arguments()),
                *(("--publish-state", str(options.publish_state)) if options.publish_state else ()),
            ),
        }
        return [*ENDS_WITH_PARENT, sys.executable, "-m", *commands[name]]

    def _signs(self) -> dict[str, Callable[[], bool]]:
        """How one sees that a program works."""
        state = self.options.publish_state
        return {
            "gateway": lambda: _answers(lambda: fetch_authorities(self.gateway_url)),
            "county": lambda: _serves_pages(self._ports["console"]),
            "simulators": lambda: (
                (self.devices_dir / "pad").exists()
                and (self.devices_dir / "printer").exists()
                and (self.devices_dir / "scanner").exists()
                and (self.devices_dir / "reader").exists()
                and _serves_pages(self._ports["panel"])
            ),
            "sync": (self.terminal_dir / "transport.db").exists,
            "kiosk": (state if state is not None else self.terminal_dir / "journal.db").exists,
        }

    def domain_clock(self) -> Clock:
        """The clock that the programs go by."""
        steering = self.options.clock_file
        return self.machine_clock if steering is None else SteeredClock(steering)

    def clock_arguments(self) -> tuple[str, ...]:
        """The arguments that give a program this stage's clock."""
        steering = self.options.clock_file
        return () if steering is None else ("--clock", str(steering.resolve()))

    def environment(self) -> dict[str, str]:
        """The environment of the programs."""
        held = dict(os.environ if self.options.environment is None else self.options.environment)
        return held | {"PYTHONUNBUFFERED": "1"}


def _ports(path: Path) -> dict[str, int]:
    """The ports chosen once for a stage. They lie in the certificate's address and in terminal.json."""
    names = ("gateway", "console", "panel")
    try:
        held = read_object(path)
    except JsonFileMissing:
        ports = dict(zip(names, _free_ports(len(names)), strict=True))
        replace_file(path, json.dumps(ports).encode() + b"\n", mode=0o644)
        return ports
    except JsonFileRefused as cause:
        raise Refused(f"{path} 不能用", str(cause)) from cause
    for name in names:
        if type(held.get(name)) is not int or not 1 <= held[name] <= _PORT_MAX:
            raise Refused(f"{path} 不能用", f"{path.name}: {name} is missing or no port")
    return {name: held[name] for name in names}


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Refused:
        return False
    return True


def _serves_pages(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
