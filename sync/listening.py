"""Whether an address can be listened on, asked before a server is started that would only try again and again."""

from __future__ import annotations

import socket


class CannotListen(ValueError):
    """The address is nobody's here, or another program's; the message names it."""


def check_address(listen: str) -> None:
    """Listen on host:port for a moment. Raises CannotListen."""
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        address = socket.getaddrinfo(host.strip("[]"), int(port), family, socket.SOCK_STREAM)[0][4]
    except OSError as cause:
        raise CannotListen(f"nobody knows the host {host} to listen on: {cause.strerror}") from cause
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen(1)
    except OSError as cause:
        raise CannotListen(f"cannot listen on {listen}: {cause.strerror}") from cause
