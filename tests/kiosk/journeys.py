"""Ways through the kiosk as lists of touches, for tests of many kinds."""

from __future__ import annotations

from kiosk.intents import Choose, Digit, Do, Keyed, Next, Open, Sign, Typed
from kiosk.views import Intent
from provisioning.demonstration import DEMONSTRATION
from sync.agent_card import AgentCard
from sync.model.facts import Strokes

SIGNATURE: Strokes = ((100, 200, 300, 220, 500, 180), (520, 150, 540, 400))

AGENT = DEMONSTRATION.agents[0]
CARD = AGENT.card(DEMONSTRATION.subject)


def shown(card: AgentCard) -> tuple[Intent, ...]:
    """A scanner types a card."""
    return tuple(Keyed(sign) for sign in card.text())


def typed(pin: str) -> tuple[Intent, ...]:
    """Somebody touches the digits of a PIN."""
    return tuple(Digit(digit) for digit in pin)


SIGN_IN: tuple[Intent, ...] = (Open("sign_in"), *shown(CARD), *typed(AGENT.pin))

CHOOSE_ELDER_ALLOWANCE: tuple[Intent, ...] = (Open("new"), Typed("search", "gljt"), Open("item", "elder_allowance"))

ALL_PAPERS_HERE: tuple[Intent, ...] = tuple(
    Choose(material, "here") for material in ("id_card", "household", "bank", "photo")
)

FILL_ELDER_ALLOWANCE: tuple[Intent, ...] = (
    Typed("applicant_name", "李秀兰"),
    Typed("applicant_id", "990101194001010016"),
    Choose("applicant_region", "990101102203001"),
    Typed("applicant_phone", "00055500123"),
    Choose("living", "alone"),
    Choose("health", "self"),
    Choose("bank_name", "rcu"),
    Typed("bank_account", "6200000000000001"),
    Typed("account_name", "李秀兰"),
    Choose("filled_by", "self"),
)

MARK_PAPERS: tuple[Intent, ...] = (
    Choose("id_card", "original_seen"),
    Choose("household", "copy_taken"),
    Choose("bank", "copy_taken"),
    Choose("photo", "promised"),
)

_TO_THE_MARKS: tuple[Intent, ...] = (*CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE, Next())
_TO_THE_RECEIPT: tuple[Intent, ...] = (*MARK_PAPERS, Next(), Sign("signature", SIGNATURE), Next())

TAKE_IN: tuple[Intent, ...] = (*_TO_THE_MARKS, *_TO_THE_RECEIPT)

TAKE_IN_ANOTHER: tuple[Intent, ...] = (*_TO_THE_MARKS, Do("another"), *_TO_THE_RECEIPT)
"""The same person hands in the same once more, and the agent is sure."""
