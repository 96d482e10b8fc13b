"""The network between the ends: requests and answers that are cut at any byte, lost, delayed or there twice.

TLS keeps one connection in order and whole up to its end. So nothing is changed or swapped inside of an exchange; but
what was sent on a connection that its sender has given up may arrive later, behind what a newer one brought, and what
a proxy repeats arrives twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from county.gateway_line import (
    ChainNotTaken,
    FeedMoved,
    GatewayAway,
    NotAtGateway,
    PushAnswer,
    feed_address,
    log_address,
)
from sync.client.line import Answer, LineFailed
from sync.peer_name import PeerName
from sync.protocol import tus
from sync.protocol.arrivals import Arrival, decode_arrivals
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.frame import FrameCut, FrameReader, FrameRefused, encode_frame
from sync.protocol.relay import RELAY_BYTES_MAX, Marked, Relay, RelayMalformed
from sync.protocol.segment import Segment
from sync.transport.line_state import LineFault
from tests.campaign.village import estate
from tests.campaign.village.disk import Disk, Killed, Process
from tests.campaign.village.gateway import NO_HEADERS, UPLOAD, GatewayEnd, Reply
from tests.campaign.village.stream import Stream, in_chunks

LATE_MOST = 6
"""So many requests are under way at most after their senders have given up."""
CUT_BYTES, CUT_UPLOAD_BYTES = 4_000, 70_000
"""A line that dies does so within so many bytes of a request, or of a piece of an attachment."""


class Trouble(Struct, frozen=True):
    """What may happen to an exchange, each by its probability."""

    refused: float = 0.0
    cut_going: float = 0.0
    answer_lost: float = 0.0
    cut_coming: float = 0.0
    delayed: float = 0.0
    repeated: float = 0.0


class NoAnswer(Exception):
    """The exchange brought nothing."""

    def __init__(self, fault: LineFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Arrived(Struct, frozen=True):
    """An answer as far as it came."""

    reply: Reply
    whole: bool = True


class Request(Struct, frozen=True):
    """What was sent and has not arrived yet."""

    peer: PeerName
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    whole: bool


class Network:
    """Carries exchanges to the one gateway.

    Args:
        gateway: who answers.
        disk: knows who acts.
        rng: draws the trouble.
        meanwhile: called while an exchange is under way, for everybody else.
        said: told of every answer that the gateway gave, before anybody can lose it.
    """

    def __init__(
        self,
        gateway: GatewayEnd,
        disk: Disk,
        rng: Random,
        meanwhile: Callable[[], None],
        said: Callable[[Request | None, Reply], None],
    ) -> None:
        self._gateway = gateway
        self._disk = disk
        self._rng = rng
        self._meanwhile = meanwhile
        self._said = said
        self.trouble = Trouble()
        self.late: list[Request] = []
        self.cut_off: set[PeerName] = set()
        self.met: dict[str, int] = {}

    def exchange(
        self,
        sender: Process,
        peer: PeerName,
        method: str,
        target: str,
        body: Iterable[bytes] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Arrived:
        """Carry one exchange. Raises NoAnswer, Killed (of the sender)."""
        is_upload = method == UPLOAD
        if is_upload:
            body = in_chunks(body or ())
        sender.step()
        self._meanwhile()
        kind = self._drawn()
        if kind == "refused" or peer in self.cut_off or not self._gateway.process.alive:
            raise NoAnswer(LineFault.NO_LINE)
        if kind == "delayed":
            sent = b"".join(body or ())
            self._send_off(Request(peer, method, target, headers, sent, whole=self._rng.random() < 0.7))
            raise NoAnswer(LineFault.TOO_SLOW)
        cut_within = self._rng.choice((CUT_BYTES, CUT_UPLOAD_BYTES)) if is_upload else CUT_BYTES
        stream = Stream(body or (), self._rng.randrange(cut_within) if kind == "cut_going" else None, self._meanwhile)
        if kind == "repeated":
            whole = b"".join(body or ())
            self._send_off(Request(peer, method, target, headers, whole, whole=True))
            stream = Stream((whole,), None, self._meanwhile)
        reply = self._handled(peer, method, target, headers, stream)
        if stream.sender_died is not None:
            raise stream.sender_died
        sender.step()
        self._meanwhile()
        if reply is None or kind in ("cut_going", "answer_lost"):
            raise NoAnswer(LineFault.CUT)
        if reply.status >= 500:
            raise NoAnswer(LineFault.GATEWAY_FAILED)
        if kind == "cut_coming":
            cut = self._rng.randrange(len(reply.body) + 1)
            return Arrived(replace(reply, body=reply.body[:cut]), whole=False)
        return Arrived(reply)

    def deliver_late(self) -> None:
        """Let one of the requests arrive that nobody waits for any more."""
        request = self.late.pop(self._rng.randrange(len(self.late)))
        if self._gateway.process.alive:
            cut = None if request.whole else self._rng.randrange(len(request.body) + 1)
            stream = Stream((request.body,), cut, lambda: None)
            self._handled(request.peer, request.method, request.target, request.headers, stream)

    def _handled(
        self, peer: PeerName, method: str, target: str, headers: Mapping[str, str], stream: Stream
    ) -> Reply | None:
        """What the gateway answers; None when it died over it."""
        deaths = self._gateway.process.deaths
        try:
            reply = self._gateway.handle(peer, method, target, stream, headers)
        except Killed as killed:
            if killed.process is not self._gateway.process:
                raise
            if killed.process.deaths == deaths:
                killed.process.end()
            return None
        if self._gateway.process.deaths != deaths:
            # It died over another request, while this one was under way.
            return None
        if not target.startswith(("/v1/log", tus.ROOT)):
            # From outside these may look like an acknowledgement, and are checked by who reads them.
            self._said(None, reply)
        return reply

    def _send_off(self, request: Request) -> None:
        self.late.append(request)
        if len(self.late) > LATE_MOST:
            self.late.pop(0)

    def _drawn(self) -> str:
        left = self._rng.random()
        for kind in Trouble.__struct_fields__:
            left -= getattr(self.trouble, kind)
            if left < 0:
                self.met[kind] = self.met.get(kind, 0) + 1
                return kind
        return ""


class TerminalLine:
    """What a terminal's lanes ask; see `sync.client.line.Line`."""

    def __init__(self, network: Network, process: Process, name: PeerName) -> None:
        self._network = network
        self._process = process
        self._name = name

    def close(self) -> None:
        """Nothing is held open."""

    def ask(self, path: str, bytes_max: int, headers: Mapping[str, str] | None = None) -> Answer:
        """See `Line.ask`; no answer here is conditional."""
        return self.exchange("GET", path, bytes_max, NO_HEADERS)

    def send(self, path: str, frames: Iterator[bytes], bytes_max: int) -> Answer:
        """See `Line.send`."""
        return self.exchange("POST", path, bytes_max, NO_HEADERS, frames)

    def exchange(
        self, method: str, path: str, bytes_max: int, headers: Mapping[str, str], body: Iterator[bytes] | None = None
    ) -> Answer:
        """See `Line.exchange`."""
        try:
            came = self._network.exchange(self._process, self._name, method, path, body, headers)
        except NoAnswer as cause:
            raise LineFailed(cause.fault, cause.fault.value) from cause
        if len(came.reply.body) > bytes_max:
            raise LineFailed(LineFault.GARBLED, "too large")
        broken = None if came.whole else LineFailed(LineFault.CUT, "cut")
        return Answer(came.reply.status, came.reply.refusal, came.reply.body, broken, came.reply.upload_offset)


class CountyLine:
    """What the county's courier and outbox ask; see `county.gateway_line.GatewayLine`."""

    def __init__(self, network: Network, process: Process) -> None:
        self._network = network
        self._process = process

    def feed(self, after: int, read: Marked | None = None) -> list[Relay]:
        """See `GatewayLine.feed`: what came whole counts."""
        came = self._exchanged("GET", feed_address(after, read), None)
        if came.reply.status == 409:
            raise FeedMoved
        return self._relays(came)

    def _relays(self, came: Arrived) -> list[Relay]:
        if came.reply.status != 200:
            raise GatewayAway(f"{came.reply.status}")
        frames = FrameReader(RELAY_BYTES_MAX)
        relays: list[Relay] = []
        try:
            relays.extend(Relay.decode(content) for content in frames.feed(came.reply.body))
            frames.finish()
        except (FrameCut, FrameRefused, RelayMalformed) as cause:
            if not relays:
                raise GatewayAway("cut") from cause
        if not came.whole and not relays:
            raise GatewayAway("cut")
        return relays

    def late(self, after: int) -> list[Relay]:
        """See `GatewayLine.late`."""
        return self._relays(self._exchanged("GET", f"/v1/late?after={after}", None))

    def log(self, after: Checkpoint) -> bytes:
        """See `GatewayLine.log`."""
        came = self._exchanged("GET", log_address(after), None)
        if not came.whole or came.reply.status != 200:
            raise GatewayAway(f"{came.reply.status}")
        return came.reply.body

    def push(self, segments: list[Segment]) -> PushAnswer:
        """See `GatewayLine.push`."""
        came = self._exchanged("POST", "/v1/segments", (encode_frame(each.encode()) for each in segments))
        if came.reply.status == 403:
            raise ChainNotTaken(came.reply.refusal)
        if not came.whole or came.reply.status not in (200, 409, 422):
            raise GatewayAway(f"{came.reply.status}")
        return PushAnswer(came.reply.body, came.reply.status == 200, came.reply.status == 422)

    def arrivals(self, after: int) -> tuple[Arrival, ...]:
        """See `GatewayLine.arrivals`."""
        return decode_arrivals(self._given("GET", f"{tus.ROOT}?after={after}", NO_HEADERS), after)

    def attachment(self, digest: bytes, start: int, stop: int) -> bytes:
        """See `GatewayLine.attachment`."""
        return self._given("GET", f"{tus.ROOT}/{digest.hex()}", {"Range": f"bytes={start}-{stop - 1}"})

    def release(self, digest: bytes) -> None:
        """See `GatewayLine.release`."""
        with contextlib.suppress(NotAtGateway):
            self._given("DELETE", f"{tus.ROOT}/{digest.hex()}", NO_HEADERS)

    def _given(self, method: str, target: str, headers: Mapping[str, str]) -> bytes:
        came = self._exchanged(method, target, None, headers)
        if came.reply.status == 404:
            raise NotAtGateway
        if not came.whole or came.reply.status not in (200, 204, 206):
            raise GatewayAway(f"{came.reply.status}")
        return came.reply.body

    def _exchanged(
        self, method: str, target: str, body: Iterable[bytes] | None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Arrived:
        try:
            return self._network.exchange(self._process, estate.OFFICE, method, target, body, headers)
        except NoAnswer as cause:
            raise GatewayAway(cause.fault.value) from cause
