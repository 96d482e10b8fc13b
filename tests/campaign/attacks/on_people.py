"""Attacks by whoever sits at the terminal, with its programs as they are."""

from __future__ import annotations

from kiosk.desk import PAD, SYSTEM
from sync.model.facts import Channel, Kind, RatingGiven, RatingInvited, Stage
from tests.campaign.attacks.scene import Scene

HOUR_MS, MINUTE_MS = 3_600_000, 60_000


def clock_set_back(scene: Scene) -> None:
    """Two days' work is to look as if it had been done yesterday."""
    scene.work(scene.victim)
    clock = scene.victim.clock
    by_ms = scene.rng.randrange(1, 72) * HOUR_MS
    clock.set_wall(clock.wall_ms() - by_ms)
    before = scene.victim.journal.head().seq
    scene.work(scene.victim)
    scene.carry()
    told = [each for each in scene.world.county.records(scene.victim.chain) if each.header.seq > before]
    assert told[0].header.kind == Kind.CLOCK_MOVED, "the move is not told before what it dates"
    assert told[0].header.plain[0] == -by_ms


def hurried_inspection(scene: Scene) -> None:
    """58 seconds between coming and leaving; the clock says an hour."""
    scene.work(scene.victim, 1)
    came = scene.victim.journal.head().seq
    scene.world.advance(58_000)
    clock = scene.victim.clock
    clock.set_wall(clock.wall_ms() + HOUR_MS)
    scene.work(scene.victim, 1)
    scene.carry()
    records = scene.world.county.records(scene.victim.chain)
    first, last = records[came - 1].header, records[-1].header
    assert last.wall_ms - first.wall_ms > HOUR_MS
    assert first.boot_id == last.boot_id
    assert last.boot_ms - first.boot_ms < MINUTE_MS, "the clock of the boot does not show how long it really took"


def never_entered(scene: Scene) -> None:
    """The agent sends somebody away; there is no record that could be missing."""
    scene.carry()


def false_content(scene: Scene) -> None:
    """The application is authentic, and says what is not so."""
    scene.work(scene.victim)
    scene.carry()


def agent_presses(scene: Scene) -> None:
    """Nobody can tell whose finger it was."""
    while not scene.victim.statuses():
        scene.work(scene.victim)
    number = scene.rng.choice(sorted(scene.victim.statuses()))
    desk = scene.victim.desk
    visit = desk.cases.case(number).visits + 1
    desk.note(RatingInvited(stage=Stage.TAKEN_IN, visit=visit, channel=Channel.PAD), SYSTEM, number)
    given = RatingGiven(stage=Stage.TAKEN_IN, visit=visit, channel=Channel.PAD, level=5, after_ms=900)
    desk.note(given, PAD, number)
    scene.carry()
