"""What each type of field takes: its answer from what was typed, the number behind it, and what may be wrong with it.

To add a field type, see `sync.model.form`; here it gets a row of `_CHECKS` and, where typed text is not yet its answer,
a line in `from_typed`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sync.model.condition import Answer
from sync.model.form import Field, FieldType, Need
from sync.model.identity import Identity, IdentityFault, read_identity
from sync.model.profile import Profile
from sync.model.region import RegionNotValid

TEXT_LENGTH_MAX = 500
NAME_LENGTH_MAX = 40
AMOUNT_FEN_MAX = 10_000_000_000
SIGNATURE_NUMBERS_MAX = 20_000

_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{9,11}")  # mobile, or area code and landline
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_NAME_MARKS = frozenset("·•-' ")


class Reason(StrEnum):
    """Why an answer is refused. The arguments that come with each are behind it."""

    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    TOO_SHORT = "too_short"  # least: characters
    TOO_LONG = "too_long"  # most: characters
    NOT_DIGITS = "not_digits"
    STRANGE_CHARACTER = "strange_character"  # character
    BAD_IDENTITY = "bad_identity"  # problem: a FaultKind of sync.model.identity; position from 1, 0 for the length
    TOO_YOUNG = "too_young"  # least, age: full years
    TOO_OLD = "too_old"  # most, age: full years
    BAD_PHONE = "bad_phone"
    BAD_DATE = "bad_date"
    TOO_EARLY = "too_early"  # earliest: YYYY-MM-DD
    TOO_LATE = "too_late"  # latest: YYYY-MM-DD
    BAD_AMOUNT = "bad_amount"
    TOO_SMALL = "too_small"  # least: fen
    TOO_LARGE = "too_large"  # most: fen
    NOT_AN_OPTION = "not_an_option"  # option
    CHOSEN_TWICE = "chosen_twice"  # option
    TOO_FEW = "too_few"  # least
    TOO_MANY = "too_many"  # most
    UNKNOWN_REGION = "unknown_region"  # region; successor: its code, "" when there is none
    UNKNOWN_GROUP = "unknown_group"  # region, group
    UNKNOWN_FIELD = "unknown_field"


class FieldFault(Struct, frozen=True):
    """What is wrong with the answer of one field. `need` KEY: the step that holds it cannot be left."""

    field: str
    reason: Reason
    arguments: tuple[tuple[str, str | int], ...] = ()
    need: Need = Need.REQUIRED

    def argument(self, name: str) -> str | int:
        """The argument of a name. Raises KeyError when this reason has none such."""
        return dict(self.arguments)[name]


class _Frame(Struct, frozen=True):
    """What a check may know beside the field and its answer."""

    on: date
    profile: Profile


_Check = Callable[[Field, Answer, _Frame], FieldFault | None]


def field_fault(field: Field, answer: Answer | None, on: date, profile: Profile) -> FieldFault | None:
    """What is wrong with the answer of one field that is asked, None when it is right."""
    if answer is None or is_empty(answer):
        return None if field.need is Need.OPTIONAL else FieldFault(field.code, Reason.MISSING, need=field.need)
    fault = _CHECKS[field.type](field, answer, _Frame(on, profile))
    return None if fault is None else replace(fault, need=field.need)


def is_empty(answer: Answer | None) -> bool:
    """Whether an answer counts as not given."""
    return answer is None or answer == () or (isinstance(answer, str) and not answer.strip())


def from_typed(field: Field, typed: str) -> Answer:
    """What was typed into a field, in the canonical form of its type.

    Spaces around it go, full-width digits and letters become plain where only digits and letters belong. An amount in
    yuan ("12.50") becomes fen; one that cannot be read stays text, which `validate` calls BAD_AMOUNT.
    """
    text = typed.strip()
    if field.type in (FieldType.TEXT, FieldType.NAME) and not field.digits_only:
        return text
    text = unicodedata.normalize("NFKC", text)
    if field.type is FieldType.IDENTITY:
        return text.replace(" ", "").upper()
    if field.type is FieldType.PHONE or field.digits_only:
        return text.replace(" ", "").replace("-", "")
    if field.type is FieldType.AMOUNT:
        return _fen(text)
    return text


def _fen(text: str) -> Answer:
    match = _AMOUNT.fullmatch(text.replace(",", ""))
    if match is None:
        return text
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def measure(field: Field, answer: Answer | None, on: date) -> int | None:
    """The number behind an answer, which conditions compare, None when it has none.

    Fen of an amount, full years of age on `on` of an identity number, days from `on` of a date, a digits-only text
    itself.
    """
    if field.type is FieldType.AMOUNT:
        return answer if isinstance(answer, int) else None
    if not isinstance(answer, str):
        return None
    if field.type is FieldType.DATE:
        day = _day(answer)
        return None if day is None else (day - on).days
    if field.type is FieldType.IDENTITY:
        return _age(answer, on)
    return int(answer) if field.digits_only and _is_digits(answer) and len(answer) <= TEXT_LENGTH_MAX else None


def _day(text: str) -> date | None:
    # One day has one spelling: fromisoformat alone would also take 20261123 and 2026-W48-1.
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _age(identity: str, on: date) -> int | None:
    """Full years on a day, by digits 7 to 14 (GB 11643), None when they are no day of the past."""
    birth = _day(f"{identity[6:10]}-{identity[10:12]}-{identity[12:14]}") if len(identity) == 18 else None
    if birth is None or birth > on:
        return None
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _fault(field: Field, reason: Reason, **arguments: str | int) -> FieldFault:
    return FieldFault(field.code, reason, tuple(sorted(arguments.items())))


def _check_length(field: Field, text: str, most: int) -> FieldFault | None:
    most = field.maximum or most
    if len(text) > most:
        return _fault(field, Reason.TOO_LONG, most=most)
    if field.minimum is not None and len(text) < field.minimum:
        return _fault(field, Reason.TOO_SHORT, least=field.minimum)
    return None


def _check_text(field: Field, answer: Answer, _frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, str):
        return _fault(field, Reason.WRONG_TYPE)
    if field.digits_only and not _is_digits(answer):
        return _fault(field, Reason.NOT_DIGITS)
    strange = next((sign for sign in answer if unicodedata.category(sign) in ("Cc", "Cs", "Co") and sign != "\n"), None)
    if strange is not None:
        return _fault(field, Reason.STRANGE_CHARACTER, character=f"U+{ord(strange):04X}")
    return _check_length(field, answer, TEXT_LENGTH_MAX)


def _check_name(field: Field, answer: Answer, _frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, str):
        return _fault(field, Reason.WRONG_TYPE)
    strange = next((sign for sign in answer if not (sign.isalpha() or sign in _NAME_MARKS)), None)
    if strange is not None:
        return _fault(field, Reason.STRANGE_CHARACTER, character=strange)
    return _check_length(field, answer, NAME_LENGTH_MAX)


def _check_identity(field: Field, answer: Answer, frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, str):
        return _fault(field, Reason.WRONG_TYPE)
    identity = _identity(answer, frame)
    if not isinstance(identity, Identity):
        return _fault(field, Reason.BAD_IDENTITY, problem=identity.kind.value, position=identity.position or 0)
    if identity.number != answer:
        return _fault(field, Reason.WRONG_TYPE)
    age = identity.age_on(frame.on)
    if field.minimum is not None and age < field.minimum:
        return _fault(field, Reason.TOO_YOUNG, least=field.minimum, age=age)
    if field.maximum is not None and age > field.maximum:
        return _fault(field, Reason.TOO_OLD, most=field.maximum, age=age)
    return None


def _identity(text: str, frame: _Frame) -> Identity | IdentityFault:
    return read_identity(text, frame.on, frozenset(frame.profile.demo_identity_regions))


def _check_phone(field: Field, answer: Answer, _frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, str):
        return _fault(field, Reason.WRONG_TYPE)
    return None if _PHONE.fullmatch(answer) else _fault(field, Reason.BAD_PHONE)


def _check_date(field: Field, answer: Answer, frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, str):
        return _fault(field, Reason.WRONG_TYPE)
    day = _day(answer)
    if day is None:
        return _fault(field, Reason.BAD_DATE)
    days = (day - frame.on).days
    if field.minimum is not None and days < field.minimum:
        return _fault(field, Reason.TOO_EARLY, earliest=(frame.on + timedelta(days=field.minimum)).isoformat())
    if field.maximum is not None and days > field.maximum:
        return _fault(field, Reason.TOO_LATE, latest=(frame.on + timedelta(days=field.maximum)).isoformat())
    return None


def _check_amount(field: Field, answer: Answer, _frame: _Frame) -> FieldFault | None:
    if isinstance(answer, bool) or not isinstance(answer, int):
        return _fault(field, Reason.BAD_AMOUNT)
    least = 0 if field.minimum is None else field.minimum
    most = AMOUNT_FEN_MAX if field.maximum is None else field.maximum
    if answer < least:
        return _fault(field, Reason.TOO_SMALL, least=least)
    return _fault(field, Reason.TOO_LARGE, most=most) if answer > most else None


def _check_choice(field: Field, answer: Answer, _frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, str):
        return _fault(field, Reason.WRONG_TYPE)
    known = {option.code for option in field.options}
    return None if answer in known else _fault(field, Reason.NOT_AN_OPTION, option=answer)


def _check_choices(field: Field, answer: Answer, _frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, tuple):
        return _fault(field, Reason.WRONG_TYPE)
    known = {option.code for option in field.options}
    for place, option in enumerate(answer):
        if option not in known:
            return _fault(field, Reason.NOT_AN_OPTION, option=str(option))
        if option in answer[:place]:
            return _fault(field, Reason.CHOSEN_TWICE, option=str(option))
    if field.minimum is not None and len(answer) < field.minimum:
        return _fault(field, Reason.TOO_FEW, least=field.minimum)
    if field.maximum is not None and len(answer) > field.maximum:
        return _fault(field, Reason.TOO_MANY, most=field.maximum)
    return None


def _check_region(field: Field, answer: Answer, frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, str):
        return _fault(field, Reason.WRONG_TYPE)
    code, group = answer[:12], answer[12:]
    try:
        region = frame.profile.region(code, frame.on)
    except RegionNotValid as ended:
        return _fault(field, Reason.UNKNOWN_REGION, region=code, successor=ended.successor or "")
    if region.is_town:
        return _fault(field, Reason.UNKNOWN_REGION, region=code, successor="")
    if group and group not in {each.code for each in region.groups}:
        return _fault(field, Reason.UNKNOWN_GROUP, region=code, group=group)
    return None


def _check_signature(field: Field, answer: Answer, _frame: _Frame) -> FieldFault | None:
    if not isinstance(answer, tuple) or not all(isinstance(stroke, tuple) and len(stroke) >= 2 for stroke in answer):
        return _fault(field, Reason.WRONG_TYPE)
    numbers = sum(len(stroke) for stroke in answer)
    return _fault(field, Reason.TOO_LONG, most=SIGNATURE_NUMBERS_MAX) if numbers > SIGNATURE_NUMBERS_MAX else None


_CHECKS: Mapping[FieldType, _Check] = {
    FieldType.TEXT: _check_text,
    FieldType.NAME: _check_name,
    FieldType.IDENTITY: _check_identity,
    FieldType.PHONE: _check_phone,
    FieldType.DATE: _check_date,
    FieldType.AMOUNT: _check_amount,
    FieldType.CHOICE: _check_choice,
    FieldType.CHOICES: _check_choices,
    FieldType.REGION: _check_region,
    FieldType.SIGNATURE: _check_signature,
}
