"""The case list, the page of a case, and what is done there."""

from __future__ import annotations

import unicodedata

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from msgspec.structs import replace

from county import wording
from county.attachments import AttachmentUnreadable
from county.casefile import CaseFile, read_case_file
from county.cases import CommandRefused
from county.clocks import light_days
from county.console.attachments import named_in, shown
from county.console.case_view import case_page, short_number
from county.console.deed_view import DeedLine, deed_line
from county.console.forms import ACTION_OF, actions_for, waits_for
from county.console.lights import Pill, case_lights, light_pill
from county.console.office import Office
from county.console.pages import not_yours, page_number, refuse, refuse_outsider
from county.console.time_view import case_times
from county.desk import CaseNotThere, NotYours
from county.duties import Clerk, Duty
from county.library import Library
from county.pen import PointCannotRead, PointNotGranted
from county.store.attachments import AttachmentTable
from county.store.cases import PAGE_ROWS, CaseQuery, CaseTable
from county.store.evidence import EvidenceTable
from county.store.ledger import Ledger
from county.store.papers import PaperTable
from sync.model.case import Case
from sync.model.case_number import LENGTH
from sync.model.deadline import Deadline, Term, supplement
from sync.model.facts import Outcome
from sync.model.light import Light
from sync.model.masking import masked_name
from sync.model.moment import local_date
from sync.model.transitions import ENDS, Status

_OPEN = frozenset(Status) - ENDS
_WAITING = frozenset({Status.AWAITING_MATERIALS, Status.SUPPLEMENT_REQUIRED, Status.SUSPENDED})
TABS: tuple[tuple[str, str, frozenset[Status]], ...] = (
    ("open", "未办结", _OPEN),
    ("new", "待受理", frozenset({Status.TAKEN_IN})),
    ("working", "办理中", frozenset({Status.ACCEPTED})),
    ("waiting", "等申请人", _WAITING),
    ("results", "出结果", frozenset({Status.DECIDED, Status.READY, Status.DELIVERED})),
    ("over", "已结束", ENDS),
)
_STATUSES_OF_TAB = {name: statuses for name, _, statuses in TABS}


class ListLine(Struct, frozen=True):
    """One case in the list."""

    href: str
    pill: Pill
    item: str
    number: str
    applicant: str
    point: str
    status: str
    headline: str


class Tab(Struct, frozen=True):
    """One filter above the list."""

    label: str
    href: str
    here: bool
    count: int
    pill: Pill | None = None


class CasePages:
    """Pages about cases."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def blueprint(self) -> Blueprint:
        """Return the pages with their addresses."""
        pages = Blueprint("cases", __name__)
        pages.add_url_rule("/", "shelf", self._shelf)
        pages.add_url_rule("/cases/<number>", "case", self._case)
        pages.add_url_rule("/cases/<number>/personal", "personal", self._personal, methods=["POST"])
        pages.add_url_rule("/cases/<number>/do/<slug>", "act", self._act, methods=["POST"])
        pages.add_url_rule("/cases/<number>/attachments/<digest>", "attachment", self._attachment)
        return pages

    # --- the list -----------------------------------------------------------------------------------------------

    def _shelf(self) -> ResponseReturnValue:
        library = self._office.library()
        now_ms = self._office.clock.wall_ms()
        query, tab = self._query(library)
        days = light_days(library.calendar, library.profile.lights, local_date(now_ms))
        with self._office.database.reading() as connection:
            table, ledger = CaseTable(connection), Ledger(connection)
            counts = table.statuses(query.items)
            lights = table.lights(replace(query, light=None), days)
            found = table.find(query, days)
            total = table.count(query, days)
            keys = self._office.database.keyring.among(ledger.record_at)
            files = [read_case_file(row.number, ledger.of_case(row.number), keys) for row in found]
        return render_template(
            "cases.html",
            tabs=_tabs(tab, counts),
            lights=_light_tabs(tab, query, lights),
            rows=[_line(file, library, now_ms) for file in files],
            total=total,
            sought=query.number,
            tab=tab,
            previous=_page_link(query, tab, query.page - 1, total),
            following=_page_link(query, tab, query.page + 1, total),
        )

    def _query(self, library: Library) -> tuple[CaseQuery, str]:
        clerk: Clerk = g.clerk
        sought = _normalised(request.args.get("q", ""))
        # Who looks for a number looks everywhere.
        tab = "" if sought else request.args.get("tab", "open")
        light = request.args.get("light", "")
        if (tab and tab not in _STATUSES_OF_TAB) or (light and light not in list(Light)):
            abort(404)
        return (
            CaseQuery(
                items=None if clerk.duty is Duty.SUPERVISOR else library.items_of(clerk.department),
                statuses=_STATUSES_OF_TAB.get(tab),
                light=Light(light) if light else None,
                number=sought,
                page=page_number(),
            ),
            tab,
        )

    # --- one case -----------------------------------------------------------------------------------------------

    def _case(self, number: str) -> ResponseReturnValue:
        return self._with_case(number, "查看办件")

    def _with_case(
        self, number: str, doing: str, *, refusal: str = "", tried: str = "", status: int = 200
    ) -> ResponseReturnValue:
        """Draw a case; `refusal` is why the form `tried` was refused, and what was typed in it is drawn again."""
        file = self._find(number)
        clerk: Clerk = g.clerk
        library = self._office.library()
        department = library.department(file.case.item_code)
        if not clerk.sees(department):
            return refuse_outsider(self._office, number, doing)
        now_ms = self._office.clock.wall_ms()
        opened = self._office.clerks.has_opened(g.token, number, now_ms)
        with self._office.database.reading() as connection:
            here = AttachmentTable(connection).of_case(number)
            times = case_times(EvidenceTable(connection), PaperTable(connection), file)
        page = render_template(
            "case.html",
            case=case_page(file, library, self._office.clerks.names(), here, times, now_ms, opened=opened),
            actions=actions_for(clerk, file.case, department, has_limit=library.legal_limit(file.case) is not None),
            waits_for=waits_for(file.case),
            refusal=refusal,
            tried=tried,
            sent=request.form,
            default_due=_due_by_default(library, now_ms),
            default_result=_result_by_default(library, file.case),
            asked_materials=_materials(library, file.case),
            done=wording.COMMAND[ACTION_OF[request.args["done"]].command]
            if request.args.get("done") in ACTION_OF
            else "",
            deeds=self._deeds(number) if clerk.duty is Duty.SUPERVISOR else (),
        )
        return make_response(page, status)

    def _deeds(self, number: str) -> list[DeedLine]:
        names = self._office.clerks.names()
        return [deed_line(deed, names) for deed in self._office.clerks.deeds(number)]

    def _find(self, number: str) -> CaseFile:
        if len(number) != LENGTH:
            abort(404)
        try:
            return self._office.desk.open(number)
        except CaseNotThere:
            abort(404)

    def _personal(self, number: str) -> ResponseReturnValue:
        file = self._find(number)
        clerk: Clerk = g.clerk
        if not clerk.sees(self._office.library().department(file.case.item_code)):
            return refuse_outsider(self._office, number, "打开个人信息")
        self._office.clerks.open_case(g.token, clerk, number, self._office.clock.wall_ms())
        return redirect(url_for("cases.case", number=number), 303)

    def _attachment(self, number: str, digest: str) -> ResponseReturnValue:
        """Show an attachment to whoever has opened what is personal in its case."""
        file = self._find(number)
        if not g.clerk.sees(self._office.library().department(file.case.item_code)):
            return refuse_outsider(self._office, number, "查看附件")
        if not self._office.clerks.has_opened(g.token, number, self._office.clock.wall_ms()):
            return redirect(url_for("cases.case", number=number), 303)
        named = named_in(file, digest)
        if named is None:
            abort(404)
        try:
            return shown(self._office.vault.opened(named))
        except AttachmentUnreadable as refusal:
            return refuse("现在看不了", f"{refusal}。", status=404)

    def _act(self, number: str, slug: str) -> ResponseReturnValue:
        self._find(number)
        action = ACTION_OF.get(slug)
        if action is None:
            abort(404)
        seen = request.form.get("moves", "")
        seen_moves = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else -1
        try:
            self._office.desk.perform(g.clerk, number, action.read(request.form), seen_moves)
        except NotYours:
            return not_yours(g.clerk, action.title)
        except CommandRefused as refusal:
            return self._with_case(number, action.title, refusal=str(refusal), tried=slug, status=422)
        except PointNotGranted:
            return refuse(
                "还不能办",
                "这个服务点还没有开通县里的答复通道。",
                "请技术员先为这台终端授权，再办这件事。",
                status=409,
            )
        except PointCannotRead:
            return refuse(
                "还不能办",
                "这台终端还没有报来阅读密钥，答复发过去它也打不开。",
                "请让终端联网一次，再办这件事。",
                status=409,
            )
        return redirect(url_for("cases.case", number=number, done=slug), 303)


def _normalised(sought: str) -> str:
    """Return what was typed of a case number as records write it: without spaces and hyphens, half-width, big X."""
    kept = unicodedata.normalize("NFKC", sought)
    return "".join(each for each in kept.upper() if each.isalnum())[:LENGTH]


def _line(file: CaseFile, library: Library, now_ms: int) -> ListLine:
    case = file.case
    lights = case_lights(case, library, now_ms)
    applicant = file.applicant
    return ListLine(
        href=url_for("cases.case", number=case.number),
        pill=lights.pill,
        item=library.item_name(case.item_code),
        number=short_number(case.number),
        applicant=masked_name(applicant.name) if applicant is not None else "",
        point=library.region_name(case.number[:12], case.taken_in_ms or now_ms),
        status=wording.STATUS[case.status],
        headline=lights.headline,
    )


def _tabs(here: str, counts: dict[Status, int]) -> tuple[Tab, ...]:
    return tuple(
        Tab(
            label,
            url_for("cases.shelf", tab=name),
            name == here,
            sum(count for status, count in counts.items() if status in statuses),
        )
        for name, label, statuses in TABS
    )


def _light_tabs(tab: str, query: CaseQuery, counts: dict[Light, int]) -> tuple[Tab, ...]:
    """Return the lights as filters; one that is lit is put out by a second click."""
    if tab == "over":
        return ()
    return tuple(
        Tab(
            wording.LIGHT[light],
            url_for(
                "cases.shelf", tab=tab or None, q=query.number or None, light=None if query.light is light else light
            ),
            query.light is light,
            counts.get(light, 0),
            light_pill(light),
        )
        for light in (Light.BAD, Light.WARN, Light.NOTICE, Light.NORMAL)
    )


def _page_link(query: CaseQuery, tab: str, page: int, total: int) -> str:
    if page < 0 or page * PAGE_ROWS >= total:
        return ""
    return url_for("cases.shelf", tab=tab or None, q=query.number or None, light=query.light, page=page)


def _due_by_default(library: Library, now_ms: int) -> str:
    """Return the day that a supplement is due by when nobody says otherwise; empty when the calendar does not reach."""
    term = Term(library.profile.periods.supplement_days)
    reckoned = supplement(local_date(now_ms), term, library.calendar)
    return reckoned.last_day.isoformat() if isinstance(reckoned, Deadline) else ""


def _result_by_default(library: Library, case: Case) -> str:
    item = library.item(case.item_code)
    if case.outcome is Outcome.REFUSED:
        return "不予批准通知书"
    return "" if item is None else item.result


def _materials(library: Library, case: Case) -> tuple[str, ...]:
    item = library.item(case.item_code)
    return () if item is None else tuple(material.name for material in item.materials)
