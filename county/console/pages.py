"""What every page has around it: the top, the menu, the strip that tells the truth; and the page of a refusal."""

from __future__ import annotations

from flask import Flask, abort, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from werkzeug.exceptions import HTTPException

from county import wording
from county.console.office import Office
from county.deeds import Deed, What
from county.duties import Clerk, Duty
from county.store.cases import CaseTable
from county.store.late import LateTails
from county.store.ledger import Ledger
from sync.model.facts import Author
from sync.model.moment import local_datetime, moment_in_words


class NavLink(Struct, frozen=True):
    """One entry of the menu; `count` is drawn when it is not 0."""

    label: str
    href: str
    here: bool
    count: int = 0


class Strip(Struct, frozen=True):
    """The strip at the foot: how the line is, what has come, what waits to go."""

    up: bool
    as_of: str
    problem: str
    notice: str
    received: int
    waiting: int


class Surroundings:
    """Gives every template what stands around the page, and draws refusals."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def install(self, app: Flask) -> None:
        """Stand around every page of the console."""
        app.context_processor(self._values)
        page = app.jinja_env.get_template("stopped.html")

        def failed(error: HTTPException) -> ResponseReturnValue:
            """Draw every error as a page in plain words; what went wrong inside is for the log.

            Drawn without what stands around other pages: that may be the very thing that failed.
            """
            if error.response is not None:
                return error.response
            code = error.code or 500
            heading, sentence = _SENTENCES.get(code, _SENTENCES[500])
            return page.render(heading=heading, sentence=sentence), code

        app.register_error_handler(HTTPException, failed)

    def _values(self) -> dict[str, object]:
        now_ms = self._office.clock.wall_ms()
        values: dict[str, object] = {
            "place": self._office.library().profile.name,
            "now": moment_in_words(now_ms),
            "page_moment": f"{local_datetime(now_ms):%H:%M:%S}",
            "clock_real": self._office.clock.real,
            "csrf": g.get("csrf", ""),
        }
        clerk: Clerk | None = g.get("clerk")
        return values if clerk is None else values | self._clerk_values(clerk)

    def _clerk_values(self, clerk: Clerk) -> dict[str, object]:
        line = self._office.line()
        with self._office.database.reading() as connection:
            ledger, table = Ledger(connection), CaseTable(connection)
            received = ledger.count(Author.TERMINAL)
            waiting = sum(chain.waiting for chain in ledger.chains(Author.COUNTY))
            late = LateTails(connection).waiting() if clerk.duty is Duty.SUPERVISOR else 0
            to_check = table.parked_count() + len(ledger.alarms()) if clerk.duty is Duty.SUPERVISOR else 0
        return {
            "clerk": clerk,
            "duty": wording.DUTY[clerk.duty],
            "department": self._office.library().department_name(clerk.department),
            "nav": _menu(clerk, to_check, late),
            "line": Strip(line.up, wording.moment(line.as_of_ms), line.problem, line.notice, received, waiting),
        }


_SENTENCES = {
    400: ("这一页过期了", "可能是开得太久，或者在别处退出过。请重新打开，刚才填的没有提交。"),
    404: ("没有这一页", "请从办件列表重新找。"),
    405: ("不能这样打开", "请从办件列表重新找。"),
    413: ("写得太长了", "请写短一些再提交。"),
    500: ("没有办成", "系统里出了问题，已经记录。请重新打开看一看，办没办成以列表为准。"),
}


def _menu(clerk: Clerk, to_check: int, late: int) -> tuple[NavLink, ...]:
    here = request.endpoint or ""
    links = [
        NavLink("办件", url_for("cases.shelf"), here.startswith("cases.")),
        NavLink("评价", url_for("supervision.ratings"), here == "supervision.ratings"),
    ]
    if clerk.duty is Duty.SUPERVISOR:
        links += [
            NavLink("待核查", url_for("supervision.parked"), here == "supervision.parked", to_check),
            NavLink("迟到记录", url_for("late.tails"), here.startswith("late."), late),
            NavLink("设备自检", url_for("self_tests.newest"), here == "self_tests.newest"),
            NavLink("操作记录", url_for("supervision.deeds"), here == "supervision.deeds"),
        ]
    return tuple(links)


def refuse(heading: str, sentence: str, explanation: str = "", status: int = 403) -> ResponseReturnValue:
    """Return the page of a refusal: what was refused, and why."""
    page = render_template(
        "refusal.html", heading=heading, sentence=sentence, explanation=explanation, back=url_for("cases.shelf")
    )
    return make_response(page, status)


def refuse_outsider(office: Office, case_no: str | None, tried: str) -> ResponseReturnValue:
    """Write down that somebody tried what is not theirs, and return the page that says so."""
    clerk: Clerk = g.clerk
    office.clerks.write(Deed(office.clock.wall_ms(), clerk.name, What.REFUSED, case_no, tried))
    return not_yours(clerk, tried)


def not_yours(clerk: Clerk, tried: str) -> ResponseReturnValue:
    """Return the page that says that something is not this clerk's to do; it has been written down already."""
    sentence = f"“{tried}”不是您可以办的。"
    explanation = f"您的岗位是“{wording.DUTY[clerk.duty]}”，只能办本岗位、本部门的事。这次操作已经记录。"
    return refuse("越权", sentence, explanation)


def page_number() -> int:
    """Return the page asked for, counted from 0."""
    given = request.args.get("page", "0")
    if not given.isascii() or not given.isdigit() or len(given) > 5:
        abort(404)
    return int(given)
