"""What docs/adding.md tells newcomers holds: what is added is whole, or a test names the step that was forgotten."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator

import pytest

from county import wording
from county.cases import FACT_OF
from county.console.forms import ACTIONS
from county.duties import MAY
from county.publishing.tables import FIELD_TYPES
from kiosk.flow import FLOW, HOME
from kiosk.i18n import LANGUAGES, ZH, Translator
from kiosk.places import PLACES
from kiosk.presenters import story
from kiosk.presenters.desk import FILTERS
from sync.model.facts import FACTS, Kind
from sync.model.field_rules import _CHECKS
from sync.model.form import FieldType
from sync.model.transitions import NOTED, TRANSITIONS, Status
from tests.documents import ROOT

ANYWHERE = {"stay", "lock", "leave"}
"""Outcomes that lead nowhere else: the place again, or the end of the session or of the shift."""


def test_every_type_of_field_has_its_check_and_its_word_in_the_tables() -> None:
    assert set(_CHECKS) == set(FieldType)
    assert {word["type"] for word in FIELD_TYPES.values()} == {each.value for each in FieldType}


def test_every_fact_has_its_number_and_its_words_at_both_ends() -> None:
    assert set(FACTS) == set(Kind)
    assert set(wording.KIND) == set(Kind)
    translator = Translator(ROOT)
    of_cases = {kind for _, kind in TRANSITIONS} | set(NOTED)
    silent = {kind for kind in of_cases if not story._happened(translator, kind)}
    assert silent <= story._SILENT, f"the story of a case has no sentence for {silent - story._SILENT}"


def test_every_status_is_in_a_list_of_the_desk_and_has_its_word_at_the_county() -> None:
    listed = frozenset().union(*FILTERS.values())
    assert listed == set(Status) - {Status.DRAFT}
    assert set(wording.STATUS) == set(Status)


def test_everything_the_county_can_do_has_its_fact_its_word_its_form_and_somebody_who_may() -> None:
    commands = {action.command for action in ACTIONS}
    assert set(FACT_OF) == set(wording.COMMAND) == commands == set().union(*MAY.values())


def test_every_place_can_be_reached_has_its_screen_and_leads_on() -> None:
    assert {place for place, _ in FLOW} | set(FLOW.values()) == set(PLACES)
    assert set(FLOW.values()) | {HOME} == set(PLACES), "a place that no way leads to"
    for screen, _ in PLACES.values():
        assert (ROOT / "kiosk" / "screens" / f"{screen}.py").exists()


@pytest.mark.parametrize("place", PLACES)
def test_every_outcome_of_a_place_leads_somewhere(place: str) -> None:
    _, presenter = PLACES[place]
    for outcome in set(_outcomes(presenter.load())) - ANYWHERE:
        assert (place, outcome) in FLOW, f"{outcome!r} leads nowhere from {place!r}"


def _outcomes(presenter: type) -> Iterator[str]:
    """The words that `handle` and what it calls return; a method that another class replaced does not count."""
    for name, method in inspect.getmembers(presenter, inspect.isfunction):
        if name in ("__init__", "view") or method.__annotations__.get("return") not in ("str", "str | None"):
            continue
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(method)))):
            if isinstance(node, ast.Return) and node.value is not None:
                branches = (node.value.body, node.value.orelse) if isinstance(node.value, ast.IfExp) else (node.value,)
                for branch in branches:
                    if isinstance(branch, ast.Constant) and re.fullmatch("[a-z_]+", str(branch.value)):
                        yield str(branch.value)


def test_every_language_with_translations_is_offered() -> None:
    written = {path.parent.name for path in (ROOT / "kiosk" / "i18n").glob("*/*.po")}
    assert written == set(LANGUAGES) - {ZH}
