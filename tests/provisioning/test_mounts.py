"""Sticks and the second medium are mounted by themselves: what the system is told, judged by the rules it goes by."""

from __future__ import annotations

import configparser
import json
import re
import stat
from pathlib import Path

import pytest

from provisioning.mounts import MIRROR, STICK, mounts
from provisioning.speech import Refused, Sentence
from sync.terminal import TerminalConfig

EFI = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
_TERM = re.compile(r'(?P<key>[A-Z]+)(\{(?P<name>\w+)\})?(?P<operator>==|!=|\+=|=)"(?P<value>[^"]*)"')


def wanted_by(rules: str, device: dict[str, str]) -> list[str]:
    """Go through udev rules as udev(7) says, for a block device with these properties; return the units asked for."""
    units: list[str] = []
    target = ""
    for line in rules.splitlines():
        if not line or line.startswith("#"):
            continue
        terms = [found.groupdict() for found in _TERM.finditer(line)]
        assert ", ".join(found.group() for found in _TERM.finditer(line)) == line, f"udev could not read {line!r}"
        if target:
            target = "" if terms[0]["key"] == "LABEL" and terms[0]["value"] == target else target
            continue
        tests = [term for term in terms if term["operator"] in ("==", "!=")]
        if all(_fits(term, device) for term in tests):
            units += [term["value"] for term in terms if term["name"] == "SYSTEMD_WANTS"]
            target = next((term["value"] for term in terms if term["key"] == "GOTO"), "")
    assert not target, f"there is no label {target}"
    return units


def _fits(term: dict[str, str], device: dict[str, str]) -> bool:
    held = device.get(term["name"] or term["key"], "")
    return (held in term["value"].split("|")) is (term["operator"] == "==")


def device(**properties: str) -> dict[str, str]:
    return {"ACTION": "add", "SUBSYSTEM": "block", "ID_FS_USAGE": "filesystem", **properties}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A terminal that is enrolled."""
    made = tmp_path / "terminal"
    made.mkdir()
    TerminalConfig("990101102203", "柳溪村便民服务点", "01", "990101", "https://localhost:1").save(made)
    return made


def set_up(data: Path, root: Path, *, mirror: bool = True) -> list[str]:
    said: list[Sentence] = []
    mounts(data, said.append, mirror=mirror, root=root)
    return [each.chinese for each in said]


def test_a_stick_and_the_second_medium_are_asked_for_and_nothing_else_is(data: Path, tmp_path: Path) -> None:
    set_up(data, tmp_path / "root")
    [path] = (tmp_path / "root/etc/udev/rules.d").iterdir()
    rules = path.read_text()
    stick, mirror = ["media-stick.mount"], ["media-mirror.mount"]
    assert wanted_by(rules, device(ID_BUS="usb", ID_FS_TYPE="vfat", ID_FS_LABEL="KINGSTON")) == stick
    assert wanted_by(rules, device(ID_BUS="usb", ID_FS_TYPE="exfat")) == stick
    assert wanted_by(rules, device(ID_FS_TYPE="ext4", ID_FS_LABEL="SUNPOINT2")) == mirror, "in a card reader"
    assert wanted_by(rules, device(ID_BUS="usb", ID_FS_TYPE="ext4", ID_FS_LABEL="SUNPOINT2")) == mirror
    for other in (
        device(ID_BUS="ata", ID_FS_TYPE="vfat"),
        device(ID_BUS="usb", ID_FS_TYPE="vfat", ID_PART_ENTRY_TYPE=EFI),
        device(ID_BUS="usb", ID_FS_TYPE="ext4"),
        device(ID_BUS="usb", ID_FS_TYPE="ntfs"),
        device(ID_BUS="usb", ID_FS_TYPE="vfat", ID_FS_USAGE="raid"),
        device(ID_BUS="usb", ID_FS_TYPE="vfat", ACTION="remove"),
        device(ID_BUS="usb", ID_FS_TYPE="vfat", SUBSYSTEM="net"),
    ):
        assert wanted_by(rules, other) == [], other


def test_what_is_mounted_runs_nothing_and_belongs_to_the_terminals_user(data: Path, tmp_path: Path) -> None:
    set_up(data, tmp_path / "root")
    units = sorted((tmp_path / "root/etc/systemd/system").iterdir())
    assert [each.name for each in units] == ["media-mirror.mount", "media-stick.mount"]
    for unit, where in zip(units, (MIRROR, STICK), strict=True):
        parsed = configparser.ConfigParser(interpolation=None)
        parsed.optionxform = str  # type: ignore[assignment, method-assign]  # names of units have capitals
        parsed.read(unit)
        mount = parsed["Mount"]
        # systemd.mount(5): the unit is named after the place.
        assert unit.stem.replace("-", "/") == where.removeprefix("/") == mount["Where"].removeprefix("/")
        assert {"nosuid", "nodev", "noexec"} <= set(mount["Options"].split(","))
        assert "{" not in unit.read_text()
        assert stat.S_IMODE(unit.stat().st_mode) == 0o644
    owner = data.stat()
    assert f"uid={owner.st_uid},gid={owner.st_gid},umask=0077" in units[1].read_text()


def test_terminal_json_names_the_places_and_keeps_what_a_technician_wrote(data: Path, tmp_path: Path) -> None:
    set_up(data, tmp_path / "root", mirror=False)
    assert (TerminalConfig.load(data).stick, TerminalConfig.load(data).mirror) == (STICK, None)
    held = json.loads((data / "terminal.json").read_text())
    (data / "terminal.json").write_text(json.dumps({**held, "stick": "/mnt/usb"}))
    set_up(data, tmp_path / "root")
    assert (TerminalConfig.load(data).stick, TerminalConfig.load(data).mirror) == ("/mnt/usb", MIRROR)


def test_it_can_be_done_again_and_then_changes_nothing(data: Path, tmp_path: Path) -> None:
    first = set_up(data, tmp_path / "root")
    again = set_up(data, tmp_path / "root")
    assert sum(line.startswith("完成") for line in first) == 4
    assert not any(line.startswith("完成") for line in again)


def test_a_machine_that_is_not_enrolled_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        set_up(tmp_path, tmp_path / "root")
    assert not (tmp_path / "root").exists()
