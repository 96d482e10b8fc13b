"""The gateway's routes for sticks: the key that bundles are sealed to, and where somebody brings one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import BinaryIO

from flask import Flask, Response, request

from sync.bundle.envelope import (
    BundleDamaged,
    BundleForAnotherKey,
    BundleOfAnotherCounty,
    BundleOfAnotherDirection,
    BundleRefused,
    BundleTooLarge,
    NotABundle,
)
from sync.bundle.report import Taken
from sync.gateway.bundles import BundleDesk
from sync.gateway.http import CBOR, REFUSAL_HEADER, RequestMalformed
from sync.gateway.peers import Peers
from sync.gateway.store import StoreUnavailable
from sync.protocol.frame import encode_frame

_PIECE_BYTES = 64 * 1024
WORDS: dict[type[BundleRefused], tuple[str, int]] = {
    NotABundle: ("not-a-bundle", 400),
    BundleOfAnotherDirection: ("bundle-down", 400),
    BundleOfAnotherCounty: ("bundle-of-another-county", 400),
    BundleForAnotherKey: ("bundle-for-another-key", 400),
    BundleDamaged: ("bundle-damaged", 400),
    BundleTooLarge: ("bundle-too-large", 413),
}
"""What each refusal is called, and its status; every other one is "malformed"."""
_log = logging.getLogger(__name__)


def add_stick_routes(app: Flask, desk: BundleDesk, peers: Peers) -> None:
    """Let the gateway take bundles from anybody whom the county has given a certificate."""

    def stick_key() -> Response:
        """GET /v1/stick-key."""
        peers.of(request.environ)
        return Response(desk.reader.statement, content_type=CBOR)

    def bundle() -> Response:
        """POST /v1/bundles."""
        carrier = peers.of(request.environ)
        body = request.environ["wsgi.input"]

        def arriving(bytes_most: int) -> bytes:
            try:
                piece: bytes = body.read(bytes_most)
            except OSError as cause:
                body.failed = True
                raise RequestMalformed("the line died in the middle of the bundle") from cause
            return piece

        try:
            answered = desk.take(carrier, arriving)
        except OSError as cause:
            # The bundle is not to blame, and some of it may be stored: what is full can be only the way back.
            raise StoreUnavailable(f"the gateway's disk takes no bundle: {cause.strerror or cause}") from cause
        except BundleRefused as refusal:
            body.failed = True
            _log.warning("%s brought a bundle that was not taken: %s", carrier.urn(), refusal)
            raise
        for each in answered.report.chains:
            level = logging.ERROR if each.taken is Taken.FORK else logging.INFO
            _log.log(
                level, "%s brought %d new and %d known records of %s: %s %s",
                carrier.urn(), each.fresh, each.known, each.terminal or "a chain that is not known",
                each.taken.value, each.reason,
            )  # fmt: skip
        return Response(_sent(encode_frame(answered.report.encode()), answered.down), content_type=CBOR)

    app.add_url_rule("/v1/stick-key", "GET /v1/stick-key", stick_key, methods=["GET"])
    app.add_url_rule("/v1/bundles", "POST /v1/bundles", bundle, methods=["POST"])
    app.register_error_handler(BundleRefused, _refused)


def _refused(refusal: BundleRefused) -> Response:
    word, status = WORDS.get(type(refusal), ("malformed", 400))
    answer = Response(f"{refusal}\n", status, content_type="text/plain; charset=utf-8")
    answer.headers[REFUSAL_HEADER] = word
    return answer


def _sent(report: bytes, down: BinaryIO | None) -> Iterator[bytes]:
    yield report
    if down is not None:
        with down:
            while piece := down.read(_PIECE_BYTES):
                yield piece
