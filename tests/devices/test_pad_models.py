"""Pad models: those that come with the package, a new one by a file alone, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devices.config import parse_devices
from devices.config_fields import DevicesConfigRefused
from devices.line import Flow, Parity, SerialSettings
from devices.model_files import ModelRefused, model_names
from devices.places import DatagramPlace, SerialPlace, SocketPlace
from devices.rating_pad.key_word import KeyWord
from devices.rating_pad.model import MODELS, Confirmed, Protocol, read_pad_model

PUBLISHED_KEYS = {
    "pj06": "1非常满意 2满意 3基本满意 4不满意 5非常不满意",
    "sle300": "1非常满意 2一般 3非常不满意",
    "pjq": "4非常满意 1满意 2一般 3不满意",
    "xjpjq": "1非常满意 2满意 3一般 4不满意 5不满意",
    "scoreocx": "3非常满意 2满意 1一般 0不满意",
    "yongtai-pjq": "",
    "cent-gwq": "1非常满意 2满意 3一般 4非常不满意",
    "signing-tablet": "5非常满意 4满意 3基本满意 2不满意 1非常不满意",
    "taxi-rear": "1非常满意 2满意 3不满意",
    "taxi-app": "1满意 2一般 3不满意",
    "sundyn": "",
}
"""What public sources say of every product that was found; the words of pj06 and signing-tablet are not theirs."""
SAMPLES = ["sample-byte", "sample-text"]


def test_every_product_that_was_found_has_a_file_with_its_own_numbers() -> None:
    assert sorted([*PUBLISHED_KEYS, *SAMPLES]) == model_names([MODELS])
    for name, published in PUBLISHED_KEYS.items():
        keys = read_pad_model(name).keys
        assert " ".join(f"{key.number}{key.word}" for key in keys) == published, name


@pytest.mark.parametrize("name", sorted(PUBLISHED_KEYS))
def test_a_file_says_what_is_confirmed_and_what_is_not(name: str) -> None:
    text = (MODELS / f"{name}.toml").read_text("utf-8")
    assert "# Confirmed" in text
    assert "# NOT confirmed" in text
    assert "# NOT tried here against a real pad." in text


@pytest.mark.parametrize("name", sorted(PUBLISHED_KEYS.keys() - {"pj06"}))
def test_fault_pad_of_unknown_bytes_is_refused_with_what_to_do(name: str) -> None:
    model = read_pad_model(name)
    assert Confirmed.WIRE not in model.confirmed
    assert "not usable before" in model.described()
    with pytest.raises(
        DevicesConfigRefused, match=f"devices.pad: {name} cannot be used as it is, .*`devices watch --learn`"
    ):
        parse_devices({"pad": {"model": name, "path": "/dev/pad"}}, Path("/c"))


def test_no_file_of_a_product_has_bytes_that_no_source_has() -> None:
    for name in PUBLISHED_KEYS:
        model = read_pad_model(name)
        if Confirmed.WIRE not in model.confirmed:
            assert model.wire is None
            assert all(not key.sends for key in model.keys)


FIFTH = '{number = 5, says = "一般", sends = "35"}'
SIXTH = '{number = 6, says = "一般", sends = "36"}'
LEARNT = """
title = "the hall's pad, as learnt on its line"
protocol = "byte"
confirmed = []
baud = 1200
parity = "odd"
stop_bits = 2
settle_ms = 0
too_soon_ms = 0
late_ms = 0
quiet_ms = 25
noise_bytes_max = 8
keys = [
  {number = 4, says = "非常满意", sends = "34"}, {number = 1, says = "满意", sends = "31"},
  {number = 2, says = "一般", sends = "32"}, {number = 3, says = "不满意", sends = "33"},
]
[wire]
opening = ""
prompt = "A0 01"
thanks = ""
closing = ""
timeout = "30"
greeting = ""
acknowledgement = ""
"""


def test_a_pad_that_was_learnt_replaces_the_file_without_bytes(tmp_path: Path) -> None:
    (tmp_path / "pjq.toml").write_text(LEARNT, "utf-8")
    section = {"pad": {"model": "pjq", "path": "pad"}, "models": str(tmp_path)}
    config = parse_devices(section, Path("/c")).pad
    assert config is not None
    assert config.place == SerialPlace(Path("/c/pad"), SerialSettings(1200, Flow.NONE, Parity.ODD, 2))
    assert config.model.protocol is Protocol.BYTE
    key = config.model.key(b"\x34")
    assert key is not None
    assert key.word is KeyWord.VERY_SATISFIED


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('says = "一般"', 'says = "还行"', "says must be one of: 非常满意, 很满意"),
        ("number = 2", "number = 4", "each be given to one key only"),
        ('sends = "33"', 'sends = "34"', "each be given to one key only"),
        ('sends = "33"', 'sends = "3"', "sends must be at most 64 bytes as hexadecimal digits"),
        ('sends = "33"', 'sends = ""', "key 3 sends nothing"),
        ('says = "不满意"', 'says = "满意"', "no key says dissatisfied"),
        ('"非常满意", sends = "34"}, {number = 1, says = "满意"', '"一般", sends = "34"}, {number = 1, says = "一般"',
         "no key says satisfied"),
        (', sends = "31"},', ', sends = "31"}, FIFTH, SIXTH, ', "3 to 5 keys, not 6"),
        ('"byte"', '"bytes"', "protocol must be one of: pj06, byte, text, unknown"),
        ('"byte"', '"pj06"', "there is no field named wire"),
        ("confirmed = []", 'confirmed = ["all"]', "confirmed must be one of: line, wire, keys"),
        ("confirmed = []", 'confirmed = "line"', "confirmed must be a list"),
        ("baud = 1200", "", "baud is missing"),
        ("baud = 1200", "baud = true", "baud must be one of 110, 300"),
        ("baud = 1200", "baud = 9601", "baud must be one of 110, 300"),
        ("stop_bits = 2", "stop_bits = " + "9" * 5000, "hall.toml is not TOML"),
        ("confirmed = []", "confirmed = " + "[" * 20_000, "hall.toml is nested too deep"),
        ("the hall's pad", "the hall's\\npad", "title holds a character that cannot be shown"),
        ("confirmed = []", "confirmed = [] #" + "x" * 65_536, "hall.toml is longer than 65536 bytes"),
        ("baud = 1200", "baud = 110", "quiet_ms must last at least two bytes at 110 baud"),
        ('parity = "odd"', 'parity = "mark"', "parity must be one of: none, even, odd"),
        ("stop_bits = 2", "stop_bits = 3", "stop_bits must be a whole number from 1 to 2"),
        ('timeout = "30"', 'timeout = "31"', "keys, timeout, greeting and acknowledgement must differ"),
        ('acknowledgement = ""', 'acknowledgement = "06"', "needs opening bytes"),
        ('greeting = ""', 'greeting = ""\nbye = ""', "there is no field named bye"),
        ("quiet_ms", "quiet ms", "hall.toml"),
        ("[wire]", "[wires]", "wire is missing"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_pad_file_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in LEARNT
    (tmp_path / "hall.toml").write_text(
        LEARNT.replace(before, after.replace("FIFTH", FIFTH).replace("SIXTH", SIXTH), 1), "utf-8"
    )
    with pytest.raises(ModelRefused, match=said):
        read_pad_model("hall", [tmp_path])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('result = "KEY {key}"', 'result = "KEY"', "result must hold {key} once"),
        ('login = "LOGIN {staff}"', 'login = "LOGIN"', "login must hold {staff} once"),
        ('login_answer = "S04OK"', 'login_answer = ""', "login must hold {staff} once, and have an answer"),
        ('heartbeat_answer = "S95OK"', 'heartbeat_answer = ""', "nobody knows whether the pad is there"),
        ('thanks = "THANKS"', 'thanks = "谢谢"', "thanks must be of printable ASCII characters"),
        ('transport = "udp"\nlistens = 0', 'transport = "tcp"\nends_with = ""', "texts on a stream need an end"),
        ('transport = "udp"', 'transport = "http"', "transport must be one of: udp, tcp"),
        ('sends = "3"', 'sends = "三"', "sends must be of printable ASCII characters"),
        ('sends = "3"', 'sends = ""', "sends nothing"),
        ('unrated = "', 'unrated = "KEY 3" #', "answers, unrated and the results of the keys must differ"),
        ('prompt_answer = "', 'prompt_answer = "S95OK" #', "answers, unrated and the results of the keys must differ"),
        ("heartbeat_s = 1", "heartbeat_s = 0", "heartbeat_s must be a whole number"),
    ],
)
def test_a_mistake_in_a_file_of_texts_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = (MODELS / "sample-text.toml").read_text("utf-8")
    assert before in text
    (tmp_path / "hall.toml").write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(ModelRefused, match=said):
        read_pad_model("hall", [tmp_path])


def test_a_byte_pad_that_cannot_be_asked_is_refused_for_a_port_only(tmp_path: Path) -> None:
    (tmp_path / "hall.toml").write_text(LEARNT.replace('"A0 01"', '""'), "utf-8")
    assert read_pad_model("hall", [tmp_path]).unknown() == ["how it is asked (prompt)"]
    with pytest.raises(DevicesConfigRefused, match="how it is asked"):
        parse_devices({"pad": {"model": "hall", "path": "pad"}, "models": str(tmp_path)}, Path("/c"))


def test_a_pad_on_the_network_is_named_by_host_and_port(tmp_path: Path) -> None:
    text = (MODELS / "sample-text.toml").read_text("utf-8")
    (tmp_path / "stream.toml").write_text(text.replace('"udp"', '"tcp"').replace("listens = 0", 'ends_with = "#"'))
    for model, path, place in (
        ("sample-text", "udp:192.168.1.50:8001", DatagramPlace("192.168.1.50", 8001, 0)),
        ("stream", "tcp:192.168.1.50:8001", SocketPlace("192.168.1.50", 8001)),
    ):
        config = parse_devices({"pad": {"model": model, "path": path}, "models": str(tmp_path)}, Path("/c"))
        assert config.pad is not None
        assert config.pad.place == place
    with pytest.raises(DevicesConfigRefused, match=r"must be udp:host:port, for example udp:192\.168\.1\.87:8001"):
        parse_devices({"pad": {"model": "sample-text", "path": "/dev/ttyUSB0"}}, Path("/c"))


def test_a_model_that_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ModelRefused, match=r"pipe\.toml is no file"):
        read_pad_model("pipe", [tmp_path])
    with pytest.raises(ModelRefused, match=r"cannot read .*folder\.toml: Is a directory"):
        read_pad_model("folder", [tmp_path])


def test_a_model_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ModelRefused, match="known: cent-gwq, pj06, pjq"):
        read_pad_model("pj99")
    with pytest.raises(ModelRefused, match="no name of a model"):
        read_pad_model("../printer/models/escpos-58")
