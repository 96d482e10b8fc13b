"""What an identity card fills in: the fields of one person in a form.

A form has a person `x` when it has the fields `x_id` (an identity number) and `x_name` (a name); the other fields of
that person that a card knows are `x_sex`, `x_nation`, `x_birth`, `x_address`, `x_valid_from` and `x_valid_until`.
One of several options is found by its code, as `male` and `female` of a sex, or by its words, as those of a nation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from devices.id_reader.card import IdCard
from kiosk.session import Application
from sync.model.facts import IdentityFrom
from sync.model.field_rules import field_fault, from_typed
from sync.model.form import APPLICANT_IDENTITY, Field, FieldType, Form
from sync.model.identity import Identity, read_identity
from sync.model.profile import Profile

APPLICANT = APPLICANT_IDENTITY.removesuffix("_id")
REASONS = (IdentityFrom.NO_CARD, IdentityFrom.CARD_NOT_READABLE)
"""What can be chosen where a reader is there and no card was read."""

_SAYS: Mapping[str, Callable[[IdCard], str]] = {
    "name": lambda card: card.name,
    "id": lambda card: card.number,
    "sex": lambda card: card.sex.value,
    "nation": lambda card: card.nation,
    "birth": lambda card: card.birth.isoformat(),
    "address": lambda card: card.address,
    "valid_from": lambda card: card.valid_from.isoformat(),
    "valid_until": lambda card: card.valid_until.isoformat() if card.valid_until is not None else "",
}
"""What a card says of its holder; one without an end has no last day."""


class CardNotForForm(Exception):
    """The number of the card is none that a form takes; whose it is must be typed."""


class CardExpired(Exception):
    """The card was valid up to `last_day` and may not be used any more."""

    def __init__(self, last_day: date) -> None:
        """Keep the day, the only thing of the card that may be told."""
        super().__init__("expired")
        self.last_day = last_day


def persons(form: Form) -> tuple[str, ...]:
    """Return the persons that a form asks about and a card can be read for, in its order."""
    types = {field.code: field.type for field in form.fields()}
    whose = [code.removesuffix("_id") for code, each in types.items() if each is FieldType.IDENTITY]
    return tuple(each for each in whose if types.get(f"{each}_id") and types.get(f"{each}_name") is FieldType.NAME)


def fields_of(whose: str) -> tuple[str, ...]:
    """Return the fields of a person that a card can fill in."""
    return tuple(f"{whose}_{what}" for what in _SAYS)


def is_of_another(application: Application, whose: str, card: IdCard) -> bool:
    """Whether what stands in the form of this person is of somebody else than the card's holder.

    The number decides, the name where there is none; of nobody who has neither.
    """
    number, name = application.typed.get(f"{whose}_id"), application.typed.get(f"{whose}_name")
    return str(number).upper() != card.number if number else bool(name) and name != card.name


def filled(form: Form, whose: str, card: IdCard, today: date, profile: Profile) -> dict[str, str]:
    """Return what a card says, as it is typed, by field of this person.

    Raises:
        CardExpired: the county does not take it any more.
        CardNotForForm: its number is none of a citizen, or belongs to a place that there is not.
    """
    if card.valid_until is not None and today - card.valid_until > timedelta(days=profile.cards.expired_days_max):
        raise CardExpired(card.valid_until)
    if not isinstance(read_identity(card.number, today, frozenset(profile.demo_identity_regions)), Identity):
        raise CardNotForForm
    said = {f"{whose}_{what}": say(card) for what, say in _SAYS.items()}
    found: dict[str, str] = {}
    for field in form.fields():
        text = _as_answer(field, said.get(field.code, ""))
        # Name and number are taken as they are, and judged as if they had been typed; the rest only where it fits.
        is_who = field.code in (f"{whose}_name", f"{whose}_id")
        if text and (is_who or field_fault(field, from_typed(field, text), today, profile) is None):
            found[field.code] = text
    return found


def is_expired(card: IdCard, today: date) -> bool:
    """Whether the last day of a card is over."""
    return card.valid_until is not None and card.valid_until < today


def was_changed(application: Application, code: str) -> bool:
    """Whether a field that a card had filled in was changed by hand."""
    return code in application.from_card and application.typed.get(code) != application.from_card[code]


def identity_from(application: Application) -> IdentityFrom:
    """Return where the applicant's number comes from."""
    read = application.from_card
    if APPLICANT_IDENTITY not in read or was_changed(application, APPLICANT_IDENTITY):
        return application.why_typed or IdentityFrom.TYPED
    changed = any(was_changed(application, code) for code in fields_of(APPLICANT))
    return IdentityFrom.CARD_CHANGED if changed else IdentityFrom.CARD


def _as_answer(field: Field, text: str) -> str:
    """Return what is put into a field, "" when it has no place for it."""
    if field.type is not FieldType.CHOICE:
        return text
    return next((option.code for option in field.options if text and text in (option.code, option.label)), "")
