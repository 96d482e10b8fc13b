"""`python -m tests.bench.line --to HOST:PORT ...`: a bad line, as a TCP relay whose sockets are throttled.

Modelled: the rate of each direction, shared by all connections, with 52 bytes of IP and TCP headers for each 1,448
bytes and for the acknowledgements of the other direction; the time there and back, also for the handshake of TCP;
resets after so many bytes of a connection; a line that comes and goes, whose connections end when it goes and to which
nobody can connect while it is away. Not modelled: lost packets and what TCP does about them, slow start (its first
window is larger than what such a line holds), queues in other people's routers.

The first line of its output is the port. When it is told to stop it says what happened, as JSON; at SIGUSR1 what has
happened so far.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import json
import signal
import socket
import struct
import sys
import termios
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from random import Random

PACKET_BYTES, HEADER_BYTES, HANDSHAKE_BYTES = 1448, 52, 60
SOCKET_BUFFER_BYTES = 4096
"""What the relay takes in before the line has carried it: little, so that the sender's own buffer fills as it would."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Quality:
    """How a line is. Rates in bits a second, times in seconds, resets after so many bytes of both directions.

    `each`: every connection has such a line to itself, as many terminals have.
    """

    up_bps: int = 64_000
    down_bps: int = 128_000
    round_trip_s: float = 0.6
    reset_bytes: tuple[int, int] | None = None
    up_s: float | None = None
    down_s: float = 0.0
    seed: int = 0
    each: bool = False


@dataclass(slots=True)
class Happened:
    """What became of the line. Bytes with headers, both of its own model; times by the monotonic clock.

    `absences`: how often the line was away and came back. `taken_bytes`: what whoever connects has got rid of, without
    headers, whether the line has carried it yet or not.
    """

    connections: int = 0
    resets: int = 0
    absences: int = 0
    taken_bytes: int = 0
    up_bytes: float = 0
    down_bytes: float = 0
    first_s: float = 0.0


class Lane:
    """One direction: what is put on it leaves one after the other, and arrives half a round trip later."""

    def __init__(self, bps: int, counted_in: Lane | None = None) -> None:
        """`counted_in`: where bytes are counted too."""
        self._bytes_a_s = bps / 8
        self._free_s = 0.0
        self._counted_in = counted_in
        self.carried = 0.0

    def put(self, content_bytes: int, not_before_s: float) -> float:
        """Put bytes on the line, headers included; returns when the last of them has left."""
        self._free_s = max(self._free_s, not_before_s) + content_bytes / self._bytes_a_s
        self.carried += content_bytes
        if self._counted_in is not None:
            self._counted_in.carried += content_bytes
        return self._free_s


class BadLine:
    """The relay."""

    def __init__(self, host: str, port: int, quality: Quality) -> None:
        self._target = (host, port)
        self._quality = quality
        self._random = Random(quality.seed)
        self._up, self._down = Lane(quality.up_bps), Lane(quality.down_bps)
        self._open: dict[Carried, asyncio.Task[None]] = {}
        self._used = asyncio.Event()
        self.happened = Happened()

    async def serve(self) -> None:
        """Relay until told to stop."""
        # Never listens: it keeps the port while the line is away.
        keeper = _bound(0)
        port = keeper.getsockname()[1]
        listener = _listening(port)
        print(port, flush=True)
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._say)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        serving = asyncio.create_task(self._come_and_go(listener, port))
        await stopped.wait()
        serving.cancel()
        keeper.close()
        self._say()

    def _say(self) -> None:
        self.happened.up_bytes, self.happened.down_bytes = self._up.carried, self._down.carried
        told = asdict(self.happened)
        told["taken_bytes"] += sum(each.waiting_bytes() for each in self._open)
        print(json.dumps(told), flush=True)

    async def _come_and_go(self, listener: socket.socket, port: int) -> None:
        accepting = asyncio.create_task(self._accept(listener))
        if self._quality.up_s is None:
            return await accepting
        await self._used.wait()
        # Who connects first meets the line at any moment of its time.
        left_s = self._random.uniform(0, self._quality.up_s)
        while True:
            await asyncio.sleep(left_s)
            left_s = self._quality.up_s
            accepting.cancel()
            await asyncio.wait((accepting,))
            listener.close()
            for each in self._open:
                each.reset()
            await asyncio.sleep(self._quality.down_s)
            self.happened.absences += 1
            listener = _listening(port)
            accepting = asyncio.create_task(self._accept(listener))

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            near, _ = await loop.sock_accept(listener)
            self.happened.connections += 1
            self._used.set()
            self.happened.first_s = self.happened.first_s or loop.time()
            carried = Carried(self, near)
            self._open[carried] = asyncio.create_task(self._carry(carried))

    async def _carry(self, carried: Carried) -> None:
        up, down = self._up, self._down
        if self._quality.each:
            up, down = Lane(self._quality.up_bps, up), Lane(self._quality.down_bps, down)
        try:
            await carried.run(self._target, up, down)
        finally:
            del self._open[carried]

    @property
    def quality(self) -> Quality:
        """How the line is."""
        return self._quality

    def left_bytes(self) -> float:
        """How much the next connection carries before it is reset."""
        between = self._quality.reset_bytes
        return self._random.uniform(*between) if between else float("inf")


class Carried:
    """One connection; `near` is the socket of whoever made it."""

    def __init__(self, line: BadLine, near: socket.socket) -> None:
        self._line = line
        self._near = near
        self._far = socket.socket()
        self._left_bytes = line.left_bytes()
        # The near end believes that it is connected; on a real line it would know one round trip later.
        self._begins_s = asyncio.get_running_loop().time() + line.quality.round_trip_s
        self._running: asyncio.Task[None] | None = None
        self._broken = False

    async def run(self, target: tuple[str, int], up: Lane, down: Lane) -> None:
        """Carry what both ends say until they have ended, or one of them or the line has broken."""
        self._running = asyncio.current_task()
        for each in (self._near, self._far):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await asyncio.get_running_loop().sock_connect(self._far, target)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(self._near, self._far, up, down))
                both.create_task(self._pump(self._far, self._near, down, up))
        except* (OSError, asyncio.CancelledError):
            self._broken = True
        finally:
            for each in (self._near, self._far):
                if self._broken:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                each.close()

    async def _pump(self, from_: socket.socket, to: socket.socket, lane: Lane, back: Lane) -> None:
        """Carry what one end says."""
        loop = asyncio.get_running_loop()
        lane.put(HANDSHAKE_BYTES, loop.time())
        arriving: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(self._deliver(arriving, to))
        try:
            while piece := await loop.sock_recv(from_, PACKET_BYTES):
                if from_ is self._near:
                    self._line.happened.taken_bytes += len(piece)
                left_s = lane.put(len(piece) + HEADER_BYTES, max(loop.time(), self._begins_s))
                back.put(HEADER_BYTES // 2, loop.time())
                arriving.put_nowait((left_s + self._line.quality.round_trip_s / 2, piece))
                # The next packet is taken from the sender when this one has left.
                await asyncio.sleep(max(0.0, left_s - loop.time()))
            arriving.put_nowait((loop.time() + self._line.quality.round_trip_s / 2, b""))
            await delivery
        finally:
            delivery.cancel()

    async def _deliver(self, arriving: asyncio.Queue[tuple[float, bytes]], to: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            at_s, piece = await arriving.get()
            await asyncio.sleep(max(0.0, at_s - loop.time()))
            if not piece:
                with contextlib.suppress(OSError):
                    to.shutdown(socket.SHUT_WR)
                return
            await loop.sock_sendall(to, piece)
            self._left_bytes -= len(piece)
            if self._left_bytes <= 0:
                self.reset()
                return

    def waiting_bytes(self) -> int:
        """What has come from the near end and was not taken yet."""
        held = array("i", [0])
        fcntl.ioctl(self._near, termios.FIONREAD, held)
        return held[0]

    def reset(self) -> None:
        """Break the connection at both ends at once; what the line has not carried yet, it never will."""
        if self._broken or self._running is None:
            return
        self._broken = True
        self._line.happened.resets += 1
        self._running.cancel()


def _bound(port: int) -> socket.socket:
    """A socket of this machine; several have the same port as long as one listens."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by what is accepted; set before listening, or the window is larger.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
    made.setblocking(False)
    made.bind(("127.0.0.1", port))
    return made


def _listening(port: int) -> socket.socket:
    made = _bound(port)
    made.listen(1024)
    return made


def arguments_of(quality: Quality) -> Iterator[str]:
    """The command line that asks for a line."""
    yield from ("--up", str(quality.up_bps), "--down", str(quality.down_bps))
    yield from ("--round-trip", str(quality.round_trip_s), "--seed", str(quality.seed))
    if quality.reset_bytes:
        yield from ("--reset", *map(str, quality.reset_bytes))
    if quality.up_s:
        yield from ("--swing", str(quality.up_s), str(quality.down_s))
    if quality.each:
        yield "--each"


def main() -> int:
    """Relay until told to stop."""
    parser = argparse.ArgumentParser(prog="tests.bench.line", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--to", required=True, help="host:port")
    parser.add_argument("--up", type=int, default=64_000, help="bits a second")
    parser.add_argument("--down", type=int, default=128_000, help="bits a second")
    parser.add_argument("--round-trip", type=float, default=0.6, help="seconds")
    parser.add_argument("--reset", type=int, nargs=2, help="a connection breaks after so many bytes: least, most")
    parser.add_argument("--swing", type=float, nargs=2, help="the line is there and away for so many seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--each", action="store_true", help="every connection has such a line to itself")
    asked = parser.parse_args()
    host, _, port = asked.to.rpartition(":")
    up_s, down_s = asked.swing or (None, 0.0)
    reset = (asked.reset[0], asked.reset[1]) if asked.reset else None
    quality = Quality(asked.up, asked.down, asked.round_trip, reset, up_s, down_s, asked.seed, asked.each)
    asyncio.run(BadLine(host, int(port), quality).serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
