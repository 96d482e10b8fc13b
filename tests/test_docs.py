"""The documents name what is there: links, files, functions, make targets, commands, words of the screens."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from PIL import Image

from devices.ports import Reason
from devices.sentences import reason_words
from tests.documents import DOCUMENTS, ROOT, Document, is_defined, said, words_of_the_code
from tests.lint.tree import PACKAGES

PICTURES = ROOT / "docs" / "pictures"
PICTURE_BYTES_MAX, PICTURE_WIDTH_PX_MAX, PICTURES_MAX = 150_000, 1280, 10
PROGRAMS = ("kiosk", "sync.client", "sync.gateway", "county", "devices", "provisioning")
COMMAND_BY_ITSELF = {"county": ("run",)}  # what a program does without a command
MANUALS = ("docs/manual-agent.md", "docs/manual-technician.md")
# Made by set-up, by running, or by a reader: none of it is in the tree.
MADE = ("build/", "state/", ".assets/", ".venv/")
FILE_ENDINGS = (".py", ".toml", ".md", ".po", ".txt", ".css", ".html")
DATA_ENDINGS = (".json", ".db", ".pem", ".pack", ".png")
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@pytest.fixture(params=DOCUMENTS)
def document(request: pytest.FixtureRequest) -> Document:
    return Document(Path(request.param))


def test_every_link_leads_somewhere(document: Document) -> None:
    for link in document.links:
        place, _, anchor = link.partition("#")
        if place.startswith(("http:", "https:", "mailto:")):
            continue
        target = document.path.parent / place if place else document.path
        assert (ROOT / target).exists(), f"{document.path} links to {link}"
        if anchor:
            there = Document((ROOT / target).resolve().relative_to(ROOT)).anchors
            assert anchor in there, f"{document.path} links to {link}; there are {sorted(there)}"


def test_every_file_that_is_named_is_there(document: Document) -> None:
    for span in document.spans:
        if _names_a_file(span):
            assert _is_there(span, document), f"{document.path} names `{span}`"


def _names_a_file(span: str) -> bool:
    if re.search(r"[\s<>…]|\bx\.", span) or span.startswith((*MADE, "/", "-", "http", "urn:", "file:", "tcp:")):
        return False
    first = span.partition("/")[0]
    return span.endswith(FILE_ENDINGS) or ("/" in span and (ROOT / first).is_dir())


def _is_there(span: str, document: Document) -> bool:
    folders = (ROOT, ROOT / document.path.parent, *(ROOT / package for package in PACKAGES))
    return any(any(folder.glob(span.rstrip("/"))) for folder in folders)


def test_every_module_function_and_class_that_is_named_is_there(document: Document) -> None:
    for span in document.spans:
        name = span.removesuffix("()")
        if not NAME.fullmatch(name) or span.endswith((*FILE_ENDINGS, *DATA_ENDINGS)):
            continue
        if name.partition(".")[0] in (*PACKAGES, "tests") and "." in name:
            assert is_defined(name), f"{document.path} names `{span}`"
        elif "." in name and is_defined(f"sync.{name.partition('.')[0]}"):
            assert is_defined(f"sync.{name}"), f"{document.path} names `{span}`"
        elif re.search(r"[A-Z_]", name):
            assert name.split(".")[-1] in words_of_the_code(), f"{document.path} names `{span}`"


@cache
def make_targets() -> frozenset[str]:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return frozenset(re.findall(r"^ +make (\S+)", listed.stdout, re.MULTILINE))


def test_every_make_target_that_is_named_is_listed_by_make_help(document: Document) -> None:
    for line in document.code:
        for target in re.findall(r"(?:^|&& |; )make ([a-z][a-z-]*)", line):
            assert target in make_targets(), f"{document.path} says `make {target}`"


def test_every_command_is_one_that_its_program_takes(document: Document) -> None:
    for module, *arguments in document.commands:
        if module not in PROGRAMS:
            assert is_defined(module), f"{document.path} starts {module}"
            continue
        words = tuple(_until_an_argument(arguments)) or COMMAND_BY_ITSELF.get(module, ())
        ended, helped = _helped(module, words)
        assert ended == 0, f"{document.path} starts {module} {' '.join(words)}: {helped}"
        for option in (argument for argument in arguments if argument.startswith("--")):
            assert option in helped.split(), f"{document.path} gives {option} to {module} {' '.join(words)}"


def _until_an_argument(arguments: list[str]) -> Iterator[str]:
    for argument in arguments:
        if not re.fullmatch(r"[a-z][a-z-]+", argument):
            return
        yield argument


@cache
def _helped(module: str, words: tuple[str, ...]) -> tuple[int, str]:
    """What `python -m module words --help` says, and its exit code."""
    ended = subprocess.run(
        [sys.executable, "-m", module, *words, "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return ended.returncode, re.sub(r"[\[\],|]", " ", ended.stdout) + ended.stderr


@pytest.mark.parametrize("manual", MANUALS)
def test_every_word_that_a_manual_quotes_from_a_screen_is_said_there(manual: str) -> None:
    quoted = re.findall(r"【([^】]+)】", Document(Path(manual)).text)
    assert quoted
    unsaid = [text for text in quoted if text not in said()]
    assert not unsaid, f"{manual} quotes what no screen says"


def test_the_technician_is_told_in_chinese_what_every_reason_of_a_device_means() -> None:
    quoted = re.findall(r"【([^】]+)】", Document(Path("docs/manual-technician.md")).text)
    untold = [reason for reason in Reason if reason_words(reason) and reason_words(reason) not in quoted]
    assert not untold


def test_the_glossary_and_the_screens_use_the_same_words() -> None:
    english: dict[str, str] = {}
    for path in (ROOT / "kiosk" / "i18n" / "en").glob("*.po"):
        with path.open("rb") as file:
            english |= {str(each.id): str(each.string) for each in read_po(file, locale="en") if each.id}
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|", Document(Path("docs/glossary.md")).text, re.MULTILINE)
    on_screens = [row for row in rows if row[0] in english]
    assert len(on_screens) > 50
    for chinese, _, translated in on_screens:
        assert translated == english[chinese], f"the glossary on {chinese}"


def test_the_map_of_the_house_shows_what_is_there() -> None:
    (shown,) = Document(Path("README.md")).fences("text")
    folders: list[str] = []
    seen: set[str] = set()
    for line in shown.splitlines():
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        folders[depth:] = [name]
        for each in name.split(","):
            path = Path(*folders[:depth], each)
            assert any(ROOT.glob(f"{path}*")), f"the map shows {path}"
            seen.add(str(path))
    assert set(PACKAGES) <= seen
    inside = {str(path.relative_to(ROOT)) for path in (ROOT / "kiosk").iterdir() if (path / "__init__.py").exists()}
    assert inside <= seen


def test_every_picture_is_small_shown_somewhere_and_no_wider_than_a_page() -> None:
    shown = {Path(link).name for document in DOCUMENTS for link in Document(Path(document)).links}
    pictures = sorted(PICTURES.iterdir())
    assert 0 < len(pictures) <= PICTURES_MAX
    for picture in pictures:
        assert picture.name in shown, f"nothing shows {picture.name}"
        assert picture.stat().st_size <= PICTURE_BYTES_MAX, picture.name
        with Image.open(picture) as opened:
            assert opened.width <= PICTURE_WIDTH_PX_MAX, picture.name


def test_every_decision_is_in_the_list_under_its_own_title() -> None:
    listed = dict(
        re.findall(r"^\| \[\d{4}\]\((\S+)\) \| (.+) \|$", Document(Path("docs/adr/README.md")).text, re.MULTILINE)
    )
    pages = sorted(path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert pages == sorted(listed)
    assert [page[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page, title in listed.items():
        text = Document(Path("docs/adr") / page).text
        assert text.startswith(f"# {page[:4]}: {title}\n"), f"{page} is called otherwise in the list"
        for part in ("Why a decision was needed", "Decision", "What else was looked at", "What follows"):
            assert f"\n## {part}\n" in text, f"{page} has no part {part!r}"


def test_the_changelog_knows_the_present_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    text = Document(Path("CHANGELOG.md")).text
    assert re.search(rf"^## \[(Unreleased|{re.escape(project['project']['version'])})\]", text, re.MULTILINE)
