"""gunicorn as all our pages and interfaces are served by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

_ALWAYS = {
    "workers": 1,
    "graceful_timeout": 5,
    "control_socket_disable": True,  # nothing listens but the program itself
}


class _Application(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn without a command line: the settings are these and no file's."""

    def __init__(self, settings: Mapping[str, Any], load: Callable[[], Flask]) -> None:
        self._settings = settings
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._load()


def serve(load: Callable[[], Flask], settings: Mapping[str, Any]) -> None:
    """Serve what `load` builds in the one worker until told to stop by SIGTERM or SIGINT, by gunicorn's `settings`."""
    _Application({**_ALWAYS, **settings}, load).run()


def address_of(arbiter: Any) -> str:
    """Return where gunicorn listens, as host:port, for what is said when it is ready."""
    host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
    return f"{host}:{port}"
