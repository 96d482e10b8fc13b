"""Serves the console with gunicorn: one process, a few threads, the courier beside them.

gunicorn forks its worker, and neither a thread nor an SQLite connection survives a fork: so everything is built in the
worker, by the function given here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from msgspec import Struct

from sync import served

THREADS = 8


class Running(Struct, frozen=True):
    """What runs in the worker: the pages, and how to end what runs beside them."""

    app: Flask
    stop: Callable[[], None]


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
        ready(f"http://{served.address_of(arbiter)}/")

    def worker_exit(_arbiter: object, _worker: object) -> None:
        for each in running:
            each.stop()

    settings = {
        "bind": listen,
        "worker_class": "gthread",
        "threads": THREADS,
        "limit_request_line": 2048,
        "limit_request_fields": 60,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": "",
        "when_ready": when_ready,
        "worker_exit": worker_exit,
    }
    served.serve(load, settings)
