"""A pad on a pty: keys, a prompt, lights, and levers for faults."""

from __future__ import annotations

import time
from collections.abc import Callable

from devices.rating_pad.frames import SetLevels, SetTimeout, Welcome
from devices.rating_pad.model import PadKey, PadModel, read_pad_model
from devices.sim.bad_wire import BITS_A_BYTE
from devices.sim.pad_body import PadBody
from devices.sim.pad_face import TIMEOUT_S
from devices.sim.pad_firmware import Said, Told, decoder_of, is_opening, is_prompt
from devices.sim.pty_port import PtyPort

_LEVELS = 5


class SimulatedPad(PadBody):
    """A pad behind `port`. What it sends takes as long as the model's speed wants."""

    def __init__(
        self, port: PtyPort, monotonic_s: Callable[[], float], model: PadModel | None = None, seed: int = 0
    ) -> None:
        """Make a pad of `model`, a PJ06 if it is None; `seed` for what its faults draw."""
        super().__init__(model if model is not None else read_pad_model("pj06"), monotonic_s, seed)
        self._port = port
        self._set_defaults()

    def start(self) -> None:
        """Plug in, unless the lever says otherwise, and switch on."""
        if not self.levers.unplug:
            self._port.plug()
        super().start()

    def close(self) -> None:
        """Switch off and unplug."""
        super().close()
        self._port.unplug()

    def pull(self, **levers: bool | None) -> None:
        """See `PadBody`."""
        super().pull(**levers)
        if levers.get("unplug") is True:
            self._port.unplug()
        elif levers.get("unplug") is False:
            self._port.plug()

    def _forget(self) -> None:
        self._set_defaults()
        if self.model.wire is not None:
            self._waiting.append((self._off_until_s, self.model.wire.greeting))

    def _set_defaults(self) -> None:
        self._decoder = decoder_of(self.model)
        self._levels, self._timeout_s = _LEVELS, TIMEOUT_S

    def _receive(self, timeout_s: float) -> bytes:
        return self._port.read(64, timeout_s)

    def _hear(self, data: bytes) -> None:
        for told in self._decoder.feed(data):
            self._obey(told)

    def _obey(self, told: Told) -> None:
        self._note(told)
        match told:
            case Welcome():
                self._greetings += 1
            case SetTimeout(seconds):
                self._timeout_s = seconds
            case SetLevels(count):
                self._levels = count
            case Said.THANKS:
                self._thanks += 1
            case Said.CLOSING:
                self._asked_until_s = None
        if is_prompt(told):
            self._prompted()
        if self.model.wire is not None and (is_prompt(told) or is_opening(told)):
            self._say(self.model.wire.acknowledgement)

    def _time_over(self) -> None:
        if self.model.wire is not None:
            self._say(self.model.wire.timeout)

    def _give(self, key: PadKey) -> None:
        self._say(key.sends)

    def _say(self, data: bytes) -> None:
        if not data:
            return
        if self._levers.garbage:
            data = self._rng.randbytes(3) + data + self._rng.randbytes(3)
        self._send_in_time(data)

    def _send(self, data: bytes) -> None:
        time.sleep(len(data) * BITS_A_BYTE / self.model.baud)
        self._port.write(data)
