"""The JSON Schema of the plain forms: kept in the repository, and in step with what reads them."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from county.publishing.assembly import Contents, contents_of
from county.publishing.schema import CONTENT_TYPES, schema_file, schema_of
from sync.model.content import ContentWrong
from sync.model.content_reading import read
from sync.packs import PackContent, PackKind
from tests.county.demo import DEMO, SCHEMAS


@pytest.fixture(scope="module")
def contents() -> Contents:
    return contents_of(DEMO)


def plain_of(contents: Contents, kind: PackKind) -> dict[str, Any]:
    held: dict[PackKind, PackContent] = {
        PackKind.CATALOGUE: contents.catalogue,
        PackKind.PROFILE: contents.profile,
        PackKind.CALENDAR: contents.calendar,
    }
    return held[kind].to_plain()


@pytest.mark.parametrize("kind", PackKind)
def test_the_kept_schema_is_the_one_that_the_types_give(kind: PackKind) -> None:
    assert json.loads((SCHEMAS / schema_file(kind)).read_text(encoding="utf-8")) == schema_of(kind)


@pytest.mark.parametrize("kind", PackKind)
def test_the_demo_county_fits_the_schema(contents: Contents, kind: PackKind) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(plain_of(contents, kind))


SPOILT: tuple[object, ...] = (None, -(2**60), "", "字" * 5000, [], {"strange": 1}, True)


@pytest.mark.parametrize("kind", PackKind)
def test_what_the_schema_refuses_the_reader_refuses_too(contents: Contents, kind: PackKind) -> None:
    """Every value of the demo's plain form in turn is spoilt in every way; the two must agree on each."""
    validator = Draft202012Validator(schema_of(kind))
    plain = _shortened(plain_of(contents, kind))
    tried = 0
    for path in _paths(plain):
        for spoilt in SPOILT:
            changed = deepcopy(plain)
            held: Any = changed
            for step in path[:-1]:
                held = held[step]
            held[path[-1]] = spoilt
            if not _fits(validator, changed):
                tried += 1
                with pytest.raises(ContentWrong):
                    read(CONTENT_TYPES[kind], changed)
    assert tried > 50


def _fits(validator: Draft202012Validator, plain: object) -> bool:
    try:
        validator.validate(plain)
    except ValidationError:
        return False
    return True


def _shortened(plain: dict[str, Any]) -> dict[str, Any]:
    """The same with long lists cut to their first part, which is enough to have met every type."""
    short: dict[str, Any] = {}
    for key, value in plain.items():
        short[key] = value[:1] if isinstance(value, list) and key in ("items", "days_off") else value
    if "items" in short:
        sections = short["items"][0]["form"]["sections"]
        short["items"][0]["keys"] = short["items"][0]["keys"][:1]
        short["items"][0]["form"] = {"sections": sections[:2]}
        short["items"][0]["materials"] = short["items"][0]["materials"][:1]
        short["themes"] = short["themes"][:1]
    for key in ("regions", "departments", "terminals", "agents"):
        if key in short:
            short[key] = short[key][:6]
    return short


def _paths(plain: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(plain, dict):
        inner = [_paths(each, (*path, key)) for key, each in plain.items()]
    elif isinstance(plain, list):
        inner = [_paths(each, (*path, index)) for index, each in enumerate(plain[:2])]
    else:
        return [path]
    return [each for found in inner for each in found] + ([path] if path else [])
