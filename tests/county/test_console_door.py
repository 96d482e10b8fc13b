"""Who gets into the console, who stays out, and what a forged request achieves: nothing."""

from __future__ import annotations

from county.deeds import What
from county.duties import Clerk
from sync.model.transitions import Status
from sync.passwords import make_verifier
from tests.county.hall import PASSWORD, Hall
from tests.county.office import INTAKE
from tests.county.village import NOON_MS


def test_nobody_sees_anything_without_logging_in(hall: Hall) -> None:
    number = hall.take_in()
    for path in ("/", f"/cases/{number}", "/ratings", "/parked", "/deeds", "/self-tests"):
        answer = hall.console.browser().get(path)
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
        assert number not in answer.text


def test_a_form_without_its_token_does_nothing(hall: Hall) -> None:
    number = hall.take_in()
    clerk = hall.enter(INTAKE)
    other = hall.enter(INTAKE)
    foreign = other.get("/").forms()["/logout"]["csrf"][0]
    for token in ("", "0" * 64, foreign):
        answer = clerk.post(f"/cases/{number}/do/accept", {"csrf": token, "moves": "1"})
        assert answer.status == 400
    assert clerk.post(f"/cases/{number}/do/accept", {"moves": "1"}).status == 400
    assert clerk.post("/logout", {}).status == 400
    assert hall.status(number) is Status.TAKEN_IN
    assert clerk.get("/").status == 200, "still logged in"


def test_logging_in_needs_the_token_of_the_form(hall: Hall) -> None:
    browser = hall.console.browser()
    assert browser.post("/login", {"name": "chen", "password": PASSWORD}).status == 400
    page = browser.get("/login")
    stolen = page.forms()["/login"]["csrf"][0]
    elsewhere = hall.console.browser()
    elsewhere.get("/login")
    assert elsewhere.post("/login", {"name": "chen", "password": PASSWORD, "csrf": stolen}).status == 400


def test_five_wrong_passwords_lock_the_name_for_fifteen_seconds_and_then_twice_as_long(hall: Hall) -> None:
    hall.office.clerks.add(Clerk("zhao", INTAKE.duty, "civil", "赵一"), make_verifier(PASSWORD), NOON_MS)
    browser = hall.console.browser()
    for _ in range(4):
        assert browser.log_in("zhao", "wrong-password").status == 403
    fifth = browser.log_in("zhao", "wrong-password")
    assert (fifth.status, fifth.headers["Retry-After"]) == (429, "15")
    assert "请过 15 秒再试" in fifth.words
    assert browser.log_in("zhao", PASSWORD).status == 429, "the right one waits, too"
    assert hall.console.browser().log_in("zhao", PASSWORD).status == 429, "in every browser"
    hall.console.pass_time(15_000)
    sixth = browser.log_in("zhao", "wrong-password")
    assert (sixth.status, sixth.headers["Retry-After"]) == (429, "30")
    hall.console.pass_time(30_000)
    assert browser.log_in("zhao", PASSWORD).status == 303
    assert browser.get("/").status == 200
    again = hall.console.browser()
    assert again.log_in("zhao", "wrong-password").status == 403, "counted from the beginning"
    whats = [deed.what for deed in hall.office.clerks.deeds() if deed.clerk == "zhao"]
    assert whats.count(What.LOCKED_OUT) == 2


def test_a_name_that_nobody_has_is_locked_like_any_other(hall: Hall) -> None:
    browser = hall.console.browser()
    answers = [browser.log_in("nobody", "wrong-password") for _ in range(5)]
    assert [answer.status for answer in answers] == [403, 403, 403, 403, 429]
    known = hall.console.browser().log_in("luo", "wrong-password")
    assert known.words.replace("luo", "") == answers[0].words.replace("nobody", "")


def test_a_session_ends_when_it_is_not_used_and_when_it_is_left(hall: Hall) -> None:
    clerk = hall.enter(INTAKE)
    left = hall.enter(INTAKE)
    kept = dict(left.cookies)
    assert left.send(left.get("/"), "/logout").status == 303
    left.cookies = kept
    assert left.get("/").status == 303, "the cookie of a session that was left opens nothing"
    hall.console.pass_time(29 * 60_000)
    assert clerk.get("/").status == 200
    hall.console.pass_time(31 * 60_000)
    assert clerk.get("/").status == 303


def test_cookies_and_headers_keep_the_page_to_itself(hall: Hall) -> None:
    browser = hall.console.browser()
    answer = browser.log_in("chen", PASSWORD)
    session = next(line for line in answer.headers.get_all("Set-Cookie") or [] if line.startswith("sunpoint_county="))
    assert "HttpOnly" in session
    assert "SameSite=Strict" in session
    page = browser.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    for outside in ("http://", "https://", "<script", "style=", "onclick"):
        assert outside not in page.text.replace("http://www.w3.org", "")
    style = browser.get("/static/console.css")
    assert style.status == 200
    assert "url(" not in style.text


def test_another_host_name_is_not_answered(hall: Hall) -> None:
    assert hall.console.browser().get("/login", Host="county.evil.example").status == 400
