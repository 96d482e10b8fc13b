"""The driver of the ID-card reader against the simulated one, over a pty: every card, and every fault by name."""

from __future__ import annotations

import logging
import time
from datetime import date
from pathlib import Path

import pytest

from devices.config import DevicesConfig, parse_devices
from devices.config_fields import DevicesConfigRefused
from devices.hub import Hub
from devices.id_reader.card import IdCard
from devices.id_reader.events import CardRead, CardTrouble, CardTroubleKind, ReadingEnd, ReadingEnded
from devices.ports import Device, DeviceState, DeviceStatus, ReadingNotPossible, Reason
from devices.sim.cards import PHOTO
from devices.sim.noisy_port import LineLevers
from tests.devices.bench import ReaderBench, wait_until


def state_of(bench: ReaderBench) -> DeviceStatus:
    return bench.hub.statuses()[Device.ID_READER]


def read_one(bench: ReaderBench, reading_id: str, card: str) -> IdCard:
    """Lay a card down, have it read and take it away."""
    bench.hub.reader.begin(reading_id, 30)
    bench.reader.lay(card)
    found = bench.card(reading_id)
    take_away(bench)
    return found


def take_away(bench: ReaderBench) -> None:
    """Take the card away for as long as a person does: longer than two looks."""
    bench.reader.take_away()
    time.sleep(0.1)


def test_a_card_that_is_laid_down_is_read_once(reader_bench: ReaderBench) -> None:
    card = read_one(reader_bench, "r1", "citizen")
    assert (card.name, card.birth, card.valid_until) == ("李秀兰", date(1941, 5, 12), date(2040, 1, 1))
    assert reader_bench.reader.face().reads == 1


def test_a_card_that_lies_there_already_is_read_too(reader_bench: ReaderBench) -> None:
    reader_bench.reader.lay("citizen")
    reader_bench.hub.reader.begin("r1", 30)
    assert reader_bench.card("r1").name == "李秀兰"


def test_an_address_that_was_written_later_takes_the_place_of_the_printed_one(reader_bench: ReaderBench) -> None:
    assert read_one(reader_bench, "r1", "moved").address == "青山县青山镇解放路8号"


def test_the_reader_says_its_number_with_the_middle_hidden(reader_bench: ReaderBench) -> None:
    wait_until(lambda: bool(reader_bench.hub.reader.sam_number), "the reader never said its number")
    assert reader_bench.hub.reader.sam_number == "0500…3412"


def test_neither_a_photograph_nor_a_person_is_in_what_is_logged_or_printed(
    reader_bench: ReaderBench, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        card = read_one(reader_bench, "r1", "moved")
    told = f"{reader_bench.events.seen} {caplog.text}"
    assert "CardRead(reading_id='r1', card=IdCard(citizen, hidden))" in told
    held = [getattr(card, field) for field in card.__struct_fields__]
    assert not any(str(value) in told for value in (card.name, card.number, card.address, card.birth))
    assert not any(PHOTO[:8].decode() in str(value) for value in held)


def test_fault_reader_card_stays(reader_bench: ReaderBench) -> None:
    reader_bench.reader.pull(forgetful=True)
    reader_bench.hub.reader.begin("r1", 30)
    reader_bench.reader.lay("citizen")
    assert reader_bench.card("r1").name == "李秀兰"
    reader_bench.hub.reader.begin("r2", 30)
    assert reader_bench.trouble() == CardTrouble("r2", CardTroubleKind.LIFT_AND_PUT_AGAIN)
    take_away(reader_bench)
    reader_bench.reader.lay("moved")
    assert reader_bench.card("r2").name == "张卫东"


def test_a_reading_that_is_begun_ends_the_one_before(reader_bench: ReaderBench) -> None:
    reader_bench.hub.reader.begin("r1", 30)
    reader_bench.hub.reader.begin("r2", 30)
    assert reader_bench.end("r1") == ReadingEnded("r1", ReadingEnd.REPLACED)
    reader_bench.hub.reader.end("r1")
    reader_bench.hub.reader.end("r2")
    assert reader_bench.end("r2") == ReadingEnded("r2", ReadingEnd.CLOSED)


def test_fault_reader_no_card_comes(reader_bench: ReaderBench) -> None:
    reader_bench.hub.reader.begin("r1", 1)
    assert reader_bench.end("r1") == ReadingEnded("r1", ReadingEnd.TIMED_OUT)


@pytest.mark.parametrize("wait_s", [0, 601, float("nan")])
def test_a_time_that_no_reading_lasts_is_refused(reader_bench: ReaderBench, wait_s: float) -> None:
    with pytest.raises(ReadingNotPossible):
        reader_bench.hub.reader.begin("r1", wait_s)


def is_refused(bench: ReaderBench, card: str, kind: CardTroubleKind) -> None:
    """See that a card is told to be trouble, and that the next one is read."""
    bench.hub.reader.begin("r1", 30)
    bench.reader.lay(card)
    assert bench.trouble() == CardTrouble("r1", kind)
    bench.reader.take_away()
    bench.reader.lay("citizen")
    assert bench.card("r1").name == "李秀兰"


def test_fault_reader_card_of_another_kind(reader_bench: ReaderBench) -> None:
    is_refused(reader_bench, "foreign_2023", CardTroubleKind.OTHER_CARD_KIND)


def test_fault_reader_card_disagrees(reader_bench: ReaderBench) -> None:
    is_refused(reader_bench, "disagreeing", CardTroubleKind.FIELDS_DISAGREE)


def test_fault_reader_card_not_readable(reader_bench: ReaderBench) -> None:
    is_refused(reader_bench, "unreadable", CardTroubleKind.NOT_READABLE)


def test_a_card_that_cannot_be_read_is_told_once_while_it_lies_there(reader_bench: ReaderBench) -> None:
    unreadable = CardTrouble("r1", CardTroubleKind.NOT_READABLE)
    reader_bench.hub.reader.begin("r1", 30)
    for _ in range(2):
        reader_bench.reader.lay("unreadable")
        reader_bench.events.until(lambda event: event == unreadable, "nothing was told of the card")
        time.sleep(0.1)
        take_away(reader_bench)
    reader_bench.events.rest()
    assert reader_bench.events.seen.count(unreadable) == 2


@pytest.mark.parametrize("card", ["permit", "foreign", "expired", "long_term"])
def test_cards_of_every_other_kind_are_read(reader_bench: ReaderBench, card: str) -> None:
    assert read_one(reader_bench, "r1", card).name


def test_fault_reader_card_pulled_away(reader_bench: ReaderBench) -> None:
    reader_bench.reader.pull(pull_away=True)
    reader_bench.hub.reader.begin("r1", 30)
    reader_bench.reader.lay("citizen")
    assert reader_bench.trouble() == CardTrouble("r1", CardTroubleKind.MOVED_TOO_SOON)
    reader_bench.reader.pull(pull_away=False)
    reader_bench.reader.lay("moved")
    assert reader_bench.card("r1").name == "张卫东"


def is_at_fault(bench: ReaderBench, lever: str, reason: Reason) -> None:
    """See that a module that cannot work is told, and comes back when it can."""
    bench.reader.pull(**{lever: True})
    bench.hub.reader.begin("r1", 30)
    assert bench.end("r1") == ReadingEnded("r1", ReadingEnd.READER_FAULT)
    assert state_of(bench) == DeviceStatus(Device.ID_READER, DeviceState.FAULT, reason)
    bench.reader.pull(**{lever: False})
    assert read_one(bench, "r2", "citizen").name == "李秀兰"
    assert state_of(bench).state is DeviceState.READY


def test_fault_reader_not_authorised(reader_bench: ReaderBench) -> None:
    is_at_fault(reader_bench, "not_authorised", Reason.NOT_AUTHORISED)


def test_fault_reader_self_test_failed(reader_bench: ReaderBench) -> None:
    is_at_fault(reader_bench, "self_test_failed", Reason.SELF_TEST_FAILED)


def test_fault_reader_not_fitted(tmp_path: Path) -> None:
    hub = Hub(DevicesConfig(), tmp_path, time.monotonic)
    hub.reader.begin("r1", 30)
    hub.reader.end("r1")
    assert hub.events.drain() == [ReadingEnded("r1", ReadingEnd.READER_ABSENT)]
    assert hub.statuses()[Device.ID_READER].reason is Reason.NOT_CONFIGURED
    assert hub.reader.sam_number == ""


def test_fault_reader_dead(reader_bench: ReaderBench) -> None:
    reader_bench.reader.pull(dead=True)
    reader_bench.hub.reader.begin("r1", 30)
    assert reader_bench.end("r1") == ReadingEnded("r1", ReadingEnd.NO_ANSWER)
    assert state_of(reader_bench) == DeviceStatus(Device.ID_READER, DeviceState.UNKNOWN, Reason.NO_ANSWER)
    reader_bench.reader.pull(dead=False)
    assert read_one(reader_bench, "r2", "citizen").name == "李秀兰"


def test_fault_reader_slow(reader_bench: ReaderBench) -> None:
    """Slower than its model may be: nothing that comes too late is taken for the answer to another question."""
    reader_bench.reader.pull(slow=True)
    reader_bench.reader.lay("citizen")
    reader_bench.hub.reader.begin("r1", 30)
    assert reader_bench.end("r1") == ReadingEnded("r1", ReadingEnd.NO_ANSWER)


def test_fault_reader_wrong_baud(tmp_path: Path) -> None:
    bench = ReaderBench(tmp_path)
    bench.port.pull(wrong_baud=True)
    bench.reader.start()
    bench.hub.start()
    bench.events.status(DeviceState.UNKNOWN)
    bench.port.pull(wrong_baud=False)
    bench.hub.reader.begin("r1", 30)
    bench.events.status(DeviceState.READY)
    bench.close()


def test_fault_reader_garbage(reader_bench: ReaderBench) -> None:
    reader_bench.reader.pull(garbage=True)
    assert read_one(reader_bench, "r1", "citizen").name == "李秀兰"


@pytest.mark.parametrize("lever", ["flip_bits", "drop_bytes", "half_frames", "wrong_checksum"])
def test_fault_reader_damaged_answers(reader_bench: ReaderBench, lever: str) -> None:
    pull = reader_bench.port.pull if lever in LineLevers.__struct_fields__ else reader_bench.reader.pull
    pull(**{lever: True})
    reader_bench.reader.lay("citizen")
    reader_bench.hub.reader.begin("r1", 30)
    assert reader_bench.end("r1") == ReadingEnded("r1", ReadingEnd.NO_ANSWER)
    assert state_of(reader_bench).reason in (Reason.NOT_UNDERSTOOD, Reason.NO_ANSWER)
    pull(**{lever: False})
    assert read_one(reader_bench, "r2", "moved").name == "张卫东"


def test_fault_reader_brown_out(reader_bench: ReaderBench) -> None:
    reader_bench.hub.reader.begin("r1", 30)
    reader_bench.reader.lay("citizen")
    reader_bench.reader.brown_out()
    ended = reader_bench.end("r1")
    if ended != ReadingEnded("r1", ReadingEnd.NO_ANSWER):
        assert isinstance(ended, CardRead)
        assert ended.card.name == "李秀兰"
    take_away(reader_bench)
    wait_until(lambda: state_of(reader_bench).state is DeviceState.READY, "the reader did not come back")
    assert read_one(reader_bench, "r2", "moved").name == "张卫东"


def test_fault_reader_unplugged(reader_bench: ReaderBench) -> None:
    reader_bench.hub.reader.begin("r1", 30)
    reader_bench.reader.pull(unplug=True)
    assert reader_bench.end("r1") == ReadingEnded("r1", ReadingEnd.READER_ABSENT)
    reader_bench.events.status(DeviceState.ABSENT, Reason.UNPLUGGED)
    reader_bench.hub.reader.begin("r2", 30)
    assert reader_bench.end("r2") == ReadingEnded("r2", ReadingEnd.READER_ABSENT)
    reader_bench.reader.pull(unplug=False)
    reader_bench.events.status(DeviceState.READY)
    assert read_one(reader_bench, "r3", "citizen").name == "李秀兰"


def test_a_reader_that_is_closed_ends_its_reading(reader_bench: ReaderBench) -> None:
    reader_bench.hub.reader.begin("r1", 30)
    reader_bench.hub.close()
    assert reader_bench.end("r1") == ReadingEnded("r1", ReadingEnd.STOPPED)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"model": "sam-v"}, "devices.reader.path must be a text"),
        ({"model": "sam-v", "path": "x", "baud": 1}, "devices.reader.baud must be one of"),
        ({"model": "sam-v", "path": "x", "speed": 1}, "no field named 'speed'"),
        ({"model": "sam-vi", "path": "x"}, "no model named sam-vi .known: sam-v."),
        ("sam-v", "devices.reader must be an object"),
    ],
)
def test_a_mistake_in_the_readers_table_is_named(tmp_path: Path, section: object, said: str) -> None:
    with pytest.raises(DevicesConfigRefused, match=said):
        parse_devices({"reader": section}, tmp_path)


def test_the_speed_is_the_models_unless_the_terminal_says_another(tmp_path: Path) -> None:
    (tmp_path / "slow.toml").write_text(
        'title = "slow"\nprotocol = "sam_v"\nbaud = 9600\npoll_ms = 1000\nanswer_ms = 1500\nread_ms = 4000\n'
    )
    for model, section, baud in (("sam-v", {}, 115200), ("slow", {}, 9600), ("sam-v", {"baud": 38400}, 38400)):
        config = parse_devices({"models": ".", "reader": {"model": model, "path": "x", **section}}, tmp_path)
        assert config.reader is not None
        assert config.reader.place.settings.baud == baud
