"""A driver and a test that take turns: time passes only when the test says so, so thousands of faults take seconds."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread

from devices.line import LineGone, OwnLine
from devices.rating_pad.driver import PadDriver

HUNG_S = 5.0
ENDS_MS = 10_000


class Lockstep(OwnLine):
    """A `Line` whose other end is the test; `now_ms` is the time that the driver sees."""

    byte_s = 0.0

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        """`heard` is given what the driver sends, in the driver's thread, while the test waits."""
        self.now_ms = 0
        self._heard = heard
        self._arrived = b""
        self._is_gone = False
        self._is_ending = False
        self._has_ended = True
        self._turn = Condition()
        self._is_drivers = False
        self._rests_ms = 0
        self._thread: Thread | None = None
        self.failure: BaseException | None = None

    # What the test does

    def serve(self, driver: PadDriver) -> None:
        """Let `driver` attend to this line until it is gone or the test ends, and come back when it first rests."""

        def attend() -> None:
            try:
                driver.attend(self, lambda: self._is_ending)
            except LineGone:
                self._is_gone = True
            except BaseException as error:
                self.failure = error
            with self._turn:
                self._is_drivers, self._has_ended = False, True
                self._turn.notify_all()

        self._is_gone = self._is_ending = self._has_ended = False
        self._arrived = b""
        self._thread = Thread(target=attend, daemon=True)
        with self._turn:
            self._is_drivers = True
            self._thread.start()
            self._until_tests()

    @property
    def is_served(self) -> bool:
        """Whether the driver is still there."""
        return not self._has_ended

    def deliver(self, data: bytes) -> None:
        """Let bytes arrive, and the driver take them."""
        self._arrived += data
        self.let_pass(0)

    def let_pass(self, pass_ms: int) -> None:
        """Let time pass, the driver waking whenever it wanted to."""
        end_ms = self.now_ms + pass_ms
        while True:
            step_ms = end_ms - self.now_ms if self._has_ended else min(self._rests_ms, end_ms - self.now_ms)
            self.now_ms += step_ms
            if not self._has_ended:
                self._give_turn()
            if self.now_ms >= end_ms:
                return

    def end(self, *, unplugged: bool) -> None:
        """Pull the plug, or end the program."""
        self._is_gone, self._is_ending = unplugged, True
        began_ms = self.now_ms
        while self.is_served:
            assert self.now_ms - began_ms < ENDS_MS, "the driver does not end"
            self._give_turn()
            if self._has_ended and self._thread is not None:
                self._thread.join(HUNG_S)
                return
            self.now_ms += self._rests_ms

    def _give_turn(self) -> None:
        with self._turn:
            self._is_drivers = True
            self._turn.notify_all()
            self._until_tests()

    def _until_tests(self) -> None:
        assert self._turn.wait_for(lambda: not self._is_drivers, HUNG_S), "the driver hangs"
        if self.failure is not None:
            raise self.failure

    # What the driver does

    def wait(self, timeout_s: float, mailbox_fd: int | None = None) -> None:
        with self._turn:
            self._rests_ms = max(1, round(timeout_s * 1000))
            self._is_drivers = False
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._is_drivers)

    def read(self) -> bytes:
        if self._is_gone:
            raise LineGone("unplugged")
        data, self._arrived = self._arrived, b""
        return data

    def write(self, data: bytes, timeout_s: float) -> int:
        if self._is_gone:
            raise LineGone("unplugged")
        self._heard(data)
        return len(data)

    def unsent(self) -> int:
        return 0

    def discard(self) -> None:
        self._arrived = b""

    def is_current(self) -> bool:
        return not self._is_gone

    def close(self) -> None:
        """The test has it."""
