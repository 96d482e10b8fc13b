"""Everything that a slip can come to, wherever one is shown: at its case, after taking in, at a guide, after a rating.

No printer is needed for it: what a printer would say is said to the kiosk in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, JobEnded, JobHeld, Outcome, Paper, Reason
from kiosk.intents import Choose, Dismiss, Do, Next, Open
from sync.model.facts import SlipKind
from tests.gallery.stops.stop import Stop, closing, stops_at
from tests.kiosk.journeys import CHOOSE_ELDER_ALLOWANCE, SIGN_IN, TAKE_IN, typed
from tests.kiosk.point import Point

NOT_STARTED = (
    Reason.PAPER_OUT, Reason.COVER_OPEN, Reason.OVERHEATED, Reason.OFFLINE, Reason.WAITED_TOO_LONG, Reason.UNPLUGGED,
    Reason.NO_ANSWER, Reason.CUTTER, Reason.FONT_UNUSABLE, Reason.NOT_CONFIGURED, Reason.DEVICE_ERROR,
)  # fmt: skip
HELD = (Reason.NONE, Reason.PAPER_OUT, Reason.COVER_OPEN, Reason.OVERHEATED, Reason.OFFLINE, Reason.DEVICE_ERROR)
UNKNOWN = (Reason.CANNOT_TELL, Reason.PAPER_OUT, Reason.COVER_OPEN, Reason.CUTTER, Reason.GIVEN_UP)


def stops(folder: Path) -> Iterator[Stop]:
    """Yield every stop about paper."""
    with closing(Point(folder / "papers")) as point:
        yield from _at_the_case(point)
    with closing(Point(folder / "given")) as point:
        yield from _notice_and_guide(point)
    with closing(Point(folder / "rated")) as point:
        yield from _after_a_rating(point)
    with closing(Point(folder / "cards")) as point:
        yield from _a_new_card(point)


def says(point: Point, event: DeviceEvent) -> None:
    """Let a device say something, and nothing else."""
    point.hub.events.drain()
    point.hub.events.put(event)
    point.core.hear_devices()


def job(point: Point) -> str:
    """Return the name of the print job that the screen watches."""
    return str(point.session.slip_seq)


def _printer(reason: Reason) -> DeviceStatus:
    state = DeviceState.ABSENT if reason in (Reason.UNPLUGGED, Reason.NOT_CONFIGURED) else DeviceState.FAULT
    return DeviceStatus(Device.RECEIPT_PRINTER, state, reason)


def _at_the_case(point: Point) -> Iterator[Stop]:
    point.do(*SIGN_IN, *TAKE_IN[:-1])
    point.core.handle(TAKE_IN[-1])
    yield from stops_at(point, "receipt-printing")
    says(point, JobEnded(job(point), Outcome.PRINTED))
    yield from stops_at(point, "receipt-printed")
    number = point.session.case_no or ""
    point.do(Do("done"), Open("slip", number))
    yield from stops_at(point, "slip-before")
    point.core.handle(Open("slip", SlipKind.RECEIPT.value))
    yield from stops_at(point, "slip-printing")
    for reason in HELD:
        says(point, JobHeld(job(point), reason))
        yield from stops_at(point, f"slip-held-{reason.value}", printer=_printer(reason))
    says(point, JobEnded(job(point), Outcome.PRINTED, Reason.IN_TWO_PARTS))
    yield from stops_at(point, "slip-printed-in_two_parts")
    for reason in UNKNOWN:
        point.core.handle(Do("print"))
        says(point, JobEnded(job(point), Outcome.UNKNOWN, reason, keeps_rest=reason is Reason.PAPER_OUT))
        rest = DeviceStatus(Device.RECEIPT_PRINTER, DeviceState.FAULT, reason, keeps_rest=reason is Reason.PAPER_OUT)
        yield from stops_at(point, f"slip-unknown-{reason.value}", printer=rest)
        point.core.handle(Open("slip", SlipKind.RECEIPT.value))
    for reason in NOT_STARTED:
        point.core.handle(Open("slip", SlipKind.RECEIPT.value))
        says(point, JobEnded(job(point), Outcome.NOT_STARTED, reason))
        yield from stops_at(point, f"slip-not_printed-{reason.value}", printer=_printer(reason))
    point.core.handle(Do("print"))
    says(point, JobEnded(job(point), Outcome.PRINTED))
    near_end = DeviceStatus(Device.RECEIPT_PRINTER, DeviceState.READY, paper=Paper.NEAR_END)
    yield from stops_at(point, "slip-printed", printer=near_end)
    point.core.handle(Do("renew"))
    yield from stops_at(point, "slip-renew")


def _notice_and_guide(point: Point) -> Iterator[Stop]:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, Choose("household", "missing"), Choose("photo", "missing"))
    point.core.handle(Do("notice"))
    yield from stops_at(point, "notice-printing")
    says(point, JobHeld(job(point), Reason.PAPER_OUT))
    yield from stops_at(point, "notice-held", printer=_printer(Reason.PAPER_OUT))
    says(point, JobEnded(job(point), Outcome.PRINTED))
    yield from stops_at(point, "notice-printed")
    point.visit.end()
    point.do(Open("item", "elder_allowance"))
    for outcome in (None, *Outcome):
        point.core.handle(Do("print_checklist"))
        if outcome is not None:
            says(point, JobEnded(str(point.journal.head().seq), outcome))
        yield from stops_at(point, f"guide-{outcome.value if outcome is not None else 'printing'}")


def _after_a_rating(point: Point) -> Iterator[Stop]:
    for outcome in (None, *Outcome):
        point.do(*SIGN_IN, *TAKE_IN, Next())
        if outcome is None:
            yield from stops_at(point, "rating-on_screen")
        point.do(Do("rate", "5"))
        if outcome is None:
            yield from stops_at(point, "rating-thanks")
        point.core.handle(Do("rating_slip"))
        if outcome is not None:
            says(point, JobEnded(job(point), outcome))
        yield from stops_at(point, f"rating-slip-{outcome.value if outcome is not None else 'printing'}")
        point.visit.end()


def _a_new_card(point: Point) -> Iterator[Stop]:
    point.do(*SIGN_IN, Open("access"))
    yield from stops_at(point, "access")
    point.do(Open("agent", "B02"))
    yield from stops_at(point, "access-chosen")
    point.do(Do("revoke"))
    yield from stops_at(point, "access-revoking")
    point.do(Do("revoke", "no"), Do("new_card", "B02"))
    yield from stops_at(point, "new_pin")
    point.do(*typed("112233"), *typed("112234"))
    yield from stops_at(point, "new_pin-differs")
    point.do(*typed("112233"), *typed("112233")[:-1])
    point.core.handle(typed("112233")[-1])
    yield from stops_at(point, "card_made-printing")
    says(point, JobEnded(job(point), Outcome.UNKNOWN, Reason.CANNOT_TELL))
    yield from stops_at(point, "card_made-unknown")
    point.core.handle(Do("paper", "missing"))
    says(point, JobEnded(job(point), Outcome.NOT_STARTED, Reason.PAPER_OUT))
    yield from stops_at(point, "card_made-not_printed")
    point.do(Dismiss())
