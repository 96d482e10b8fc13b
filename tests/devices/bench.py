"""A device on the bench: a hub with its drivers at one end of a pty, a simulated device at the other."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace
from PIL import Image

from devices.config import parse_devices
from devices.hub import Hub
from devices.id_reader.card import IdCard
from devices.id_reader.events import CardRead, CardTrouble, ReadingEnded
from devices.ports import (
    Device,
    DeviceEvent,
    DeviceState,
    DeviceStatus,
    JobEnded,
    JobHeld,
    KeyPressed,
    PrintJob,
    Reason,
    StrayKey,
    WindowEnded,
)
from devices.printer.dialogue import Patience
from devices.printer.document import Slip
from devices.printer.profile import read_profile
from devices.rating_pad.model import read_pad_model
from devices.sim.id_reader import SimulatedIdReader
from devices.sim.noisy_port import NoisyLine, NoisyPort
from devices.sim.pad import SimulatedPad
from devices.sim.pad_body import PadBody
from devices.sim.paper import PieceOfPaper
from devices.sim.printer import SimulatedPrinter
from devices.sim.tcp_port import TcpPort
from devices.sim.text_pad import SimulatedTextPad
from devices.typeface import Typeface

REPOSITORY = Path(__file__).resolve().parents[2]
FONTS = (
    REPOSITORY / ".assets/fonts/NotoSansSC-Regular.otf",
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
)
FONT = next((font for font in FONTS if font.is_file()), FONTS[-1])
PATIENCE_S = 20.0
"""How long a test waits before it calls something lost; nothing is measured by it."""
QUICK = Patience(answer_s=0.25, stall_s=0.4, finish_s=1.0, poll_s=0.1)


class NeverHappened(AssertionError):
    """What a test waited for did not come; the text says what did."""


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as `condition` holds."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise NeverHappened(what)
        time.sleep(0.005)


@dataclass
class Listener:
    """Takes a hub's events and keeps them all."""

    hub: Hub
    seen: list[DeviceEvent] = field(default_factory=list)

    def until(self, wanted: Callable[[DeviceEvent], bool], what: str) -> DeviceEvent:
        """Return the next event that is `wanted`."""
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            event = self.hub.events.get(0.2)
            if event is None:
                continue
            self.seen.append(event)
            if wanted(event):
                return event
        raise NeverHappened(f"{what}; seen: {self.seen}")

    def status(self, state: DeviceState, reason: Reason | None = None) -> DeviceStatus:
        """Return the next status with this state (and reason)."""
        found = self.until(
            lambda event: (
                isinstance(event, DeviceStatus) and event.state is state and (reason is None or event.reason is reason)
            ),
            f"no status {state} {reason}",
        )
        assert isinstance(found, DeviceStatus)
        return found

    def job_end(self, job_id: str) -> JobEnded:
        found = self.until(lambda event: isinstance(event, JobEnded) and event.job_id == job_id, f"no end of {job_id}")
        assert isinstance(found, JobEnded)
        return found

    def window_end(self, window_id: str) -> KeyPressed | WindowEnded:
        """Return the one event that ends a window."""
        found = self.until(
            lambda event: isinstance(event, KeyPressed | WindowEnded) and event.window_id == window_id,
            f"no end of {window_id}",
        )
        assert isinstance(found, KeyPressed | WindowEnded)
        return found

    def stray(self) -> StrayKey:
        found = self.until(lambda event: isinstance(event, StrayKey), "no stray key")
        assert isinstance(found, StrayKey)
        return found

    def rest(self) -> list[DeviceEvent]:
        """Return and keep everything that is there now."""
        events = self.hub.events.drain()
        self.seen += events
        return events

    def endings(self) -> list[DeviceEvent]:
        """Return every end of a job or a window so far."""
        return [event for event in self.seen if isinstance(event, JobEnded | KeyPressed | WindowEnded)]


class PrinterBench:
    """A simulated printer and the hub that drives it."""

    def __init__(
        self,
        folder: Path,
        profile_name: str,
        *,
        speed_mm_s: int = 0,
        patience: Patience = QUICK,
        font: Path = FONT,
        flow: str = "none",
        model: Mapping[str, bool] | None = None,
        network: TcpPort | None = None,
        by_file: bool = False,
    ) -> None:
        self.path = folder / "printer"
        # The model's own speed would make every slip last as long as on real paper.
        self.profile = replace(read_profile(profile_name), speed_mm_s=500, **(model or {}))
        self.line = NoisyPort(self.path)
        self.printer = SimulatedPrinter(
            self.profile, network or self.line, Typeface(FONT), speed_mm_s, xonxoff=flow == "xonxoff"
        )
        section = {"printer": {"profile": profile_name, "path": str(self.path), "baud": 115200, "flow": flow}}
        if network is not None:
            network.plug()
            section = {"printer": {"profile": profile_name, "path": network.path}}
        if by_file:
            section = {"printer": {"profile": profile_name, "path": f"file:{self.path}"}}
        config = parse_devices(section, folder)
        assert config.printer is not None
        config = replace(config, printer=replace(config.printer, profile=self.profile))
        self.hub = Hub(config, font, time.monotonic, patience=patience)
        self.events = Listener(self.hub)

    def close(self) -> None:
        self.hub.close()
        self.printer.close()

    def print(self, job_id: str, content: Slip | bytes) -> JobEnded:
        """Print one slip and return its end."""
        self.hub.printer.submit(PrintJob(job_id, content))
        return self.events.job_end(job_id)

    def begin(self, job_id: str, content: Slip | bytes) -> None:
        """Print one slip when the printer is ready, and return when something of it has come out."""
        self.is_ready()
        self.hub.printer.submit(PrintJob(job_id, content))
        wait_until(lambda: bool(self.printer.pieces()), "nothing came out")

    def held(self, job_id: str, reason: Reason) -> None:
        """Wait until a job stands still, or can go on again, for `reason`."""
        self.events.until(lambda event: event == JobHeld(job_id, reason), f"{job_id} was not held: {reason}")

    def new_paper(self) -> None:
        """Put in a roll, as a person does."""
        self.printer.pull(cover_open=True)
        self.printer.pull(lines_left=None, paper_out=False, cover_open=False)

    def paper(self) -> list[PieceOfPaper]:
        """Return the papers, oldest first, when the printer has come to rest."""
        wait_until(self.printer.is_idle, "the printer never came to rest")
        return self.printer.pieces()[::-1]

    def text(self) -> str:
        """Return all words on all papers."""
        return "\n".join(piece.text for piece in self.paper())

    def is_ready(self) -> None:
        """Wait until the printer has said that it can print."""
        wait_until(
            lambda: self.hub.statuses()[Device.RECEIPT_PRINTER].state is DeviceState.READY, "the printer is not ready"
        )


class PadBench:
    """A simulated pad of any kind and the hub that drives it."""

    def __init__(self, folder: Path, model_name: str = "pj06", models: Path | None = None, late_ms: int = 0) -> None:
        """Nobody needs to read a prompt here, so that a key counts at once."""
        self.path = folder / "pad"
        found = read_pad_model(model_name, [models] if models else [])
        self.model = replace(found, settle_ms=20, too_soon_ms=0, late_ms=late_ms)
        self.pad: PadBody
        if self.model.text is None:
            port = NoisyPort(self.path)
            self.line: NoisyLine = port
            self.pad = SimulatedPad(port, time.monotonic, self.model)
            path = str(self.path)
        else:
            self.pad = on_network = SimulatedTextPad(self.model, time.monotonic)
            self.line = on_network.port
            path = self.pad.address
        section = {"pad": {"model": model_name, "path": path}} | ({"models": str(models)} if models else {})
        config = parse_devices(section, folder)
        assert config.pad is not None
        self.hub = Hub(replace(config, pad=replace(config.pad, model=self.model)), FONT, time.monotonic)
        self.events = Listener(self.hub)

    def start(self) -> None:
        self.pad.start()
        self.hub.start()

    def close(self) -> None:
        self.hub.close()
        self.pad.close()

    def state(self) -> tuple[DeviceState, Reason]:
        """Return how the pad is now, and why."""
        status = self.hub.statuses()[Device.RATING_PAD]
        return status.state, status.reason

    def until_state(self, state: DeviceState, reason: Reason = Reason.NONE) -> None:
        """Wait until the pad is so."""
        wait_until(lambda: self.state() == (state, reason), f"the pad is never {state} {reason}, but {self.state()}")

    def ask(self, window_id: str, window_s: float = 30.0) -> None:
        """Open a window and return when the pad shows the prompt."""
        before = self.pad.face().prompts
        self.hub.pad.open_window(window_id, window_s)
        wait_until(lambda: self.pad.face().prompts > before, "the pad was never asked")
        # The window opens when the prompt is out, a moment after the pad may have seen it.
        time.sleep(0.03)

    def answer(self, window_id: str) -> KeyPressed | WindowEnded:
        """Return the one event that ended a window, whether it came before or comes now."""
        for event in self.events.seen:
            if isinstance(event, KeyPressed | WindowEnded) and event.window_id == window_id:
                return event
        return self.events.window_end(window_id)


def open_picture(piece: PieceOfPaper) -> Image.Image:
    """Return the picture of a paper."""
    return Image.open(io.BytesIO(piece.png))


class ReaderBench:
    """A simulated reader of identity cards and the hub that drives it, with short times."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "reader"
        self.port = NoisyPort(self.path)
        self.reader = SimulatedIdReader(self.port, random.Random(1), time.monotonic)
        config = parse_devices({"reader": {"model": "sam-v", "path": str(self.path)}}, folder)
        assert config.reader is not None
        model = replace(config.reader.model, poll_ms=20, answer_ms=100, read_ms=400)
        self.hub = Hub(replace(config, reader=replace(config.reader, model=model)), FONT, time.monotonic)
        self.events = Listener(self.hub)

    def start(self) -> None:
        self.reader.start()
        self.hub.start()
        self.events.status(DeviceState.READY)

    def close(self) -> None:
        self.hub.close()
        self.reader.close()

    def trouble(self) -> CardTrouble:
        """Return the next trouble with a card."""
        found = self.events.until(lambda event: isinstance(event, CardTrouble), "no trouble with a card")
        assert isinstance(found, CardTrouble)
        return found

    def end(self, reading_id: str) -> CardRead | ReadingEnded:
        """Return the one event that ends a reading."""
        found = self.events.until(
            lambda event: isinstance(event, CardRead | ReadingEnded) and event.reading_id == reading_id,
            f"no end of {reading_id}",
        )
        assert isinstance(found, CardRead | ReadingEnded)
        return found

    def card(self, reading_id: str) -> IdCard:
        """Return the card that a reading ends with."""
        ended = self.end(reading_id)
        assert isinstance(ended, CardRead), ended
        return ended.card
