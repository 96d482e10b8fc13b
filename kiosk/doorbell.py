"""The bell between the devices' threads and the window's: what a device says is heard at the next turn of the loop."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Doorbell:
    """Rung by any thread, answered in the window's; rung again before that, it is answered once."""

    def __init__(self) -> None:
        """Nobody is at home yet: what is rung now is heard at the next tick."""
        self._lock = Lock()
        self._is_rung = False
        self._post: Callable[[Callable[[], None]], None] | None = None
        self._answer: Callable[[], None] = lambda: None

    def answer(self, post: Callable[[Callable[[], None]], None], answer: Callable[[], None]) -> None:
        """From now on call `answer` by `post`, which carries a call into the window's thread."""
        with self._lock:
            self._post, self._answer = post, answer

    def ring(self) -> None:
        """Return at once; `answer` is called soon."""
        with self._lock:
            if self._is_rung or self._post is None:
                return
            self._is_rung = True
            post = self._post
        post(self._open)

    def _open(self) -> None:
        with self._lock:
            self._is_rung = False
        self._answer()
