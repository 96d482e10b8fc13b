import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sync.durable import create_file, replace_file
from sync.lock import HeldElsewhere, ProcessLock


def names(directory: Path) -> list[str]:
    return [each.name for each in directory.iterdir()]


def test_a_file_is_made_with_its_mode_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    create_file(tmp_path / "made", b"content", mode=0o600)
    assert (tmp_path / "made").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600
    assert names(tmp_path) == ["made"]


def test_a_file_that_exists_is_not_made_again(tmp_path: Path) -> None:
    create_file(tmp_path / "made", b"first")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "made", b"second")
    assert (tmp_path / "made").read_bytes() == b"first"
    assert names(tmp_path) == ["made"]


def test_a_file_is_replaced_at_once_also_after_an_earlier_try_was_cut(tmp_path: Path) -> None:
    (tmp_path / "held.new").write_bytes(b"half of someth")
    replace_file(tmp_path / "held", b"first")
    replace_file(tmp_path / "held", b"second", mode=0o644)
    assert (tmp_path / "held").read_bytes() == b"second"
    assert names(tmp_path) == ["held"]


def test_a_lock_is_held_once_and_let_go_of(tmp_path: Path) -> None:
    held = ProcessLock(tmp_path / "lock")
    with pytest.raises(HeldElsewhere):
        ProcessLock(tmp_path / "lock")
    held.release()
    held.release()
    ProcessLock(tmp_path / "lock").release()


def test_a_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    holding = (
        "import sys, time; from pathlib import Path; from sync.lock import ProcessLock;"
        "lock = ProcessLock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holding, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(HeldElsewhere):
        ProcessLock(tmp_path / "lock")
    process.kill()
    process.communicate()
    ProcessLock(tmp_path / "lock").release()
