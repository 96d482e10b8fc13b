"""JSON files that somebody damaged: a sentence that names the file, in every program that reads one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sync.agents import AgentsUnreadable, read_agents
from sync.clock import SteeredClock, SteeringUnreadable
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.gateway.config import GatewayConfig, GatewayConfigRefused
from sync.json_file import BYTES_MAX, JsonFileMissing, JsonFileRefused, read_object
from sync.terminal import TerminalConfig, TerminalConfigRefused

DEEP = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
DAMAGED: dict[str, tuple[bytes, str]] = {
    "nested 100,000 deep": (DEEP, "nested too deep"),
    "larger than any": (b'{"a":"' + b"x" * BYTES_MAX + b'"}', "more than 1048576 bytes"),
    "cut short": (b'{"a":', "is not JSON"),
    "empty": (b"", "is not JSON"),
    "half of a character": (b'{"a":"\\ud800 "}', "is not JSON"),
    "no UTF-8": (b'{"a":"\xff"}', "is not JSON"),
    "a list": (b"[]", "does not hold an object"),
    "a number of 5,000 digits": (b'{"a":' + b"9" * 5_000 + b"}", "is not JSON"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path: Path, name: str) -> None:
    content, said = DAMAGED[name]
    (tmp_path / "some.json").write_bytes(content)
    with pytest.raises(JsonFileRefused, match=rf"some\.json.*{said}") as refused:
        read_object(tmp_path / "some.json")
    assert len(str(refused.value)) < 200


def test_a_missing_file_is_told_from_one_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(JsonFileMissing, match=r"none\.json cannot be read: No such file"):
        read_object(tmp_path / "none.json")
    with pytest.raises(JsonFileRefused, match="cannot be read: Is a directory") as refused:
        read_object(tmp_path)
    assert not isinstance(refused.value, JsonFileMissing)


def test_a_file_that_an_editor_marked_as_utf_8_is_read(tmp_path: Path) -> None:
    (tmp_path / "some.json").write_bytes('\ufeff{"name": "青山县"}'.encode())
    assert read_object(tmp_path / "some.json") == {"name": "青山县"}


READERS: dict[str, tuple[Callable[[Path], object], type[ValueError]]] = {
    "terminal.json": (TerminalConfig.load, TerminalConfigRefused),
    "county.json": (CountyConfig.load, CountyConfigRefused),
    "gateway.json": (GatewayConfig.load, GatewayConfigRefused),
    "agents.json": (lambda data: read_agents(data / "agents.json"), AgentsUnreadable),
    "clock.json": (lambda data: SteeredClock(data / "clock.json"), SteeringUnreadable),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("damage", DAMAGED)
def test_every_file_refuses_every_damage_in_its_own_way(tmp_path: Path, name: str, damage: str) -> None:
    load, refusal = READERS[name]
    content, said = DAMAGED[damage]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(refusal, match=f"{name}.*{said}"):
        load(tmp_path)
