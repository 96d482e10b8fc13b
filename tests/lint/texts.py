"""Every text on a screen goes through `tr("中文")`, and every such text has its English.

Texts of packs are shown as the county wrote them and never stand in code. Screens are written in Python
(docs/adr/0004): a kv file would hide its texts from this check, so there is none.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from babel.messages.pofile import read_po

from tests.lint.tree import Finding, Source, SourceTree

HAN = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
TRANSLATE = "tr"
# Tables whose sentences the kiosk gives to tr() where it shows them.
TABLES = (Path("sync/model/transitions.py"), Path("sync/self_test_words.py"))
# Chinese that is not a text on a screen: files or folders, one reason each.
NOT_ON_SCREEN = {
    Path("kiosk/input"): "what a key types is the same in every language",
    Path("tests/gallery"): "sample words of pictures that the kiosk never shows",
    Path("kiosk/text"): "the rules by which Chinese lines break name the signs they treat",
}


@dataclass(frozen=True, slots=True)
class Text:
    """A Chinese string literal: where it stands, and whether it is given to `tr` or marked for it."""

    path: Path
    line: int
    text: str
    translated: bool


def check(tree: SourceTree) -> Iterator[Finding]:
    """Yield a finding for every text that is not translated, or whose translation differs in what is filled in."""
    for source in tree.sources(".kv"):
        yield Finding(source.path, 1, "a kv file; screens are written in Python, where their texts are checked")
    texts = list(_texts(tree))
    yield from _catalogue_faults(tree, {text.text for text in texts})
    english = _english(tree)
    for text in texts:
        shown = text.text if len(text.text) <= 30 else text.text[:29] + "…"
        if not text.translated:
            if not any(text.path.is_relative_to(place) for place in NOT_ON_SCREEN):
                yield Finding(text.path, text.line, f'"{shown}" is not given to tr()')
        elif text.text not in english:
            yield Finding(text.path, text.line, f'"{shown}" has no English in kiosk/i18n/en')
        elif _filled_in(text.text) != _filled_in(english[text.text]):
            yield Finding(text.path, text.line, f'"{shown}" and its English fill in different things')


def _english(tree: SourceTree) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(tree.root.glob("kiosk/i18n/en/*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
                    found[message.id] = message.string
    return found


def _catalogue_faults(tree: SourceTree, said: set[str]) -> Iterator[Finding]:
    for path in sorted(tree.root.glob("kiosk/i18n/en/*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if not message.id:
                    continue
                place, line = path.relative_to(tree.root), message.lineno or 1
                if message.fuzzy:
                    yield Finding(place, line, f"{message.id!r} is fuzzy")
                elif not message.string:
                    yield Finding(place, line, f"{message.id!r} has no msgstr")
                elif message.id not in said:
                    yield Finding(place, line, f"{message.id!r} is said nowhere")


def _filled_in(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return set()  # a lone brace: not a format


def _texts(tree: SourceTree) -> Iterator[Text]:
    for source in tree.sources(".py", under=("kiosk", "sync")):
        if source.path in TABLES:
            yield from (replace(text, translated=True) for text in _python_texts(source))
        elif source.path.parts[0] == "kiosk":
            yield from _python_texts(source)


def _python_texts(source: Source) -> Iterator[Text]:
    given: set[int] = set()
    silent: set[int] = set()
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Call) and node.args and _called(node) == TRANSLATE:
            given.add(id(node.args[0]))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))  # a docstring
    for node in ast.walk(source.syntax):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in silent:
            continue
        # What is given to tr() is a text whatever its script: "PIN" has an English too.
        if id(node) in given or HAN.search(node.value):
            yield Text(source.path, node.lineno, node.value, id(node) in given)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
