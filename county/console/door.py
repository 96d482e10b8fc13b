"""The door of the console: who is in, and that what is sent was sent from our own pages.

- A session is a random token in a cookie (HttpOnly, SameSite=Strict), kept in the store only as its hash.
- Every form carries a token made from the cookie and a secret of the store; without it nothing is done.
- Wrong passwords are counted before they are looked at, also for names that nobody has.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import Blueprint, Flask, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.sansio.utils import host_is_trusted

from county import wording
from county.console.office import Office
from county.deeds import Deed, What
from county.duties import Clerk
from county.store.clerks import LockedOut
from sync import passwords

SESSION_COOKIE = "sunpoint_county"
VISITOR_COOKIE = "sunpoint_county_door"
FORM_BYTES_MAX = 64 * 1024
_NAME_CHARACTERS_MAX = 40
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), clipboard-read=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Door:
    """Lets clerks in and out.

    Args:
        office: the parts of the console.
        secret: random bytes of this store that form tokens are made with.
        hosts: names that the console answers under.
    """

    def __init__(self, office: Office, secret: bytes, hosts: tuple[str, ...]) -> None:
        self._office = office
        self._secret = secret
        self._hosts = hosts

    def install(self, app: Flask) -> None:
        """Stand before every page of the console."""
        app.config["MAX_CONTENT_LENGTH"] = FORM_BYTES_MAX
        app.before_request(self._admit)
        app.after_request(_add_headers)
        door = Blueprint("door", __name__)
        door.add_url_rule("/login", "knock", self._knock, methods=["GET"])
        door.add_url_rule("/login", "enter", self._enter, methods=["POST"])
        door.add_url_rule("/logout", "leave", self._leave, methods=["POST"])
        app.register_blueprint(door)

    def _admit(self) -> ResponseReturnValue | None:
        # Asked here, not by Flask's own setting: that one answers with a bare 500.
        if not host_is_trusted(request.host, self._hosts):
            abort(400)
        if request.endpoint == "static":
            return None
        token = request.cookies.get(SESSION_COOKIE, "")
        g.token = token
        g.clerk = self._office.clerks.session(token, self._office.clock.wall_ms()) if token else None
        is_door = request.endpoint in ("door.knock", "door.enter")
        cookie = request.cookies.get(VISITOR_COOKIE, "") if is_door else token
        g.csrf = self._form_token(cookie)
        if g.clerk is None and not is_door:
            return redirect(url_for("door.knock"), 303)
        if request.method not in ("GET", "HEAD"):
            given = request.form.get("csrf", "")
            if not cookie or not hmac.compare_digest(given.encode(), g.csrf.encode()):
                abort(400)
        return None

    def _knock(self) -> ResponseReturnValue:
        return self._form()

    def _enter(self) -> ResponseReturnValue:
        name = request.form.get("name", "").strip()[:_NAME_CHARACTERS_MAX]
        now_ms = self._office.clock.wall_ms()
        clerks = self._office.clerks
        try:
            wrong = clerks.count_try(name, now_ms)
        except LockedOut as locked:
            return self._refuse_for(locked.wait_ms, name)
        found = clerks.find(name)
        clerk, verifier = found if found is not None else (None, None)
        if passwords.fits(request.form.get("password", ""), verifier) and clerk is not None:
            return self._let_in(clerk, now_ms)
        wait = passwords.wait_ms(wrong)
        clerks.write(Deed(now_ms, name, What.LOCKED_OUT if wait else What.LOGIN_REFUSED))
        if wait:
            return self._refuse_for(wait, name)
        return self._form(problem="登录名或口令不对，请再试一次。", name=name, status=403)

    def _let_in(self, clerk: Clerk, now_ms: int) -> ResponseReturnValue:
        clerks = self._office.clerks
        clerks.forgive(clerk.name)
        clerks.write(Deed(now_ms, clerk.name, What.LOGGED_IN))
        response = make_response(redirect(url_for("cases.shelf"), 303))
        _set_cookie(response, SESSION_COOKIE, clerks.open_session(clerk, now_ms))
        response.delete_cookie(VISITOR_COOKIE, path="/login")
        return response

    def _refuse_for(self, wait: int, name: str) -> ResponseReturnValue:
        problem = f"口令输错太多次，请过 {wording.wait(wait)}再试。"
        response = self._form(problem=problem, name=name, status=429)
        response.headers["Retry-After"] = str(-(-wait // 1000))
        return response

    def _leave(self) -> ResponseReturnValue:
        self._office.clerks.close_session(g.token)
        self._office.clerks.write(Deed(self._office.clock.wall_ms(), g.clerk.name, What.LOGGED_OUT))
        response = make_response(redirect(url_for("door.knock", left=1), 303))
        response.delete_cookie(SESSION_COOKIE)
        return response

    def _form(self, problem: str = "", name: str = "", status: int = 200) -> Response:
        visitor = request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(32)
        notice = "已经退出。" if "left" in request.args and not problem else ""
        page = render_template("login.html", problem=problem, notice=notice, name=name, csrf=self._form_token(visitor))
        response = make_response(page, status)
        _set_cookie(response, VISITOR_COOKIE, visitor, path="/login")
        return response

    def _form_token(self, cookie: str) -> str:
        return hmac.new(self._secret, cookie.encode(), hashlib.sha256).hexdigest()


def _set_cookie(response: Response, name: str, value: str, path: str = "/") -> None:
    response.set_cookie(name, value, path=path, httponly=True, samesite="Strict")


def _add_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    # Personal data must not lie in the browser's disk cache; the style sheet may.
    response.headers["Cache-Control"] = "no-store" if request.endpoint != "static" else "max-age=3600"
    return response
