"""Keeping the programs of a stage running: says which one died and starts it again, a bounded number of times."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from provisioning.speech import Refused, Say, Sentence
from provisioning.stage import NotReady, Stage
from sync.lock import HeldElsewhere, ProcessLock

RESTARTS_MAX = 5
RESTART_WINDOW_MS = 10 * 60 * 1000
RESTART_DELAY_S_MAX = 16.0
LOOK_S = 0.5

_NAMES = {
    "gateway": "网关",
    "county": "县平台",
    "simulators": "模拟设备",
    "sync": "同步程序",
    "kiosk": "触摸屏",
}


def alone(stage: Stage) -> Stage:
    """Return the stage, kept for this process until it ends: two that start its programs take them from each other.

    Raises Refused.
    """
    try:
        ProcessLock(stage.directory / "run.lock")
    except HeldElsewhere as cause:
        raise Refused(
            f"{stage.directory} 正在用，先停下那一边", "another run keeps its programs here; stop that one first"
        ) from cause
    return stage


class Supervisor:
    """Watches the named programs of a stage until told to stop, or until the screen is closed by hand."""

    def __init__(self, stage: Stage, names: Sequence[str], say: Say, stop: threading.Event) -> None:
        self._stage = stage
        self._names = list(names)
        self._say = say
        self._stop = stop
        self._restarts_ms: dict[str, list[int]] = {name: [] for name in names}
        self._given_up: set[str] = set()

    def start(self) -> None:
        """Start the programs in order, each when the one before it works. Raises NotReady."""
        for name in self._names:
            if self._stop.is_set():
                return
            self._stage.start(name)
            self._stage.wait_ready(name)
            self._say(Sentence(f"{_NAMES[name]} 已启动", f"{name}: up"))

    def watch(self) -> int:
        """Watch until stopped; returns the exit code: 0, or 1 when a program had to be given up."""
        while not self._stop.wait(LOOK_S):
            for name in self._names:
                if name in self._given_up or self._stage.running(name):
                    continue
                if name == "kiosk" and self._stage.exit_code(name) == 0:
                    self._say(Sentence("屏幕已关闭，全部停止", "the screen was closed; everything stops"))
                    return 0
                self._revive(name)
        return 1 if self._given_up else 0

    def _revive(self, name: str) -> None:
        code = self._stage.exit_code(name)
        shown = _NAMES[name]
        now_ms = self._stage.machine_clock.boot_ms()
        recent = [at_ms for at_ms in self._restarts_ms[name] if at_ms > now_ms - RESTART_WINDOW_MS]
        if len(recent) >= RESTARTS_MAX:
            self._given_up.add(name)
            self._say(
                Sentence(
                    f"{shown} 反复退出（{code}），不再重启，见 {self._stage.log(name)}",
                    f"{name} keeps ending; it is left alone, see its log",
                )
            )
            return
        self._restarts_ms[name] = [*recent, now_ms]
        self._say(
            Sentence(f"{shown} 退出了（{code}），重新启动，见 {self._stage.log(name)}", f"{name} ended; started again")
        )
        if self._stop.wait(min(RESTART_DELAY_S_MAX, 2.0 ** len(recent) - 1)):
            return
        self._stage.start(name)
        try:
            self._stage.wait_ready(name)
        except NotReady as refused:
            self._say(refused.sentence)
