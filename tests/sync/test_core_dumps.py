"""A program that dies leaves nothing of its memory behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sync.village import SOURCES

PROGRAMS = (
    ("kiosk", "--data"),
    ("sync.client", "--data"),
    ("sync.stick", "export", "--stick", "/nowhere", "--data"),
    ("sync.gateway", "--data"),
    ("sync.import_page", "--data"),
    ("county", "verify", "--data"),
    ("provisioning", "doctor", "--data"),
)
RUN = """
import atexit, resource, runpy, sys
atexit.register(lambda: print("core:", *resource.getrlimit(resource.RLIMIT_CORE)))
resource.setrlimit(resource.RLIMIT_CORE, (4096, resource.getrlimit(resource.RLIMIT_CORE)[1]))
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("command", PROGRAMS, ids=lambda command: command[0])
def test_no_program_leaves_a_core(command: tuple[str, ...], tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RUN, *command, str(tmp_path)],
        cwd=SOURCES, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "core: 0 " in ran.stdout, ran.stderr
