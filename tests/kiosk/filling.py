"""Filling in any item's form by the answers of its own sample, up to the receipt."""

from __future__ import annotations

from datetime import date, timedelta

from kiosk import applying
from kiosk.intents import Choose, Next, Sign, Typed
from sync.model.answers import sample_answers
from sync.model.catalogue import ServiceItem
from sync.model.form import Field, FieldType
from tests.kiosk.journeys import SIGNATURE
from tests.kiosk.point import Point

MONDAY = date(2026, 11, 23)


def fill_by_sample(point: Point, item: ServiceItem) -> None:
    """Go from the checklist to the receipt with the answers of the item's own sample form."""
    assert item.form is not None
    point.do(*(Choose(material.code, "here") for material in item.materials), Next())
    for code, answer in sample_answers(item.form).items():
        typed = in_reach(item.form.field(code), applying.typed_of(item.form.field(code), answer))
        chosen = item.form.field(code).type in (FieldType.CHOICE, FieldType.CHOICES, FieldType.REGION)
        for each in typed if isinstance(typed, tuple) else (typed,):
            point.do(Choose(code, each) if chosen else Typed(code, each))
    point.do(Next())
    application = point.session.application
    assert application is not None
    needed = applying.needed_materials(point.visit.context, item, application)
    point.do(*(Choose(material.code, "copy_taken") for material in needed), Next())
    point.do(Sign("signature", SIGNATURE), Next())


def in_reach(field: Field, typed: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """A day that counts from the day of filling in, brought back into its limits; everything else as it is."""
    if field.type is not FieldType.DATE or not isinstance(typed, str):
        return typed
    earliest = MONDAY + timedelta(days=field.minimum) if field.minimum is not None else date.min
    latest = MONDAY + timedelta(days=field.maximum) if field.maximum is not None else date.max
    return min(max(date.fromisoformat(typed), earliest), latest).isoformat()
