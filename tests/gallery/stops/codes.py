"""Signing in with a card, and every code that somebody can hold before the scanner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from devices.code_scanner.events import CodeScanned, ScanFault, ScanTrouble
from devices.ports import Device, DeviceState, DeviceStatus, Reason
from kiosk.intents import Dismiss, Do, Next, Open, Typed
from kiosk.item_code import item_qr_text
from sync.agent_card import AgentCard
from sync.model.facts import Role
from sync.model.receipt import ReceiptToken, qr_text
from tests.gallery.stops.stop import Stop, closing, stops_at
from tests.kiosk.journeys import CARD, SIGN_IN, TAKE_IN, shown, typed
from tests.kiosk.point import OTHER_CARD, SUBJECT, Point

ITEM = "elder_allowance"
UNKNOWN = "6901234567892"


def stops(folder: Path) -> Iterator[Stop]:
    """Yield every stop about cards of agents and scanned codes."""
    with closing(Point(folder / "sign_in")) as point:
        yield from _signing_in(point)
    with closing(Point(folder / "codes")) as point:
        yield from _scanning(point)


def _signing_in(point: Point) -> Iterator[Stop]:
    point.do(Open("sign_in"))
    yield from stops_at(point, "sign_in-card_wanted")
    point.do(*shown(CARD)[:12])
    yield from stops_at(point, "sign_in-card_being_read")
    point.do(*shown(CARD)[12:], *typed("123"))
    yield from stops_at(point, "sign_in-card_known")
    point.do(*typed("999"))
    yield from stops_at(point, "sign_in-wrong_pin")
    for name, text in (
        ("mistyped", CARD.text()[:-3]),
        ("revoked", AgentCard("C03", SUBJECT, bytes(16)).text()),
        ("other_terminal", AgentCard("A01", "spiffe://sunpoint/other", bytes(16)).text()),
    ):
        scan(point, text)
        yield from stops_at(point, f"sign_in-{name}")
    for _ in range(5):
        point.do(*shown(CARD), *typed("000000"))
    yield from stops_at(point, "sign_in-wait")
    point.do(Open("card"), Typed("card", "A01-WYAF"), Next())
    yield from stops_at(point, "card_by_hand-wrong")


def scan(point: Point, code: str) -> None:
    """Let the scanner read a code."""
    point.hub.events.put(CodeScanned(code))
    point.core.hear_devices()


def _scanning(point: Point) -> Iterator[Stop]:
    host = point.point_packs.profile.receipt_host
    point.do(*SIGN_IN, *TAKE_IN)
    token = point.paper_desk.token(point.session.case_no or "")
    receipt = qr_text(token, host)
    point.do(Next(), Do("rate", "5"))
    given = point.rating_desk.given
    assert given is not None
    rating = qr_text(point.paper_desk.rating_token(given.case_no, given.seq), host)
    point.visit.end()
    forged = qr_text(
        ReceiptToken(replace(token.claim, minute=token.claim.minute - 60), token.case_key, token.signature), host
    )
    strange = qr_text(ReceiptToken(replace(token.claim, chain=bytes(8)), token.case_key, token.signature), host)
    for name, code in (
        ("genuine", receipt), ("rating", rating), ("forged", forged), ("not_verifiable", strange),
        ("broken", f"https://{host}/r#12345"), ("foreign", "https://pay.example/r#1"),
    ):  # fmt: skip
        scan(point, code)
        yield from stops_at(point, f"progress-{name}")
    scan(point, receipt)
    point.do(Typed("last_four", "0016"), Next())
    yield from stops_at(point, "answer-by_receipt")
    point.visit.end()
    for name, event in (
        ("unknown", CodeScanned(UNKNOWN)), ("not_read", ScanTrouble(ScanFault.NOT_ENDED)),
        ("alt_codes", ScanTrouble(ScanFault.ALT_CODES)),
    ):  # fmt: skip
        point.hub.events.put(event)
        point.core.hear_devices()
        broken = DeviceState.FAULT if name == "alt_codes" else DeviceState.READY
        scanner = DeviceStatus(Device.CODE_SCANNER, broken, Reason.ALT_CODES if name == "alt_codes" else Reason.NONE)
        yield from stops_at(point, f"scan-{name}", scanner=scanner)
        point.do(Dismiss())
    yield from _at_the_desk(point, {"receipt": receipt, "card": OTHER_CARD.text(), "guide": item_qr_text(ITEM, host)})
    point.do(Do("cases"))
    scan(point, forged)
    yield from stops_at(point, "scan-desk-forged")
    told = next(item for item in point.point_packs.catalogue.items if item.role is Role.TELL)
    scan(point, told.code)
    yield from stops_at(point, "scan-desk-told_only")


def _at_the_desk(point: Point, codes: dict[str, str]) -> Iterator[Stop]:
    point.do(Open("sign_in"))
    for name, code in codes.items():
        if name != "card":
            scan(point, code)
            yield from stops_at(point, f"scan-sign_in-{name}")
            point.visit.end()
            point.do(Open("sign_in"))
    point.visit.end()
    point.do(*SIGN_IN, Open("access"))
    for name, code in codes.items():
        scan(point, code)
        yield from stops_at(point, f"scan-agent-{name}")
        point.do(Dismiss())
    point.visit.end()
    point.do(*SIGN_IN)
