"""The gateway's route for what the root has revoked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import Flask, Response, request

from sync.gateway.http import CBOR, REFUSAL_HEADER
from sync.gateway.peers import Peers


def add_revocation_route(app: Flask, message: Callable[[], bytes | None], peers: Peers) -> None:
    """Hand the newest list to whoever has a certificate; `message` returns it, None before the first.

    It is asked for again and again: with its ETag the answer is 304 and empty while nothing has changed.
    """

    def revocations() -> Response:
        """GET /v1/revocations."""
        peers.of(request.environ)
        held = message()
        if held is None:
            answer = Response("nothing was ever revoked\n", 404, content_type="text/plain; charset=utf-8")
            answer.headers[REFUSAL_HEADER] = "nothing-revoked"
            return answer
        answer = Response(held, content_type=CBOR)
        answer.set_etag(hashlib.sha256(held).hexdigest()[:16])
        answer.make_conditional(request.environ)
        return answer

    app.add_url_rule("/v1/revocations", "GET /v1/revocations", revocations, methods=["GET"])
