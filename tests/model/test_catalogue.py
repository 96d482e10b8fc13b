"""Content types: read strictly, written back the same, and never holding what contradicts itself."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from sync.model.catalogue import Catalogue
from sync.model.content import ContentWrong, Problem
from tests.model.contents import Plain, a_catalogue, a_field, an_item


def test_a_catalogue_is_written_back_as_it_was_read() -> None:
    plain = a_catalogue()
    assert Catalogue.from_plain(plain).to_plain() == plain


def test_an_item_is_found_by_its_code_and_its_words_by_its_role() -> None:
    catalogue = Catalogue.from_plain(a_catalogue(an_item(), an_item("elder_card", role="assist")))
    assert catalogue.item("elder_card").role == "assist"
    assert catalogue.words(catalogue.item("elder_allowance").role).name == "代办"


def test_every_complaint_is_named_with_its_place_at_once() -> None:
    broken = an_item(visits="often", effective="20260101", urgency="soon")
    broken["materials"][0]["copies"] = 12
    with pytest.raises(ContentWrong) as refusal:
        Catalogue.from_plain(a_catalogue(an_item("first"), broken))
    found = {complaint.where: complaint.problem for complaint in refusal.value.all()}
    assert found == {
        "items[1].visits": Problem.WRONG_TYPE,
        "items[1].effective": Problem.NO_DAY,
        "items[1].urgency": Problem.NOT_ONE_OF,
        "items[1].materials[0].copies": Problem.RANGE,
    }


def _with(path: tuple[str | int, ...], value: object) -> Callable[[Plain], None]:
    def change(item: Plain) -> None:
        held: Any = item
        for step in path[:-1]:
            held = held[step]
        held[path[-1]] = value

    return change


def _without(key: str) -> Callable[[Plain], None]:
    def change(item: Plain) -> None:
        del item[key]

    return change


AFTER = {"tests": [{"field": "later", "operator": "answered"}]}
OTHER = {"tests": [{"field": "kind", "operator": "is", "values": ["c"]}]}
NUMBER = {"tests": [{"field": "kind", "operator": "at_least", "number": 3}]}

REFUSED = {
    "an unknown key": (_with(("colour",), "red"), Problem.UNKNOWN_KEY, "colour"),
    "a missing key": (_without("result"), Problem.MISSING, "result"),
    "a text that is too long": (_with(("short_name",), "长" * 13), Problem.LENGTH, "short_name"),
    "a code with capitals": (_with(("code",), "Elder"), Problem.WRONG_FORM, "code"),
    "a day that is none": (_with(("effective",), "2026-02-30"), Problem.NO_DAY, "effective"),
    "a truth value as JSON has it": (_with(("on_the_spot",), True), Problem.WRONG_TYPE, "on_the_spot"),
    "no basis": (_with(("basis",), []), Problem.COUNT, "basis"),
    "a text for a list": (_with(("basis",), "法"), Problem.WRONG_TYPE, "basis"),
    "null": (_with(("name_en",), None), Problem.EMPTY, "name_en"),
    "a limit of less than no days": (_with(("legal_limit",), {"days": -1}), Problem.CONTRADICTION, "legal_limit"),
    "a theme that nobody defined": (_with(("theme",), "garden"), Problem.UNKNOWN_NAME, "theme"),
    "a form where nothing is taken in": (_with(("role",), "tell"), Problem.MISFIT, "role"),
    "no form where something is": (_without("form"), Problem.MISFIT, "role"),
    "a material of no copies": (_with(("materials", 0, "copies"), 0), Problem.NO_COPY, "materials[0].originals"),
    "a deferrable one without days": (
        _with(("materials", 0, "necessity"), "deferrable"),
        Problem.MISFIT,
        "materials[0].deferrable_days",
    ),
    "a material that looks at no field": (
        _with(("materials", 0, "needed_when"), AFTER),
        Problem.NO_FIELD,
        "materials[0].needed_when",
    ),
    "a step that leads back": (_with(("steps", 2, "ways", 0, "to"), "begin"), Problem.STEP_BACK, "steps[2].ways"),
    "a step that leads nowhere": (_with(("steps", 0, "ways", 0, "to"), "moon"), Problem.STEP_BACK, "steps[0].ways"),
    "a step that nothing reaches": (
        _with(("steps", 1, "ways", 1, "to"), "finish"),
        Problem.STEP_LOST,
        "steps[2].code",
    ),
    "a decision of one way": (_with(("steps", 1, "ways"), [{"to": "finish"}]), Problem.STEP_WAYS, "steps[1].ways"),
    "a way without its answer": (
        _with(("steps", 1, "ways", 0), {"to": "finish"}),
        Problem.STEP_ANSWERS,
        "steps[1].ways",
    ),
    "a second start": (_with(("steps", 2, "kind"), "start"), Problem.STEP_START, "steps[2].kind"),
    "special steps on the spot": (
        lambda item: item.update(
            on_the_spot=1, special_steps=[{"name": "公示", "limit": {"days": 7}, "counted": 0, "basis": "办法"}]
        ),
        Problem.MISFIT,
        "special_steps",
    ),
    "a condition about a later field": (
        _with(("form", "sections", 1, "fields", 0, "shown_when"), AFTER),
        Problem.NO_EARLIER_FIELD,
        "form.sections[1].fields[0].shown_when",
    ),
    "a condition about an option that is none": (
        lambda item: item["form"]["sections"][1]["fields"].append(a_field("more", shown_when=OTHER)),
        Problem.NO_OPTION,
        "form.sections[1].fields[1].shown_when",
    ),
    "a comparison of a choice": (
        lambda item: item["form"]["sections"][1]["fields"].append(a_field("more", shown_when=NUMBER)),
        Problem.SENSELESS_TEST,
        "form.sections[1].fields[1].shown_when",
    ),
    "a field given twice": (
        lambda item: item["form"]["sections"][1]["fields"].append(a_field("applicant_name")),
        Problem.REPEATED,
        "form.sections[1].fields[1].code",
    ),
    "a form without the applicant": (
        lambda item: item["form"]["sections"].pop(0),
        Problem.LACKS_FIELD,
        "form.sections",
    ),
    "two signatures": (
        lambda item: item["form"]["sections"][1]["fields"].extend(
            [a_field("s", "signature"), a_field("t", "signature")]
        ),
        Problem.SECOND_SIGNATURE,
        "form.sections",
    ),
    "a choice of nothing": (
        _with(("form", "sections", 1, "fields", 0, "options"), []),
        Problem.MISFIT,
        "form.sections[1].fields[0].options",
    ),
    "a minimum above the maximum": (
        lambda item: item["form"]["sections"][1]["fields"].append(a_field("more", minimum=5, maximum=4)),
        Problem.ABOVE,
        "form.sections[1].fields[1].minimum",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_contradicts_itself_is_refused_where_it_stands(name: str) -> None:
    change, problem, where = REFUSED[name]
    item = deepcopy(an_item())
    change(item)
    with pytest.raises(ContentWrong) as refusal:
        Catalogue.from_plain(a_catalogue(item))
    assert (refusal.value.problem, refusal.value.where) == (problem, f"items[0].{where}")


def test_a_code_given_twice_is_refused_at_its_second_place() -> None:
    with pytest.raises(ContentWrong) as refusal:
        Catalogue.from_plain(a_catalogue(an_item(), an_item()))
    assert refusal.value.where == "items[1]"


def test_what_is_no_map_is_no_catalogue() -> None:
    with pytest.raises(ContentWrong, match="is not a map"):
        Catalogue.from_plain(["items"])
