import json
from pathlib import Path
from typing import Any

import pytest

from sync.terminal import TerminalConfig, TerminalConfigRefused

CONFIG = TerminalConfig(
    region="990101102203",
    point_name="柳溪村便民服务点",
    terminal_number="01",
    county="990101",
    gateway_url="https://127.0.0.1:8443",
    devices={"printer": {"port": "/dev/ttyS1"}},
)


def write(data: Path, **changes: Any) -> None:
    CONFIG.save(data)
    held = json.loads((data / "terminal.json").read_text())
    held.update(changes)
    (data / "terminal.json").write_text(json.dumps({name: value for name, value in held.items() if value != "gone"}))


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    CONFIG.save(tmp_path)
    assert TerminalConfig.load(tmp_path) == CONFIG
    assert CONFIG.subject == "urn:sunpoint:990101:terminal:990101102203:01"


def test_entries_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, language="en")
    assert TerminalConfig.load(tmp_path) == CONFIG


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "990101"),
        ("region", 990101102203),
        ("region", "990102102203"),
        ("point_name", ""),
        ("point_name", "gone"),
        ("terminal_number", "1"),
        ("county", "99010a"),
        ("gateway_url", "http://127.0.0.1"),
        ("gateway_url", "https://127.0.0.1/v1"),
        ("gateway_url", "https://user@127.0.0.1"),
        ("record_key", ""),
        ("tls_key", 5),
        ("record_key", "keys/\0.pem"),
        ("root_certificate", "\0"),
        ("tls_certificate", "keys/tls\0"),
        ("point_name", "柳溪村\n便民服务点"),
        ("point_name", "　"),
        ("poll_s", 0),
        ("poll_s", True),
        ("retry_delay_s_max", 1.5),
        ("retry_delay_s_max", 100_000),
        ("devices", []),
    ],
)
def test_an_entry_that_cannot_be_is_named(tmp_path: Path, name: str, value: object) -> None:
    write(tmp_path, **{name: value})
    with pytest.raises(TerminalConfigRefused, match="region" if value == "990102102203" else name):
        TerminalConfig.load(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{", "null", "\xff"])
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "terminal.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(TerminalConfigRefused):
        TerminalConfig.load(tmp_path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(TerminalConfigRefused, match="cannot be read"):
        TerminalConfig.load(tmp_path)
