"""The receipt of a case that was really taken in, for whoever measures or reads what goes to the printer."""

from __future__ import annotations

from pathlib import Path

from devices.printer.document import Slip
from kiosk.intents import Typed
from kiosk.printing import Issued
from kiosk.receipts import case_slip
from kiosk.views import Intent
from sync.model.facts import SlipKind
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.kiosk.point import Point

RARE_NAME = "㛃𠅤䶮𬱖"
"""Two characters of CJK extension A, one of B and one of E, as there are in people's names."""
_NAMES = ("applicant_name", "account_name")


def receipt_of(name: str, folder: Path) -> Slip:
    """Take a case in for `name` at a new service point in `folder`, and return what its receipt says."""
    point = Point(folder)
    point.do(*SIGN_IN, *(_renamed(intent, name) for intent in TAKE_IN))
    assert point.session.case_no is not None
    slip = case_slip(point.visit.context, SlipKind.RECEIPT, point.session.case_no)(Issued(1, 0))
    point.close()
    return slip


def _renamed(intent: Intent, name: str) -> Intent:
    return Typed(intent.field, name) if isinstance(intent, Typed) and intent.field in _NAMES else intent
