"""A pad of texts on the network of this computer: keys, staff, a heartbeat, and levers for faults."""

from __future__ import annotations

from collections.abc import Callable

from devices.rating_pad.model import PadKey, PadModel
from devices.rating_pad.text_frames import TextDecoder
from devices.rating_pad.wires import KEY_PLACE, STAFF_PLACE, TextWire, Transport
from devices.sim.net_port import DatagramPort, NoisyNetPort, StreamPort
from devices.sim.pad_body import PadBody
from devices.sim.pty_port import PlaceTaken


class SimulatedTextPad(PadBody):
    """A pad of `model`, whose protocol must be texts, on the loopback address; `port` has the line's levers."""

    def __init__(self, model: PadModel, monotonic_s: Callable[[], float], seed: int = 0, port: int = 0) -> None:
        """Bind, to a free port for 0; nothing is answered before `start`.

        Raises `PlaceTaken`, and `ValueError` for a model of another protocol.
        """
        if model.text is None:
            raise ValueError(f"{model.name} is no pad of texts")
        super().__init__(model, monotonic_s, seed)
        self._wire: TextWire = model.text
        is_udp = self._wire.transport is Transport.UDP
        try:
            self.port = NoisyNetPort(DatagramPort(port) if is_udp else StreamPort(port), seed)
        except OSError as error:
            raise PlaceTaken(f"cannot listen at {self._wire.transport.value} port {port}: {error.strerror}") from error
        self._forget()

    @property
    def address(self) -> str:
        """Where it is, as a terminal's configuration names it."""
        return f"{self._wire.transport.value}:{self.port.host}:{self.port.port}"

    def close(self) -> None:
        """Switch off."""
        super().close()
        self.port.close()

    def pull(self, **levers: bool | None) -> None:
        """See `PadBody`."""
        super().pull(**levers)
        if levers.get("unplug") or levers.get("dead"):
            with self._lock:
                self.port.hang_up()

    def _forget(self) -> None:
        self._decoder = TextDecoder(self._wire.ends_with)
        self._staff = ""
        self._result_held = ""
        self.port.hang_up()

    def _receive(self, timeout_s: float) -> bytes:
        return self.port.receive(timeout_s)

    def _hear(self, data: bytes) -> None:
        for text in self._decoder.feed(data):
            self._obey(text.decode("ascii", "replace"))

    def _obey(self, text: str) -> None:
        wire = self._wire
        if text == wire.heartbeat:
            if not self._levers.heartbeat_lost:
                self._say(wire.heartbeat_answer)
            return
        if text == wire.poll:
            self._say(self._result_held or wire.unrated)
            self._result_held = ""
            return
        self._note(text)
        before, _, after = wire.login.partition(STAFF_PLACE)
        if wire.login and text.startswith(before) and text.endswith(after):
            self._staff = text[len(before) : len(text) - len(after)]
            self._say(wire.login_answer)
        elif text == wire.logout:
            self._staff = ""
            self._say(wire.logout_answer)
        elif text == wire.prompt:
            self._prompted()
            self._say(wire.prompt_answer)
        elif text in (wire.thanks, wire.closing):
            self._thanks += text == wire.thanks
            self._asked_until_s = None

    def _time_over(self) -> None:
        """Say nothing: a poll tells."""

    def _give(self, key: PadKey) -> None:
        """Hold the result for the next poll, or send it where nobody polls."""
        result = self._wire.result.replace(KEY_PLACE, key.sends.decode())
        if self._wire.poll:
            self._result_held = result
        else:
            self._say(result)

    def _say(self, text: str) -> None:
        if not text:
            return
        if self._levers.garbage:
            self._send(self._rng.randbytes(3))
        self._send_in_time((text + self._wire.ends_with).encode())

    def _send(self, data: bytes) -> None:
        self.port.send(data)
