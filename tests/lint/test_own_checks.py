"""Every check of ours bites: a copy of the tree is broken on purpose, and lint names the place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.lint.conftest import Found, Write, writer

# The file that is written, its text, and how the finding about it begins.
BROKEN = [
    ("sync/long.py", '"""Long."""\n' * 401, "sync/long.py:401: 401 lines"),
    ("sync/wordy.py", "def wordy():\n" + "    pass\n" * 70, "sync/wordy.py:1: wordy: 71 lines"),
    ("sync/utils.py", "", "sync/utils.py:1: the name 'utils'"),
    ("village/__init__.py", "", "village:1: a package that the import rules"),
    (
        "docs/mirror.md",
        "\nfrom https://pypi" + ".org/simple\n",
        "docs/mirror.md:2: the address of a package registry",
    ),
    ("kiosk/there.py", 'PLACE = "/wo' + 'rk/main"\n', "kiosk/there.py:1: a path of one machine"),
    ("county/scratch.py", 'PLACE = "/tm' + 'p/x"\n', "county/scratch.py:1: a fixed temporary path"),
    ("county/late.py", "import time\n\nNOW = time.time()\n", "county/late.py:3: reads the clock (time.time)"),
    ("county/today.py", "import datetime\n\nX = datetime.date.today()\n", "county/today.py:3: reads the clock"),
    ("kiosk/wait.py", "from time import monotonic\n", "kiosk/wait.py:1: reads the clock (time.monotonic)"),
    ("sync/model/foreign.py", "import cbor2\n", "sync/model/foreign.py:1: the model imports cbor2"),
    ("sync/model/upwards.py", "from ..journal import X\n", "sync/model/upwards.py:1: the model imports ..journal"),
    (
        "devices/quiet.py",
        "import os  # no" + "qa: F401\n",
        "devices/quiet.py:1: a silenced check without its reason",
    ),
    (
        "devices/odd.py",
        "x = 1  # ty" + "pe: ignore[misc]\n",
        "devices/odd.py:1: a silenced check without its reason",
    ),
    ("devices/fake.py", "from unittest.mock import Mock\n", "devices/fake.py:1: a mock"),
    ("devices/idle.py", "@pytest.mark.sk" + "ip\ndef f(): ...\n", "devices/idle.py:1: a test that does not run"),
]


def test_what_may_not_be_is_named_with_its_place(write: Write, found: Found) -> None:
    for name, text, _ in BROKEN:
        write(name, text)
    findings = found()
    for _, _, place in BROKEN:
        assert [finding for finding in findings if finding.startswith(place)], place
    assert len(findings) == len(BROKEN)


def test_a_silenced_check_with_its_reason_passes(write: Write, found: Found) -> None:
    write("devices/explained.py", "import os  # noqa: F401 - its import has an effect\n")
    assert found() == []


def test_programs_may_read_the_clock(write: Write, found: Found) -> None:
    write("kiosk/report/__main__.py", "import time\n\nprint(time.time())\n")
    assert found() == []


def test_an_empty_house_passes(found: Found) -> None:
    assert found() == []


def test_lint_of_the_whole_tree_fails_and_names_the_place(checkout: Path) -> None:
    write = writer(checkout)
    write("sync/long.py", '"""Long."""\n' * 401)
    write("kiosk/screens/untranslated.py", '"""New."""\n\nTITLE = tr("没有译文的测试")\n')
    command = [sys.executable, "-m", "tests.lint", str(checkout)]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = done.stdout.splitlines()
    assert "sync/long.py:401: 401 lines; a file has at most 400" in said
    assert 'kiosk/screens/untranslated.py:3: "没有译文的测试" has no English in kiosk/i18n/en' in said
