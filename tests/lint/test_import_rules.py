"""`make lint` fails when a forbidden import is added: each rule of the house is broken once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lint.conftest import writer

BROKEN = [
    ("sync/model/leaky.py", "import sqlite3\n", "The model is pure"),
    ("sync/model/random_ids.py", "import uuid\n", "The model is pure"),
    ("sync/leaky.py", "import devices.ports\n", "The house"),
    ("devices/leaky.py", "import sync.model.facts\n", "The house"),
    ("sync/upwards.py", "import kiosk.assets\n", "The house"),
    ("kiosk/sideways.py", "import county\n", "The house"),
    ("county/printing.py", "import devices.ports\n", "The county has no devices"),
    ("sync/gateway/leaky.py", "import sync.journal\n", "The gateway knows neither"),
    ("kiosk/presenters/leaky.py", "import kivy.clock\n", "Kivy only on the glass"),
    ("kiosk/presenters/drawing.py", "import kiosk.widgets\n", "What decides"),
    ("county/wired.py", "import serial\n", "Serial lines only in drivers"),
    ("kiosk/leaky.py", "import sqlite3\n", "SQL only where"),
    ("kiosk/played.py", "import devices.sim\n", "Simulators only"),
    ("county/leaky.py", "import flask\n", "HTTP only at"),
    ("kiosk/calling.py", "import requests\n", "HTTP only at"),
    ("tests/second/carried.py", "import sync.tree\n", "The second implementation"),
]


def broken_rules(checkout: Path) -> tuple[int, str]:
    """Run import-linter on a checkout; its exit code and report."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False, env={"COLUMNS": "200"})
    return done.returncode, done.stdout


def test_the_tree_as_it_is_keeps_every_rule(checkout: Path) -> None:
    code, report = broken_rules(checkout)
    assert code == 0, report
    assert " 0 broken" in report


def test_each_forbidden_import_breaks_its_rule(checkout: Path) -> None:
    write = writer(checkout)
    for name, text, _ in BROKEN:
        write(name, text)
        package = (checkout / name).parent / "__init__.py"
        package.touch()
    code, report = broken_rules(checkout)
    assert code == 1
    for name, _, rule in BROKEN:
        module = name.removesuffix(".py").replace("/", ".")
        assert module in report, f"{module} is not named"
        assert [line for line in report.splitlines() if line.startswith(rule) and " BROKEN" in line], rule


@pytest.mark.parametrize("tool", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]])
def test_the_tools_of_lint_fail_on_bad_code(checkout: Path, tool: list[str]) -> None:
    bad = writer(checkout)("devices/bad.py", "import os\ndef f(x):\n  return x")
    command = [str(Path(sys.executable).with_name(tool[0])), *tool[1:], str(bad.relative_to(checkout))]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "devices/bad.py" in done.stdout
