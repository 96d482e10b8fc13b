"""An application between screen and rules: typed text to answers, marks to materials, drafts to applications."""

from __future__ import annotations

import secrets
import typing
from collections.abc import Mapping

from kiosk.context import Context
from kiosk.projections.drafts import DraftRow
from kiosk.session import Application
from sync.model.answers import asked_fields, default_answers, kept_answers, validate
from sync.model.catalogue import Material, ServiceItem
from sync.model.condition import Answer, holds
from sync.model.deadline import Deadline, Term, supplement
from sync.model.facts import FormValue, MaterialMark, MaterialState, Person
from sync.model.field_rules import FieldFault, from_typed, measure
from sync.model.form import (
    APPLICANT_IDENTITY,
    APPLICANT_NAME,
    APPLICANT_PHONE,
    APPLICANT_REGION,
    Field,
    FieldType,
    Form,
)


def begin(context: Context, item: ServiceItem) -> Application:
    """Begin a new application with what the form fills in beforehand."""
    application = Application(secrets.token_hex(8), item.code, item.version, item.urgency)
    if item.form is not None:
        for code, answer in default_answers(item.form, context.today).items():
            application.typed[code] = typed_of(item.form.field(code), answer)
        region = item.form.field(APPLICANT_REGION)
        application.typed.setdefault(region.code, context.terminal.region)
    return application


def resume(context: Context, draft: DraftRow) -> Application:
    """Take up a draft. Fields that a newer form does not have any more are dropped and named."""
    application = Application(draft.id, draft.item_code, draft.item_version, case_no=draft.case_no)
    application.fill(draft.held)
    item = context.packs.item(draft.item_code)
    if item is not None and item.version != draft.item_version and item.form is not None:
        known = {field.code for field in item.form.fields()}
        application.changed_form = tuple(code for code in application.typed if code not in known)
        for code in application.changed_form:
            del application.typed[code]
        application.item_version = item.version
    return application


def save(context: Context, application: Application) -> None:
    """Keep the application as it is now, durable when this returns."""
    agent = context.session.agent
    context.desk.save_draft(
        DraftRow(
            id=application.draft_id,
            agent=agent.id if agent is not None else "",
            item_code=application.item_code,
            item_version=application.item_version,
            case_no=application.case_no,
            saved_ms=context.clock.wall_ms(),
            held=application.to_bytes(),
        ),
        [each.digest for each in application.attachments],
    )
    context.session.saved_ms = context.clock.wall_ms()


def answers(form: Form, application: Application) -> dict[str, Answer]:
    """Return what was typed in its canonical form, by field."""
    typed: dict[str, Answer] = {}
    for field in form.fields():
        held = application.typed.get(field.code)
        if isinstance(held, str) and held:
            typed[field.code] = from_typed(field, held)
        elif held:
            typed[field.code] = held
    if form.signature is not None and application.signature:
        typed[form.signature.code] = application.signature
    return typed


def as_typed(field: Field, text: str) -> str:
    """Return what stands in a field after a key: a date gets its dashes by itself."""
    if field.type is not FieldType.DATE:
        return text
    digits = "".join(sign for sign in text if sign.isdigit())[:8]
    return "-".join(part for part in (digits[:4], digits[4:6], digits[6:]) if part)


def typed_of(field: Field, answer: Answer) -> str | tuple[str, ...]:
    """Return an answer as it is typed: fen as yuan, everything else as it is."""
    if isinstance(answer, int):
        return f"{answer // 100}.{answer % 100:02d}" if field.type is FieldType.AMOUNT else str(answer)
    return answer if isinstance(answer, str) else tuple(str(each) for each in answer)


def asked(context: Context, form: Form, application: Application) -> tuple[Field, ...]:
    """Return the fields that are asked now, without the signature."""
    fields = asked_fields(form, answers(form, application), context.today)
    return tuple(field for field in fields if field.type is not FieldType.SIGNATURE)


def faults(context: Context, form: Form, application: Application) -> tuple[FieldFault, ...]:
    """Return everything that is wrong with the form, the signature aside."""
    given = answers(form, application)
    return validate(form, given, context.today, context.packs.profile, with_signature=False)


def needed_materials(context: Context, item: ServiceItem, application: Application) -> tuple[Material, ...]:
    """Return the materials that this application needs, by its answers."""
    if item.form is None:
        return item.materials
    kept = kept_answers(item.form, answers(item.form, application), context.today)
    numbers = _measures(context, item.form, kept)
    return tuple(
        material
        for material in item.materials
        if material.needed_when is None or holds(material.needed_when, kept, numbers)
    )


def _measures(context: Context, form: Form, kept: Mapping[str, Answer]) -> dict[str, int]:
    from_form = {field.code: measure(field, kept.get(field.code), context.today) for field in form.fields()}
    return {code: number for code, number in from_form.items() if number is not None}


def marks(context: Context, materials: tuple[Material, ...], application: Application) -> tuple[MaterialMark, ...]:
    """Return how each material was met; what is promised for later gets its last day."""
    return tuple(_mark(context, each, application.marks.get(each.code, MaterialState.MISSING)) for each in materials)


def _mark(context: Context, material: Material, state: MaterialState) -> MaterialMark:
    due = None
    if state is MaterialState.PROMISED and material.deferrable_days is not None:
        reckoned = supplement(context.counted_from, Term(material.deferrable_days), context.packs.working_days)
        due = reckoned.last_day if isinstance(reckoned, Deadline) else None
    return MaterialMark(material=material.code, state=state, due=due)


def applicant(form: Form, application: Application) -> Person:
    """Return the applicant as the form names them."""
    given = answers(form, application)

    def text(code: str) -> str | None:
        value = given.get(code)
        return value if isinstance(value, str) and value else None

    return Person(
        name=text(APPLICANT_NAME) or "",
        identity_number=text(APPLICANT_IDENTITY),
        phone=text(APPLICANT_PHONE),
    )


def values(context: Context, form: Form, application: Application) -> dict[str, FormValue]:
    """Return the answers that go into the case."""
    kept = kept_answers(form, answers(form, application), context.today)
    if form.signature is not None:
        kept.pop(form.signature.code, None)
    return typing.cast("dict[str, FormValue]", kept)
