"""The gateway's HTTP face: routes, statuses and nothing that decides.

Every refusal is a sentence in text/plain, with a word for programs in the header `Sunpoint-Refusal`. Where a chain is
concerned the body is a signed answer instead, which says where the chain stands, also for a gap (409) and a fork
(422). The log has who, what and how much; it has no addresses, no queries and nothing of a record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from flask import Flask, Request, Response, request
from msgspec import Struct
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from sync.enrolment import REQUEST_BYTES_MAX as ENROLMENT_BYTES_MAX
from sync.enrolment import EnrolmentMalformed, EnrolmentRequest
from sync.gateway.admission import ChainDamaged
from sync.gateway.attachments import AttachmentDesk
from sync.gateway.checkpoints import CheckpointDesk
from sync.gateway.enrolling import Enroller, EnrolmentRefused, PredecessorNotThere, TooManyTries, TriesLimit
from sync.gateway.intake import Ending, Intake
from sync.gateway.peers import PeerRefused, Peers
from sync.gateway.places import Places
from sync.gateway.shelf import NoSuchPack, PublishedPacks
from sync.gateway.store import Admitted, Store, StoreUnavailable, TerminalAlreadyNamed, TerminalHasAnotherChain
from sync.gateway.store.attachments import AttachmentStore
from sync.gateway.tus import UPLOADS_AT_ONCE, UPLOADS_OF_ONE_TERMINAL, AttachmentRoutes, add_attachment_routes
from sync.gateway.voice import Acknowledger, NotVouched
from sync.grant import REQUEST_BYTES_MAX as GRANT_BYTES_MAX
from sync.grant import GrantMalformed, GrantRequest, decode_revocation
from sync.keys import StatementRefused
from sync.peer_name import PeerRole
from sync.protocol.checkpoint import FIRST_EPOCH
from sync.protocol.frame import encode_frame
from sync.protocol.pack_offer import encode_offers
from sync.protocol.relay import MARK_BYTES, Relay
from sync.protocol.segment import Segment, cut
from sync.record import CHAIN_ID_BYTES, ChainBroken, RecordRefused
from sync.succession import NoSuccession

REFUSAL_HEADER = "Sunpoint-Refusal"
NOT_VOUCHED = "not-vouched"
"""The word for a gateway whose acknowledgement key the root does not vouch for now."""
CBOR = "application/cbor"
RELAY_BYTES_PER_ANSWER = 256 * 1024
RETRY_S = 5
NOT_VOUCHED_RETRY_S = 300
"""Somebody has to come and put it right."""
_STATUS = {
    Ending.WHOLE: 200,
    Ending.BUDGET: 200,
    Ending.CUT: 400,
    Ending.MALFORMED: 400,
    Ending.LATE: 403,
    Ending.REFUSED: 403,
    Ending.GAP: 409,
    Ending.FORK: 422,
}
_log = logging.getLogger(__name__)


class RequestMalformed(ValueError):
    """A part of the address or of the query is not what it should be."""


class Gateway(Struct, frozen=True):
    """What the routes work with. `authorities` is the PEM of the issuing authority and the root."""

    store: Store
    peers: Peers
    intake: Intake
    acknowledger: Acknowledger
    checkpoints: CheckpointDesk
    enroller: Enroller
    tries: TriesLimit
    packs: PublishedPacks
    attachments: AttachmentStore
    attachment_desk: AttachmentDesk
    authorities: bytes

    def receive(self) -> Response:
        """POST /v1/segments."""
        peer = self.peers.sender(request.environ)
        # Nobody shall send on a slow line what would not be acknowledged at its end.
        self.acknowledger.check()
        body = request.environ["wsgi.input"]
        # gunicorn's body object reads ahead by 1 KiB, and so would hold back a whole segment that has arrived
        # until more follows; the reader behind it gives exactly what is asked for.
        reception = self.intake.receive(peer, body.reader.read)
        _log.info(
            "%s sent segments: %s, %d records stored, %d segments replayed%s",
            peer.urn(), reception.ending, reception.accepted, reception.replayed,
            f" ({reception.reason})" if reception.reason else "",
        )  # fmt: skip
        if reception.ending is Ending.FORK:
            _log.error("FORK: %s holds two versions of one record; see the evidence in the store", peer.urn())
        status = _STATUS[reception.ending]
        head = reception.head
        if head is None and reception.chain is not None:
            chain = self.store.confirmed(reception.chain)
            head = chain.standing.head if chain else None
        if head is None:
            code = Ending.MALFORMED if reception.ending is Ending.WHOLE else reception.ending
            answer = _refusal(400 if status == 200 else status, code, reception.reason or "there were no segments")
        else:
            answer = Response(self.acknowledger.answer(head), status, content_type=CBOR)
            if status != 200:
                answer.headers[REFUSAL_HEADER] = reception.ending
        if reception.ending is not Ending.WHOLE:
            # What follows in the stream has not been read, and nobody shall take it for a request: with this
            # gunicorn closes the connection after the answer.
            body.failed = True
        return answer

    def head(self, chain_hex: str) -> Response:
        """GET /v1/head/<chain>: for the county, and for the terminal that the chain is about."""
        peer = self.peers.of(request.environ)
        named = _chain_id(chain_hex)
        chain = self.store.chain(named)
        if chain is not None and peer.role is not PeerRole.COUNTY and chain.about != peer:
            raise PeerRefused("not-the-holder", "this chain belongs to somebody else")
        if chain is None or (chain := self.store.confirmed(named)) is None:
            return _refusal(404, "chain-unknown", "this gateway takes no records of this chain")
        return Response(self.acknowledger.answer(chain.standing.head), content_type=CBOR)

    def checkpoint(self) -> Response:
        """GET /v1/checkpoint?from=SIZE&epoch=EPOCH: the county's newest word about its tree, for who asks."""
        terminal = self.peers.terminal(request.environ)
        chain = self.store.terminal_chain(terminal)
        if chain is None:
            return _refusal(404, "chain-unknown", "this gateway takes no records of this terminal")
        epoch = _number(request, "epoch") if "epoch" in request.args else None
        answer = self.checkpoints.answer(chain.standing.head.chain, _number(request, "from"), epoch)
        return Response(answer, content_type=CBOR)

    def log(self) -> Response:
        """GET /v1/log?after=MS&from=SIZE&epoch=EPOCH: leaves and checkpoints in their order, for the county."""
        self.peers.county(request.environ)
        epoch = max(FIRST_EPOCH, _number(request, "epoch"))
        page = self.checkpoints.page(_number(request, "after"), _number(request, "from"), epoch)
        return Response(page, content_type=CBOR)

    def inbox(self) -> Response:
        """GET /v1/inbox?after=SEQ: the county's chain for the terminal that asks."""
        terminal = self.peers.terminal(request.environ)
        chain = self.store.county_chain(terminal)
        if chain is None:
            return Response(b"", content_type=CBOR)
        head, after = chain.standing.head, _number(request, "after")
        try:
            records = self.store.records_after(head.chain, after, RELAY_BYTES_PER_ANSWER)
            if after < head.seq and [record.header.seq for record in records[:1]] != [after + 1]:
                raise ChainBroken(f"record {after + 1} is missing")
            return _relayed((segment.last_seq, chain.statement, segment) for segment in cut(records))
        except RecordRefused as cause:
            raise ChainDamaged(
                f"chain {head.chain.hex()} is no longer whole in the gateway's store: {cause}"
            ) from cause

    def feed(self) -> Response:
        """GET /v1/feed?after=N&at=PLACE&mark=MARK: what was admitted of all chains, for the county.

        `mark` is what the county read at PLACE. When this store has another there, or nothing, it was put back from
        a backup and gives its numbers anew: 409.
        """
        self.peers.county(request.environ)
        after, read = _number(request, "after"), request.args.get("mark")
        if read is not None:
            mark = _named(read, MARK_BYTES, "place of the feed")
            if self.store.mark_of_admission(_number(request, "at")) != mark:
                return _refusal(409, "place-unknown", "this place of the feed is not what it was; read all of it")
        admitted = self.store.admitted_after(after, RELAY_BYTES_PER_ANSWER)
        relays = (Relay(each.admission, each.statement, _segment_of(each), each.mark) for each in admitted)
        return Response(b"".join(encode_frame(relay.encode()) for relay in relays), content_type=CBOR)

    def late(self) -> Response:
        """GET /v1/late?after=N: what came for chains that the county had closed, for it to look at."""
        self.peers.county(request.environ)
        found = self.store.late_after(_number(request, "after"), RELAY_BYTES_PER_ANSWER)
        frames = [encode_frame(Relay(each.place, each.statement, each.wire).encode()) for each in found]
        return Response(b"".join(frames), content_type=CBOR)

    def offers(self) -> Response:
        """GET /v1/packs."""
        self.peers.of(request.environ)
        return Response(encode_offers(self.packs.offers()), content_type=CBOR)

    def pack(self, name: str) -> Response:
        """GET /v1/packs/<name>, the whole or the range that is asked for."""
        self.peers.of(request.environ)
        try:
            content = self.packs.content(name)
        except NoSuchPack as refusal:
            return _refusal(404, "no-such-pack", str(refusal))
        answer = Response(content, content_type=CBOR)
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=len(content))
        return answer

    def root(self) -> Response:
        """GET /v1/root: for who has only a fingerprint yet."""
        return Response(self.authorities, content_type="application/x-pem-file")

    def enrol(self) -> Response:
        """POST /v1/enrol: for who has a one-time code and no certificate yet."""
        address = self.peers.address(request.environ)
        try:
            self.tries.check(address)
            answer = self.enroller.enrol(EnrolmentRequest.decode(_body(ENROLMENT_BYTES_MAX)))
        except EnrolmentRefused as refusal:
            if not isinstance(refusal, TooManyTries):
                self.tries.count(address)
            _log.warning("an enrolment was refused: %s", refusal.code)
            return _refusal(429 if isinstance(refusal, TooManyTries) else 403, refusal.code, str(refusal))
        except EnrolmentMalformed as refusal:
            self.tries.count(address)
            return _refusal(400, "malformed", str(refusal))
        self.tries.forget(address)
        return Response(answer, content_type=CBOR)

    def grant(self) -> Response:
        """POST /v1/grants: the county lets a terminal enrol."""
        self.peers.county(request.environ)
        try:
            wanted = GrantRequest.decode(_body(GRANT_BYTES_MAX))
            self.enroller.grant(wanted)
        except (GrantMalformed, StatementRefused) as refusal:
            return _refusal(400, "malformed", str(refusal))
        except NoSuccession as refusal:
            return _refusal(400, "no-succession", str(refusal))
        except PredecessorNotThere as refusal:
            return _refusal(404, "not-enrolled", str(refusal))
        except (TerminalAlreadyNamed, TerminalHasAnotherChain) as refusal:
            return _refusal(409, "name-taken", str(refusal))
        _log.info("granted: %s may enrol", wanted.name.urn())
        return Response(status=204)

    def revoke(self) -> Response:
        """POST /v1/revocations: the county refuses a terminal from now on."""
        self.peers.county(request.environ)
        try:
            name, closed_at = decode_revocation(_body(GRANT_BYTES_MAX))
        except GrantMalformed as refusal:
            return _refusal(400, "malformed", str(refusal))
        if not self.store.revoke(name, self.acknowledger.clock.wall_ms(), closed_at):
            return _refusal(404, "not-enrolled", f"{name.urn()} is not enrolled here")
        _log.warning("revoked: %s", name.urn())
        return Response(status=204)


def make_app(gateway: Gateway) -> Flask:
    """The WSGI application. It must be served by gunicorn: the peers are read from its sockets."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # no redirects: an end that follows none would be lost
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("POST", "/v1/segments", gateway.receive),
        ("GET", "/v1/head/<chain_hex>", gateway.head),
        ("GET", "/v1/checkpoint", gateway.checkpoint),
        ("GET", "/v1/log", gateway.log),
        ("GET", "/v1/inbox", gateway.inbox),
        ("GET", "/v1/feed", gateway.feed),
        ("GET", "/v1/late", gateway.late),
        ("GET", "/v1/packs", gateway.offers),
        ("GET", "/v1/packs/<name>", gateway.pack),
        ("GET", "/v1/root", gateway.root),
        ("POST", "/v1/enrol", gateway.enrol),
        ("POST", "/v1/grants", gateway.grant),
        ("POST", "/v1/revocations", gateway.revoke),
    )
    for method, rule, handler in routes:
        app.add_url_rule(rule, f"{method} {rule}", handler, methods=[method])
    uploads = Places(UPLOADS_AT_ONCE, UPLOADS_OF_ONE_TERMINAL, newest_first=True)
    routes_of_attachments = AttachmentRoutes(
        gateway.peers, gateway.attachment_desk, gateway.attachments, _refusal, uploads
    )
    add_attachment_routes(app, routes_of_attachments)
    app.before_request(lambda: gateway.peers.check(request.environ))
    app.register_error_handler(PeerRefused, lambda refusal: _refusal(403, refusal.code, str(refusal)))
    app.register_error_handler(RequestMalformed, lambda refusal: _refusal(400, "malformed", str(refusal)))
    app.register_error_handler(StoreUnavailable, _unavailable)
    app.register_error_handler(ChainDamaged, _damaged)
    app.register_error_handler(NotVouched, _not_vouched)
    app.register_error_handler(404, lambda _: _refusal(404, "no-such-route", "there is nothing at this address"))
    app.register_error_handler(RequestedRangeNotSatisfiable, _no_such_range)
    app.register_error_handler(405, lambda _: _refusal(405, "wrong-method", "this address is asked in another way"))
    app.register_error_handler(500, lambda _: _refusal(500, "broken", "the gateway failed; its log says where"))
    return app


def _relayed(parts: Iterable[tuple[int, bytes, Segment]]) -> Response:
    frames = (encode_frame(Relay(place, statement, segment.encode()).encode()) for place, statement, segment in parts)
    return Response(b"".join(frames), content_type=CBOR)


def _refusal(status: int, code: str, sentence: str) -> Response:
    answer = Response(sentence + "\n", status, content_type="text/plain; charset=utf-8")
    answer.headers[REFUSAL_HEADER] = code
    return answer


def _no_such_range(refusal: RequestedRangeNotSatisfiable) -> Response:
    answer = _refusal(416, "no-such-range", f"there are {refusal.length} bytes")
    answer.headers["Content-Range"] = f"{refusal.units} */{refusal.length}"
    return answer


def _unavailable(refusal: StoreUnavailable) -> Response:
    _log.error("%s", refusal)
    answer = _refusal(
        503, "store-unavailable", "the gateway cannot store now; what it has not acknowledged is not stored"
    )
    answer.headers["Retry-After"] = str(RETRY_S)
    request.environ["wsgi.input"].failed = True
    return answer


def _not_vouched(refusal: NotVouched) -> Response:
    answer = _refusal(503, NOT_VOUCHED, str(refusal))
    answer.headers["Retry-After"] = str(NOT_VOUCHED_RETRY_S)
    request.environ["wsgi.input"].failed = True
    return answer


def _damaged(refusal: ChainDamaged) -> Response:
    _log.error("DAMAGED: %s", refusal)
    answer = _refusal(503, "chain-damaged", "this gateway has lost records of this chain; somebody has to look into it")
    request.environ["wsgi.input"].failed = True
    return answer


def _segment_of(admitted: Admitted) -> bytes:
    """What goes on to the county; nothing, and a word in the log, when the store no longer has it whole."""
    try:
        if admitted.records:
            return Segment.of(list(admitted.records)).encode()
    except ValueError as cause:
        _log.error("DAMAGED: admission %d is no segment any more: %s", admitted.admission, cause)
    chain, first, last = admitted.span
    _log.error("DAMAGED: records %d to %d of chain %s are no longer whole in the store", first, last, chain.hex())
    return b""


def _number(asked: Request, name: str) -> int:
    text = asked.args.get(name, "0")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise RequestMalformed(f"{name} is not a number")
    return int(text)


def _chain_id(text: str) -> bytes:
    return _named(text, CHAIN_ID_BYTES, "chain")


def _named(text: str, bytes_exact: int, what: str) -> bytes:
    try:
        name = bytes.fromhex(text)
    except ValueError as cause:
        raise RequestMalformed(f"a {what} is named by hexadecimal digits") from cause
    if len(name) != bytes_exact:
        raise RequestMalformed(f"a {what} is named by {bytes_exact} bytes")
    return name


def _body(bytes_max: int) -> bytes:
    try:
        body: bytes = request.environ["wsgi.input"].read(bytes_max + 1)
    except OSError as cause:
        raise RequestMalformed("the line died in the middle of the request") from cause
    if len(body) > bytes_max:
        raise RequestMalformed(f"more than {bytes_max} bytes")
    return body
