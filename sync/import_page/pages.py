"""The pages: the door, the counter where files are put, and what became of them. No scripts.

- A session is a random token in a cookie (HttpOnly, SameSite=Strict).
- Every form carries a token made from the cookie; nothing is read of a file before it is known who sends it.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable

from flask import Flask, Response, abort, g, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.sansio.utils import host_is_trusted

from sync.bundle.items import UP_BYTES_MAX
from sync.import_page import wording
from sync.import_page.carrier import Carried, Carrier
from sync.import_page.config import ImportPageConfig
from sync.import_page.counter import Brought, MustWait, Sessions, Visits
from sync.model.moment import local_datetime
from sync.peer_name import PeerName, PeerNameRefused

COOKIE = "sunpoint_import"
FILES_MAX = 10
UPLOAD_BYTES_MAX = 2 * UP_BYTES_MAX + 1024 * 1024
_FORM_BYTES_MAX = 64 * 1024
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_log = logging.getLogger(__name__)


class Page:
    """The handlers of one import page.

    Args:
        config: says where it stands.
        carrier: brings files to the gateway.
        sessions: who is in.
        visits: what was brought.
        hosts: names that the page answers under.
    """

    def __init__(
        self, config: ImportPageConfig, carrier: Carrier, sessions: Sessions, visits: Visits, hosts: tuple[str, ...]
    ) -> None:
        self._config = config
        self._carrier = carrier
        self._sessions = sessions
        self._visits = visits
        self._hosts = hosts
        self._secret = secrets.token_bytes(32)

    def make_app(self) -> Flask:
        """Put the pages together."""
        app = Flask("sync.import_page", static_folder="static", template_folder="templates")
        app.jinja_env.trim_blocks = True
        app.jinja_env.lstrip_blocks = True
        routes: tuple[tuple[str, str, str, Callable[..., ResponseReturnValue]], ...] = (
            ("GET", "/login", "knock", self._knock),
            ("POST", "/login", "enter", self._enter),
            ("POST", "/logout", "leave", self._leave),
            ("GET", "/", "counter", self._counter),
            ("POST", "/import", "bring", self._bring),
            ("GET", "/visits/<visit_id>", "visit", self._visit),
            ("GET", "/visits/<visit_id>/<int:number>", "answer", self._answer),
        )
        for method, rule, name, handler in routes:
            app.add_url_rule(rule, name, handler, methods=[method])
        app.before_request(self._admit)
        app.after_request(_add_headers)
        app.context_processor(lambda: {"place": self._config.place, "csrf": g.get("csrf", "")})
        app.register_error_handler(413, lambda _: self._refused("文件太大，不像是终端写的。一条也没有收。", 413))
        app.register_error_handler(400, lambda _: self._refused("这个页面放得太久了，请重新打开再试一次。", 400))
        app.register_error_handler(404, lambda _: self._refused("没有这个页面，或者回执已经过了保存的时候。", 404))
        return app

    def _admit(self) -> ResponseReturnValue | None:
        if not host_is_trusted(request.host, self._hosts):
            abort(400)
        if request.endpoint == "static":
            return None
        token = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
        g.token, g.member = token, self._sessions.who(token)
        g.csrf = hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()
        is_door = request.endpoint in ("knock", "enter")
        if g.member is None and not is_door:
            return redirect(url_for("knock"), 303)
        # Only now, and no more than that, is anything read of what was sent.
        request.max_content_length = UPLOAD_BYTES_MAX if request.endpoint == "bring" else _FORM_BYTES_MAX
        request.max_form_parts = FILES_MAX + 5
        if request.method == "POST" and not hmac.compare_digest(request.form.get("csrf", "").encode(), g.csrf.encode()):
            abort(400)
        return None

    def _knock(self) -> ResponseReturnValue:
        return self._door()

    def _door(self, problem: str = "", name: str = "", status: int = 200) -> ResponseReturnValue:
        response = make_response(render_template("login.html", problem=problem, name=name), status)
        _set_cookie(response, g.token)
        return response

    def _enter(self) -> ResponseReturnValue:
        name = request.form.get("name", "").strip()[:40]
        try:
            token = self._sessions.log_in(name, request.form.get("password", ""))
        except MustWait as must:
            return self._door(f"口令输错太多次，请过 {wording.wait(must.wait_ms)}再试。", name, 429)
        if token is None:
            _log.warning("a log-in was refused")
            return self._door("登录名或口令不对，请再试一次。", name, 403)
        response = make_response(redirect(url_for("counter"), 303))
        _set_cookie(response, token)
        return response

    def _leave(self) -> ResponseReturnValue:
        self._sessions.log_out(g.token)
        response = make_response(redirect(url_for("knock"), 303))
        response.delete_cookie(COOKIE)
        return response

    def _counter(self) -> ResponseReturnValue:
        lately = [
            (visit, f"{local_datetime(visit.at_ms):%m-%d %H:%M}", _fresh(visit.files), len(visit.files))
            for visit in self._visits.lately()
        ]
        return render_template("counter.html", member=g.member, lately=lately, problem="")

    def _bring(self) -> ResponseReturnValue:
        files = [each for each in request.files.getlist("bundle") if each.filename]
        if not files:
            page = render_template(
                "counter.html", member=g.member, lately=[], problem="还没有选文件。请先点“选择文件”。"
            )
            return page, 400
        brought: list[tuple[str, Carried]] = []
        for each in files[:FILES_MAX]:
            is_empty = not each.stream.read(1)
            each.stream.seek(0)
            carried = Carried(None, b"", "empty") if is_empty else self._carrier.carry(each.stream)
            brought.append(((each.filename or "")[-60:], carried))
            chains = carried.report.chains if carried.report else ()
            _log.info(
                "%s brought a file: %s", g.member.name,
                carried.refusal
                or "; ".join(f"{wording.terminal(one.terminal)} {one.fresh} new, {one.taken}" for one in chains),
            )  # fmt: skip
        visit = self._visits.keep(g.member, brought)
        return redirect(url_for("visit", visit_id=visit.id), 303)

    def _visit(self, visit_id: str) -> ResponseReturnValue:
        visit = self._visits.get(visit_id)
        if visit is None:
            abort(404)
        at = f"{local_datetime(visit.at_ms):%Y-%m-%d %H:%M}"
        return render_template("visit.html", member=g.member, visit=visit, at=at, wording=wording)

    def _answer(self, visit_id: str, number: int) -> ResponseReturnValue:
        visit = self._visits.get(visit_id)
        if visit is None or number >= len(visit.files):
            abort(404)
        brought = visit.files[number]
        if brought.answer is None or not brought.answer.exists():
            abort(404)
        name = _down_name(brought.carried)
        return send_file(brought.answer.resolve(), "application/octet-stream", as_attachment=True, download_name=name)

    def _refused(self, sentence: str, status: int) -> ResponseReturnValue:
        return make_response(render_template("refusal.html", member=g.get("member"), sentence=sentence), status)


def _fresh(files: tuple[Brought, ...]) -> int:
    reports = [each.carried.report for each in files]
    return sum(chain.fresh for report in reports if report for chain in report.chains)


def _down_name(carried: Carried) -> str:
    try:
        asked_by = carried.report.asked_by if carried.report else None
        name = PeerName.from_urn(asked_by or "")
    except PeerNameRefused:
        return "sunpoint-down.sun"
    return f"sunpoint-down-{name.region}-{name.terminal}.sun"


def _set_cookie(response: Response, token: str) -> None:
    response.set_cookie(COOKIE, token, httponly=True, samesite="Strict")


def _add_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    response.headers["Cache-Control"] = "no-store" if request.endpoint != "static" else "max-age=3600"
    return response
