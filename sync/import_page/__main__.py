"""`python -m sync.import_page [run|user-add] --data DIR ...`: the page where a township takes sticks.

run [--listen HOST:PORT]; user-add --name LOGIN --shown-as NAME --password-stdin.
"""

from __future__ import annotations

import argparse
import ipaddress
import logging
import ssl
import sys
from pathlib import Path
from typing import Any

from flask import Flask

from sync import core_dumps, served
from sync.clock import SystemClock
from sync.import_page.carrier import Carrier
from sync.import_page.config import (
    ANSWERS_DIRECTORY,
    ImportPageConfig,
    ImportPageRefused,
    add_member,
    read_staff,
)
from sync.import_page.counter import Sessions, Visits
from sync.import_page.pages import Page
from sync.listening import CannotListen, check_address
from sync.lock import HeldElsewhere, ProcessLock
from sync.passwords import PasswordTooWeak

DEFAULT_LISTEN = "127.0.0.1:8090"
_THREADS = 4
_PORT_MAX = 65_535


def serve(data: Path, listen: str) -> None:
    """Serve until told to stop. Raises ImportPageRefused, OSError, ssl.SSLError."""
    config, clock = ImportPageConfig.load(data), SystemClock()
    staff = read_staff(data)
    if not staff:
        raise ImportPageRefused("nobody may log in yet; use user-add")
    carrier = Carrier(data, config)
    hosts = ("127.0.0.1", "localhost", "[::1]")

    def load() -> Flask:
        sessions, visits = Sessions(staff, clock), Visits(data / ANSWERS_DIRECTORY, clock)
        return Page(config, carrier, sessions, visits, hosts).make_app()

    def when_ready(arbiter: Any) -> None:
        print(f"import page of {config.place}: http://{served.address_of(arbiter)}/", flush=True)

    settings = {
        "bind": listen,
        "worker_class": "gthread",
        "threads": _THREADS,
        "limit_request_line": 1024,
        "limit_request_fields": 60,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": "",
        "when_ready": when_ready,
    }
    served.serve(load, settings)


def main(arguments: list[str]) -> int:
    """Run a command; returns 1 with a sentence when something is missing or wrong."""
    parser = argparse.ArgumentParser(prog="python -m sync.import_page", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["run", "user-add"], default="run")
    parser.add_argument("--data", type=Path, required=True, help="the page's data directory")
    parser.add_argument("--listen", default=DEFAULT_LISTEN, help="host:port, on this machine only")
    parser.add_argument("--name", default="", help="what somebody logs in with")
    parser.add_argument("--shown-as", default="", help="their name as people write it")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from a line")
    asked = parser.parse_args(arguments)
    core_dumps.refuse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        ImportPageConfig.load(asked.data)
        if asked.what == "user-add":
            if not asked.password_stdin:
                raise ImportPageRefused("a password is read from a line: --password-stdin")
            add_member(asked.data, asked.name, asked.shown_as or asked.name, sys.stdin.readline().rstrip("\n"))
            print(f"{asked.name} may log in from the next start on")
            return 0
        lock = ProcessLock(asked.data / "import.lock")
        try:
            check_address(_loopback(asked.listen))
            serve(asked.data, asked.listen)
        finally:
            lock.release()
        return 0
    except HeldElsewhere:
        print("the import page of this directory runs already", file=sys.stderr)
    except (ImportPageRefused, CannotListen, PasswordTooWeak, OSError, ssl.SSLError) as refusal:
        print(f"import page: {refusal}", file=sys.stderr)
    return 1


def _loopback(listen: str) -> str:
    """Return it; the page speaks HTTP without TLS, so it listens on this machine only. Raises ImportPageRefused."""
    host, _, port = listen.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError as cause:
        raise ImportPageRefused(f"{listen} is not an address and a port") from cause
    if not address.is_loopback or not port.isdecimal() or not port.isascii() or int(port) > _PORT_MAX:
        raise ImportPageRefused(f"{listen}: the page listens on loopback only; put a TLS proxy before it")
    return listen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
