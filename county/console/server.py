"""Serves the console with gunicorn: one process, a few threads, the courier beside them.

gunicorn forks its worker, and neither a thread nor an SQLite connection survives a fork: so everything is built in the
worker, by the function given here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from msgspec import Struct

THREADS = 8
_GRACE_S = 5


class Running(Struct, frozen=True):
    """What runs in the worker: the pages, and how to end what runs beside them."""

    app: Flask
    stop: Callable[[], None]


class _Application(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn without a command line: the settings are these and no file's."""

    def __init__(self, settings: dict[str, Any], load: Callable[[], Flask]) -> None:
        self._settings = settings
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._load()


def serve(listen: str, start: Callable[[], Running], ready: Callable[[str], None]) -> None:
    """Serve until told to stop by SIGTERM or SIGINT.

    Args:
        listen: host:port.
        start: builds everything; called in the worker.
        ready: told the address once connections are taken.
    """
    running: list[Running] = []

    def load() -> Flask:
        running.append(start())
        return running[-1].app

    def when_ready(arbiter: Any) -> None:
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        ready(f"http://{host}:{port}/")

    def worker_exit(_arbiter: object, _worker: object) -> None:
        for each in running:
            each.stop()

    settings = {
        "bind": listen,
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "graceful_timeout": _GRACE_S,
        "control_socket_disable": True,
        "limit_request_line": 2048,
        "limit_request_fields": 60,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": "",
        "when_ready": when_ready,
        "worker_exit": worker_exit,
    }
    _Application(settings, load).run()
