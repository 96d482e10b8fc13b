"""The documents as tests read them: links, code, commands, quoted words of a screen; and the code that they name."""

from __future__ import annotations

import ast
import functools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lint.tree import PACKAGES, Source, SourceTree

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = tuple(
    sorted(
        str(path.relative_to(ROOT))
        for path in (
            *(ROOT / "docs").rglob("*.md"),
            ROOT / "README.md",
            ROOT / "CHANGELOG.md",
            ROOT / "sync" / "README.md",
        )
    )
)
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_COMMAND = re.compile(r"python3? -m (.+)")
_HAN = re.compile("[\u4e00-\u9fff]")
_EXPLAINED = re.compile(r"\s{2,}|\s#")


@dataclass(frozen=True)
class Document:
    """One document. `path` is relative to the repository."""

    path: Path

    @functools.cached_property
    def text(self) -> str:
        """All of it."""
        return (ROOT / self.path).read_text("utf-8")

    @functools.cached_property
    def prose(self) -> str:
        """All but the fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        """Where its links and pictures lead."""
        return _LINK.findall(self.prose)

    @property
    def spans(self) -> list[str]:
        """What stands in code font in its sentences and tables."""
        return _SPAN.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """The names by which its headings are linked to."""
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(self.prose)}

    def fences(self, language: str) -> list[str]:
        """The blocks marked with a language."""
        return [block for marked, block in _FENCE.findall(self.text) if marked == language]

    @property
    def code(self) -> Iterator[str]:
        """Every line that somebody could copy: spans, and lines of unmarked or shell blocks."""
        yield from self.spans
        for language, block in _FENCE.findall(self.text):
            if language in ("", "sh"):
                yield from (line.strip() for line in block.splitlines())

    @property
    def commands(self) -> Iterator[list[str]]:
        """The programs of ours that it starts, as [module, argument, ...]."""
        for line in self.code:
            found = _COMMAND.search(line)
            if found:
                words = shlex.split(_EXPLAINED.split(found[1])[0].replace("[", "").replace("]", ""))
                if words[0].partition(".")[0] in (*PACKAGES, "tests"):
                    yield words


@functools.cache
def tree() -> SourceTree:
    """The checkout."""
    return SourceTree(ROOT)


def is_defined(dotted: str) -> bool:
    """Whether `package.module.Class.method` is a module or is written in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        source = _module(parts[:length])
        if source is not None:
            return _is_in(source.syntax.body, parts[length:])
        if (ROOT / Path(*parts[:length])).is_dir():
            return length == len(parts)
    return False


def _module(parts: list[str]) -> Source | None:
    stem = Path(*parts)
    known = {source.path: source for source in tree().sources(".py")}
    return known.get(stem.with_suffix(".py")) or known.get(stem / "__init__.py")


def _is_in(body: list[ast.stmt], names: list[str]) -> bool:
    if not names:
        return True
    for statement in body:
        if names[0] in _names(statement):
            return len(names) == 1 or (isinstance(statement, ast.ClassDef) and _is_in(statement.body, names[1:]))
    return False


def _names(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case ast.ImportFrom(names=names):
            return {each.asname or each.name for each in names}
    return set()


@functools.cache
def words_of_the_code() -> frozenset[str]:
    """Every name that is written anywhere in code, data, recipes or pages."""
    found: set[str] = set()
    for source in tree().sources():
        if source.path.suffix != ".md":
            found.update(re.findall(r"\w+", source.text))
    return frozenset(found)


class Said:
    """What programs say: whole texts, and texts with something filled in."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._whole: set[str] = set()
        self._filled: list[re.Pattern[str]] = []
        for text in texts:
            if "{" in text:
                parts = re.split(r"\{[^{}]*\}", text)
                if len(_HAN.findall("".join(parts))) >= 2:  # else it would stand for anything
                    self._filled.append(re.compile(".+?".join(map(re.escape, parts)), re.DOTALL))
            else:
                self._whole.add(text)

    def __contains__(self, text: str) -> bool:
        return text in self._whole or any(pattern.fullmatch(text) for pattern in self._filled)


@functools.cache
def said() -> Said:
    """Everything that a person can read on a screen, on a paper, or in a technician's terminal."""
    return Said(_texts())


def _texts() -> Iterator[str]:
    for source in tree().sources(".py", under=PACKAGES):
        for node in ast.walk(source.syntax):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for source in tree().sources(".csv", under=("county",)):
        yield from (cell for line in source.lines for cell in line.split(","))
    for source in tree().sources(".html", under=("devices", "county")):
        yield from re.findall(r">\s*([^<>{}]+?)\s*<", source.text)
