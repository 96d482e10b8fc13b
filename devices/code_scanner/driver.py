"""Moves the bytes from one scanner to the rules in `listening`. A scanner is never asked anything."""

from __future__ import annotations

from collections.abc import Callable

from devices.announcer import Announcer
from devices.code_scanner.keys import InputLayout
from devices.code_scanner.listening import Listener
from devices.code_scanner.model import ScannerModel
from devices.line import Line, LineGone
from devices.mailbox import Mailbox
from devices.ports import Device, DeviceEvent, DeviceState, Reason

_IDLE_S = 1.0
_SILENCE_S_MAX = 0.25
"""So much silence shows that no code is on its way, also where a model allows for longer pauses within one."""
_UNTIL_SILENT_S_MAX = 2.0
"""What is not silent for so long is no code that had begun."""


class ListeningScanner:
    """Listens in the hub's thread; nobody asks it for anything."""

    def __init__(
        self,
        model: ScannerModel,
        publish: Callable[[DeviceEvent], None],
        monotonic_s: Callable[[], float],
        layout: InputLayout | None = None,
    ) -> None:
        """Hear a scanner of `model`; `layout` of the kernel's records of keys is this machine's own by default."""
        self._mailbox: Mailbox[None] = Mailbox(1)
        self._model = model
        self._layout = layout or InputLayout.native()
        self._publish = publish
        self._monotonic_s = monotonic_s
        self._announcer = Announcer(Device.CODE_SCANNER, publish)

    @property
    def doorbell(self) -> Mailbox[None]:
        """Where the hub rings when it stops; nothing else is asked of a scanner."""
        return self._mailbox

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Say that the scanner cannot be reached. What it had sent of a code is forgotten."""
        del ending
        self._mailbox.take()  # silences the bell
        self._announcer.say(state, reason)

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Listen on `line` until `is_stopping`. Raises `LineGone` when the scanner is unplugged."""
        self._announcer.say(DeviceState.STARTING)
        self._let_pass(line, is_stopping)
        listener = Listener(self._model, self._layout)
        self._announcer.say(*listener.state())
        while not is_stopping():
            line.wait(self._wait_s(listener), self._mailbox.fileno())
            self._mailbox.take()
            for event in listener.feed(line.read(), self._now_ms()):
                self._publish(event)
            self._announcer.say(*listener.state())
            if not line.is_current():
                raise LineGone("the scanner's path leads elsewhere now")

    def _let_pass(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Throw away what was scanned before anybody listened, and the rest of a code that is just on its way."""
        line.discard()
        silence_s = min(self._model.framing.quiet_ms / 1000, _SILENCE_S_MAX)
        last_s = began_s = self._monotonic_s()
        while (now_s := self._monotonic_s()) < min(last_s + silence_s, began_s + _UNTIL_SILENT_S_MAX):
            if is_stopping():
                return
            line.wait(last_s + silence_s - now_s, self._mailbox.fileno())
            self._mailbox.take()
            if line.read():
                last_s = self._monotonic_s()

    def _wait_s(self, listener: Listener) -> float:
        at_ms = listener.due_at_ms()
        return _IDLE_S if at_ms is None else min(_IDLE_S, max((at_ms - self._now_ms()) / 1000, 0.001))

    def _now_ms(self) -> int:
        return int(self._monotonic_s() * 1000)
