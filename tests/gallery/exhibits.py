"""All pictures of the gallery, by name."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kiosk.widgets.element import Element
from kiosk.widgets.look import Look
from tests.gallery import agents, visitors


class Exhibit(Struct, frozen=True):
    """One picture of the gallery."""

    name: str
    make: Callable[[Look], Element]


EXHIBITS = tuple(
    Exhibit(make.__name__, make)
    for make in (
        visitors.home,
        visitors.item,
        visitors.rating,
        visitors.typing,
        visitors.english,
        visitors.digits,
        visitors.parts,
        visitors.dialog,
        agents.sign_in,
        agents.checklist,
        agents.form,
        agents.review,
        agents.desk,
        agents.case,
    )
)
