"""That the relay is the line that it is said to be. No times are asserted: the machine may be busy."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.bench.line import Quality
from tests.bench.lines import line
from tests.bench.site import until

FAST = Quality(up_bps=80_000_000, down_bps=80_000_000, round_trip_s=0.0)
CONTENT = bytes(range(256)) * 400


@pytest.fixture
def echo() -> Iterator[int]:
    """A port that says back what it hears, until the other end has said everything."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    there, _ = server.accept()
                except OSError:
                    return
                with there:
                    try:
                        while piece := there.recv(65536):
                            there.sendall(piece)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def said_back(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 20) as here:
        threading.Thread(target=_say, args=(here,), daemon=True).start()
        return b"".join(iter(lambda: here.recv(65536), b""))


def _say(here: socket.socket) -> None:
    try:
        here.sendall(CONTENT)
        here.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_a_line_carries_everything_both_ways_and_counts_the_headers(echo: int) -> None:
    with line(echo, FAST) as over:
        assert said_back(over.port) == CONTENT
    happened = over.happened
    assert (happened.connections, happened.resets) == (1, 0)
    assert happened.up_bytes > len(CONTENT) * (1 + 52 / 1448)


def test_a_line_breaks_after_so_many_bytes_and_takes_the_next_connection(echo: int) -> None:
    quality = Quality(FAST.up_bps, FAST.down_bps, 0.0, reset_bytes=(20_000, 40_000), seed=3)
    with line(echo, quality) as over:
        for _ in range(2):
            with pytest.raises(ConnectionResetError):
                said_back(over.port)
    assert over.happened.resets == 2
    assert over.happened.connections == 2


def test_every_connection_has_a_line_to_itself_where_that_was_asked(echo: int) -> None:
    quality = Quality(FAST.up_bps, FAST.down_bps, 0.0, each=True)
    with line(echo, quality) as over:
        assert said_back(over.port) == said_back(over.port) == CONTENT
    assert over.happened.up_bytes > 2 * len(CONTENT)


def test_a_line_that_comes_and_goes_is_not_there_for_a_while_and_then_is_again(echo: int) -> None:
    quality = Quality(FAST.up_bps, FAST.down_bps, 0.0, up_s=0.5, down_s=0.5, seed=1)
    with line(echo, quality) as over:
        held = socket.create_connection(("127.0.0.1", over.port), 5)
        with held, pytest.raises(ConnectionResetError):
            held.recv(1)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", over.port), 5)
        until(20, lambda: over.so_far().absences == 1, "the line")
        until(20, lambda: connects(over.port), "the line, again")


def connects(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False
