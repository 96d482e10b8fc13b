"""The desk with a pad of any kind: what becomes of the question when the pad fails, and how its keys count."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.config import parse_devices
from devices.ports import Device, DeviceState
from devices.rating_pad.model import MODELS, read_pad_model
from devices.sim.pad import SimulatedPad
from devices.sim.pad_body import PadBody
from devices.sim.pty_port import PtyPort
from devices.sim.text_pad import SimulatedTextPad
from kiosk.intents import Do, Next
from kiosk.own_views import RatingView
from sync.model.facts import Channel, Kind, RatingGiven
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.kiosk.point import AtThePoint, Point, demo_packs

ANSWERED_S = 0.3
"""Nobody reads a prompt and presses in less than a fifth of a second."""
FAILED = "评价器现在用不了，请在屏幕上评。评不评、评什么，都由您。"


class PadDesk(AtThePoint):
    """A point with a pad, and a case that was just taken in."""

    def __init__(self, folder: Path, model_name: str = "pj06") -> None:
        """Set up; a county that counts 不满意 as the worst where no key says more."""
        text = (MODELS / f"{model_name}.toml").read_text("utf-8")
        (folder / f"{model_name}.toml").write_text(text.replace("settle_ms = 1000", "settle_ms = 20"), "utf-8")
        model = read_pad_model(model_name, [folder])
        self.pad: PadBody
        if model.text is None:
            self.pad = SimulatedPad(PtyPort(folder / "pad"), time.monotonic, model)
            path = "pad"
        else:
            self.pad = SimulatedTextPad(model, time.monotonic)
            path = self.pad.address
        self.pad.start()
        profile = demo_packs().profile
        packs = replace(
            demo_packs(), profile=replace(profile, pad_words=replace(profile.pad_words, worst_dissatisfied=1))
        )
        devices = parse_devices({"pad": {"model": model_name, "path": path}, "models": "."}, folder)
        self.point = Point(folder / "point", devices, packs=packs, monotonic_s=time.monotonic)
        self.until(lambda: self.state() in (DeviceState.READY, DeviceState.UNKNOWN), "the pad")

    def close(self) -> None:
        """Switch off."""
        self.point.close()
        self.pad.close()

    def state(self) -> DeviceState:
        """How the pad is."""
        return self.point.hub.statuses()[Device.RATING_PAD].state

    def ask(self) -> None:
        """Take a case in and ask for its rating on the pad."""
        self.point.do(*SIGN_IN, *TAKE_IN, Next())
        self.until(lambda: self.pad.face().is_asking, "the pad's question")
        time.sleep(ANSWERED_S)

    def view(self) -> RatingView:
        """The screen of the rating."""
        view = self.point.seen.view
        assert isinstance(view, RatingView)
        return view

    def is_on_screen(self) -> bool:
        """Whether the question stands on the screen."""
        return len(self.view().levels) == 5

    def kinds(self) -> list[Kind]:
        """The kinds of the records, in order."""
        return [Kind(record.header.kind) for record in self.point.journal.read(0, 1000)]

    def rated(self) -> list[RatingGiven]:
        """Every rating that was written down."""
        number = self.point.session.case_no or ""
        return [fact for _, fact in self.point.desk.story(number) if isinstance(fact, RatingGiven)]


@pytest.fixture
def at_desk(tmp_path: Path) -> Iterator[PadDesk]:
    made = PadDesk(tmp_path)
    yield made
    made.close()


def test_a_pad_pulled_out_while_it_asks_goes_on_on_the_screen_and_back_in_doubles_nothing(at_desk: PadDesk) -> None:
    at_desk.ask()
    at_desk.pad.pull(unplug=True)
    at_desk.until(at_desk.is_on_screen, "the question on the screen")
    assert at_desk.view().text == FAILED
    at_desk.pad.pull(unplug=False)
    at_desk.until(lambda: at_desk.state() is DeviceState.UNKNOWN, "the pad again")
    at_desk.pad.press(1)
    at_desk.until(lambda: Kind.STRAY_KEYS_SEEN in at_desk.kinds(), "the key that answers nothing")
    assert at_desk.rated() == []
    at_desk.point.do(Do("rate", "2"))
    at_desk.pad.press(5)
    at_desk.until(lambda: at_desk.kinds().count(Kind.STRAY_KEYS_SEEN) == 2, "the key after the answer")
    [rating] = at_desk.rated()
    assert (rating.level, rating.visit, rating.channel) == (2, 1, Channel.SCREEN)
    assert at_desk.kinds().count(Kind.RATING_INVITED) == 2
    assert Kind.RATING_NOT_GIVEN not in at_desk.kinds()


def test_a_pad_whose_line_cannot_be_trusted_goes_on_on_the_screen(at_desk: PadDesk) -> None:
    at_desk.ask()
    at_desk.pad.noise(bytes(64))
    at_desk.until(at_desk.is_on_screen, "the question on the screen")
    assert at_desk.rated() == []
    assert Kind.RATING_NOT_GIVEN not in at_desk.kinds()


def test_a_key_that_was_held_down_from_before_is_no_rating_and_the_screen_asks(at_desk: PadDesk) -> None:
    at_desk.pad.pull(stuck_key=True)
    at_desk.until(lambda: at_desk.state() is DeviceState.FAULT, "the stuck key")
    at_desk.point.do(*SIGN_IN, *TAKE_IN, Next())
    assert at_desk.is_on_screen()
    at_desk.pad.pull(stuck_key=False)
    at_desk.point.do(Do("rate", "1"))
    assert [(fact.level, fact.channel) for fact in at_desk.rated()] == [(1, Channel.SCREEN)]


def test_the_screen_says_what_the_keys_say_and_the_county_says_how_they_count(tmp_path: Path) -> None:
    at_desk = PadDesk(tmp_path, "sample-byte")
    at_desk.ask()
    assert "请在评价器上按一个键：很满意、满意、一般、不满意。" in at_desk.view().text
    assert at_desk.view().pad_keys == (5, 4, 3, 1)
    at_desk.pad.press(4)
    at_desk.until(at_desk.rated, "the rating")
    assert [(fact.level, fact.key) for fact in at_desk.rated()] == [(1, 4)]
    assert at_desk.view().thanks
    at_desk.until(lambda: at_desk.pad.face().thanks == 1, "the pad's thanks")
    at_desk.close()


def test_a_pad_on_the_network_is_told_who_serves_and_its_answer_counts(tmp_path: Path) -> None:
    at_desk = PadDesk(tmp_path, "sample-text")
    at_desk.until(lambda: at_desk.state() is DeviceState.READY, "the heartbeat")
    at_desk.ask()
    assert at_desk.pad.face().staff == "A01"
    at_desk.pad.press(3)
    at_desk.until(at_desk.rated, "the rating")
    assert [(fact.level, fact.key, fact.channel) for fact in at_desk.rated()] == [(1, 3, Channel.PAD)]
    at_desk.close()
