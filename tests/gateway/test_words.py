"""The page of the protocol names every word that the gateway can refuse with, as its code has them."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sync import gateway
from sync.gateway import enrolling, http, stick_http

SOURCES = Path(gateway.__file__).parent
PAGE = Path(gateway.__file__).parents[1] / "README.md"
REFUSING = {"_refusal": 1, "_refused": 1, "refusal": 1, "PeerRefused": 0, "NotNamed": 0, "NoRoom": 0}
"""What makes a refusal, and which of its arguments is the word."""
HANDED_ON = frozenset({"code", "word", "refusal.code", "reception.ending"})
"""Words that come from one of the places below, or from a call that is looked at itself."""


def in_calls() -> Iterator[str]:
    """Words that stand in a call of something that refuses, or are put into the header."""
    for path in SOURCES.glob("*.py"):
        module = importlib.import_module(f"sync.gateway.{path.stem}") if path.stem != "__main__" else http
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=given) if name in REFUSING:
                    yield from _said(given[REFUSING[name]], module) if len(given) > REFUSING[name] else ()
                case ast.Assign(targets=[ast.Subscript(slice=ast.Name(id="REFUSAL_HEADER"))], value=value):
                    yield from _said(value, module)


def _said(node: ast.expr, module: ModuleType) -> Iterator[str]:
    written = ast.unparse(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif written.isupper():
        yield getattr(module, written)
    else:
        assert written in HANDED_ON, f"{module.__name__} refuses with {written}: this test does not know what it says"


def words() -> set[str]:
    """Every word, from wherever the gateway takes it."""
    ends_of_streams = {ending.value for ending, status in http._STATUS.items() if status != 200}
    of_bundles = {word for word, _ in stick_http.WORDS.values()}
    of_enrolment = {kind.code for kind in enrolling.EnrolmentRefused.__subclasses__()}
    return {*in_calls(), *ends_of_streams, *of_bundles, *of_enrolment}


def test_the_page_names_every_word_that_the_gateway_refuses_with() -> None:
    found = words()
    assert {"malformed", "not-a-bundle", "code-unknown", "revoked", "no-such-range", "not-vouched"} <= found
    page = PAGE.read_text("utf-8")
    text = page[page.index("## The gateway's HTTP") : page.index("## Test vectors")]
    assert sorted(word for word in found if f"`{word}`" not in text) == []


@pytest.mark.parametrize("written", ["Ending.GAP", "made_up()"])
def test_a_word_that_the_test_cannot_see_is_no_word_that_it_passes(written: str) -> None:
    with pytest.raises(AssertionError, match="does not know"):
        list(_said(ast.parse(written, mode="eval").body, http))
