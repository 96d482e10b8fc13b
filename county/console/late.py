"""The page of late tails: what came after a chain was closed, and the supervisor's word about it."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from county import wording
from county.console.office import Office
from county.console.pages import refuse_outsider
from county.desk import CountyCatchingUp
from county.duties import Duty
from county.pen import PointNotGranted
from county.review import ReviewDesk, TailRefused
from county.store.late import LateTail
from county.store.ledger import KnownChain


class TailLine(Struct, frozen=True):
    """One late tail as it is drawn; `decided` is empty while it waits."""

    id: int
    origin: str
    records: str
    received: str
    chain: str
    decided: str


class LatePages:
    """Lists late tails and takes the word about them."""

    def __init__(self, office: Office, review: ReviewDesk) -> None:
        self._office = office
        self._review = review

    def blueprint(self) -> Blueprint:
        """Return the pages with their addresses."""
        pages = Blueprint("late", __name__)
        pages.add_url_rule("/late", "tails", self._tails, methods=["GET"])
        pages.add_url_rule("/late/<int:number>", "decide", self._decide, methods=["POST"])
        return pages

    def _tails(self) -> ResponseReturnValue:
        if g.clerk.duty is not Duty.SUPERVISOR:
            return refuse_outsider(self._office, None, "查看迟到的记录")
        return self._page()

    def _decide(self, number: int) -> ResponseReturnValue:
        if g.clerk.duty is not Duty.SUPERVISOR:
            return refuse_outsider(self._office, None, "核定迟到的记录")
        verdict = request.form.get("verdict", "")
        try:
            if verdict not in ("accept", "refuse"):
                raise TailRefused("请选认可或者不认。")
            self._review.decide(g.clerk, number, request.form.get("reason", ""), accepted=verdict == "accept")
        except (TailRefused, CountyCatchingUp) as refusal:
            return self._page(str(refusal)), 409
        except PointNotGranted:
            return self._page("县里没有给这台终端写答复的密钥，不能入账。"), 409
        return redirect(url_for("late.tails"), 303)

    def _page(self, refusal: str = "") -> str:
        return render_template("late.html", tails=[self._line(*each) for each in self._review.all()], refusal=refusal)

    def _line(self, tail: LateTail, chain: KnownChain | None) -> TailLine:
        now_ms = self._office.clock.wall_ms()
        name = self._office.library().region_name(chain.region, now_ms) if chain else ""
        decided = ""
        if tail.accepted is not None:
            decided = f"{tail.decided_by} {'认可' if tail.accepted else '不认'}：{tail.reason}"
        return TailLine(
            tail.id,
            f"{name} {chain.terminal} 号终端" if chain else "不认识的终端",
            f"第 {tail.first_seq}{f' 至 {tail.last_seq}' if tail.last_seq > tail.first_seq else ''} 条",
            wording.moment(tail.received_ms),
            tail.chain.hex(),
            decided,
        )
