"""Pads of texts: over UDP and TCP, from the right address only, with staff, polled or not."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from devices.config import parse_devices
from devices.datagram_line import DatagramLine
from devices.hub import Hub
from devices.line import LineNotOpened
from devices.ports import DeviceState, KeyPressed, Reason, Stray, StrayKey, WindowEnd, WindowEnded
from devices.rating_pad.key_word import KeyWord
from devices.rating_pad.model import MODELS
from tests.devices.bench import FONT, Listener, PadBench, wait_until


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., PadBench]]:
    """Start pads of the sample with lines of its file changed."""
    started: list[PadBench] = []

    def bench(**lines: str) -> PadBench:
        kept = [
            line
            for line in (MODELS / "sample-text.toml").read_text("utf-8").splitlines()
            if line.partition(" = ")[0] not in lines
        ]
        at = kept.index("[text]") + 1
        changed = [f"{name} = {value}" for name, value in lines.items() if value]
        (tmp_path / "changed.toml").write_text("\n".join(kept[:at] + changed + kept[at:]), "utf-8")
        made = PadBench(tmp_path, "changed", tmp_path)
        made.start()
        started.append(made)
        made.until_state(DeviceState.READY)
        return made

    yield bench
    for each in started:
        each.close()


STREAM = {"transport": '"tcp"', "listens": "", "ends_with": '"\\r\\n"'}


def test_a_pad_on_a_stream_is_asked_answers_and_is_found_again_when_it_hung_up(
    make: Callable[..., PadBench],
) -> None:
    bench = make(**STREAM)
    bench.ask("w1")
    bench.pad.press(2)
    rating = bench.answer("w1")
    assert isinstance(rating, KeyPressed)
    assert rating.word is KeyWord.AVERAGE
    bench.ask("w2")
    bench.pad.brown_out()
    assert bench.answer("w2") == WindowEnded("w2", WindowEnd.PAD_ABSENT)
    bench.until_state(DeviceState.READY)
    bench.ask("w3")
    bench.pad.press(1)
    assert isinstance(bench.answer("w3"), KeyPressed)


def test_a_pad_that_sends_its_result_by_itself_needs_no_poll(make: Callable[..., PadBench]) -> None:
    bench = make(poll='""', unrated='""')
    bench.ask("w1")
    bench.pad.press(3)
    rating = bench.answer("w1")
    assert isinstance(rating, KeyPressed)
    assert rating.word is KeyWord.DISSATISFIED
    wait_until(lambda: bench.pad.face().thanks == 1, "the pad never thanked")
    bench.pad.press(3)
    assert bench.events.stray() == StrayKey(Stray.EXTRA, 1, "w1")


def test_another_who_serves_is_logged_in_and_the_one_before_out(make: Callable[..., PadBench]) -> None:
    bench = make()
    for window_id, staff in (("w1", "A01"), ("w2", "B02"), ("w3", "B02")):
        before = bench.pad.face().prompts
        bench.hub.pad.open_window(window_id, 30, staff)
        wait_until(lambda before=before: bench.pad.face().prompts > before, "the pad was never asked")  # type: ignore[misc]  # bound here
        assert bench.pad.face().staff == staff
    said = [text for text in bench.pad.told() if isinstance(text, str) and text.startswith("LOG")]
    assert said == ["LOGIN A01", "LOGOUT", "LOGIN B02"]


def test_a_pad_that_takes_no_login_is_not_asked(make: Callable[..., PadBench], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.rating_pad.text_pad.ANSWER_MS", 200)
    bench = make(heartbeat_s="30")
    bench.line.pull(half_frames=True)
    bench.hub.pad.open_window("w1", 30, "A01")
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.PAD_ABSENT)
    assert bench.pad.face().prompts == 0


@pytest.mark.parametrize("unrated", ['"NONE"', '""'])
def test_a_result_of_before_is_nobodys_even_when_the_first_answer_to_a_poll_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unrated: str
) -> None:
    monkeypatch.setattr("devices.rating_pad.text_pad.ANSWER_MS", 150)
    sample = (MODELS / "sample-text.toml").read_text("utf-8").replace('"NONE"', unrated)
    (tmp_path / "slow.toml").write_text(sample.replace("poll_ms = 100", "poll_ms = 600"), "utf-8")
    answers = {b"S95E": b"S95OK", b"ASK": b"ASKOK", b"SE": b"KEY 3"}

    def speak(pad: socket.socket) -> None:
        polls = 0
        while (said := pad.recv(100)) != b"over":
            polls += said == b"SE"
            if said in answers and (said, polls) != (b"SE", 1):
                pad.sendto(answers[said], peer)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pad:
        pad.bind(("127.0.0.1", 0))
        place = f"udp:127.0.0.1:{pad.getsockname()[1]}"
        hub = Hub(
            parse_devices({"models": str(tmp_path), "pad": {"model": "slow", "path": place}}, tmp_path),
            FONT,
            time.monotonic,
        )
        hub.start()
        _, peer = pad.recvfrom(100)
        pad.sendto(b"S95OK", peer)
        speaking = Thread(target=speak, args=(pad,))
        speaking.start()
        hub.pad.open_window("w1", 2.0)
        assert Listener(hub).window_end("w1") == WindowEnded("w1", WindowEnd.STUCK_KEY)
        hub.close()
        pad.sendto(b"over", pad.getsockname())
        speaking.join(5)


def test_datagrams_of_others_are_not_the_pads_and_a_flood_of_them_keeps_nobody() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pad,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        pad.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.2", 0))
        line = DatagramLine("127.0.0.1", pad.getsockname()[1], 0)
        line.write(b"S95E", 1.0)
        _, here = pad.recvfrom(100)
        for _ in range(200):
            other.sendto(b"KEY 5", here)
        pad.sendto(b"S95OK", here)
        heard: list[bytes] = []
        end_s = time.monotonic() + 5
        while not heard and time.monotonic() < end_s:
            line.wait(0.1)
            heard += [data for data in [line.read()] if data]
        assert heard == [b"S95OK"]
        line.close()


def test_a_port_that_another_program_listens_on_is_said_to_be_held() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", 0))
        with pytest.raises(LineNotOpened) as refused:
            DatagramLine("127.0.0.1", 8001, other.getsockname()[1])
        assert refused.value.reason is Reason.HELD_BY_ANOTHER_PROGRAM
