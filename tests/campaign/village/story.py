"""What people do in the village and at the county, drawn at random. Each act is one function; `ACTS` lists them all.

To add something that happens: a function here or in a module of its own, and its row in `ACTS` with how often it is
to happen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from msgspec.structs import replace

from kiosk.commands import (
    Command,
    DeliverResult,
    ExplainDelay,
    FinishHere,
    GiveNotice,
    ReceiveSupplement,
    Refused,
    TakeInCase,
    WithdrawCase,
)
from kiosk.desk import CITIZEN, PAD, SYSTEM, Actor
from sync.clock import FixedClock
from sync.model.facts import (
    Channel,
    IdentityFrom,
    MaterialMark,
    MaterialState,
    Outcome,
    RatingGiven,
    RatingInvited,
    RatingNotGiven,
    Role,
    SlipEnded,
    SlipIssued,
    SlipKind,
    SlipResult,
    Stage,
    Urgency,
)
from sync.model.moment import local_date
from tests.campaign.village import estate
from tests.campaign.village.papers import brought
from tests.campaign.village.raters import somebody_comes_back
from tests.campaign.village.salvage import old_disk
from tests.campaign.village.stick import carry_stick, journey, read_stick, write_stick
from tests.campaign.village.terminal import Terminal
from tests.campaign.village.world import BOOT_BYTES, World
from tests.county.village import STROKES, application

AGENT = Actor("A01")
NOTE_CHARACTERS = (0, 0, 10, 400, 3000)
YEAR_MS = 365 * 24 * 3600 * 1000
Act = Callable[[World], None]


def at_the_desk(world: World) -> None:
    """An agent does something at a desk."""
    terminal = _somewhere(world)
    if terminal is not None and terminal.kiosk.alive and world.is_free(terminal.kiosk):
        with world.disk.acting(terminal.kiosk):
            world.attempt(f"desk {terminal.short}", terminal.kiosk, lambda: _desk_work(world, terminal))


def look_at_the_inbox(world: World) -> None:
    """A kiosk takes in what has come."""
    terminal = _somewhere(world)
    if terminal is not None and terminal.kiosk.alive and world.is_free(terminal.kiosk):
        world.attempt(f"fold {terminal.short}", terminal.kiosk, terminal.fold)


def a_round(world: World) -> None:
    """A sync process does a round."""
    terminal = _somewhere(world)
    if terminal is not None and terminal.sync.alive and world.is_free(terminal.sync):
        world.attempt(f"round {terminal.short}", terminal.sync, terminal.round)


def an_exchange(world: World) -> None:
    """The county pulls and pushes."""
    if world.county.process.alive and world.is_free(world.county.process):
        world.attempt("exchange", world.county.process, world.county.exchange)


def a_clerk(world: World) -> None:
    """A clerk does something."""
    if world.county.process.alive and world.is_free(world.county.process):
        world.attempt("clerk", world.county.process, world.county.act)


def a_supervisor(world: World) -> None:
    """A supervisor decides about a late tail, if there is one."""
    if world.replaced and world.county.process.alive and world.is_free(world.county.process):
        world.attempt("supervisor", world.county.process, world.county.review)


def time_passes(world: World) -> None:
    """Seconds or days pass."""
    world.advance(world.rng.choice((200, 1_500, 20_000, 61_000, 3_600_000, 26 * 3_600_000)))


def the_gateway_breathes(world: World) -> None:
    """The sequencer's thread has its turn by itself."""
    gateway = world.gateway
    if gateway.process.alive and world.is_free(gateway.process):
        with world.disk.acting(gateway.process):
            world.attempt("gateway", gateway.process, gateway.sequencer.turn)


def programs_start(world: World) -> None:
    """Whatever is dead is started again."""
    world.start_all()


ACTS: tuple[tuple[Act, int], ...] = (
    (at_the_desk, 10),
    (look_at_the_inbox, 4),
    (a_round, 9),
    (an_exchange, 5),
    (a_clerk, 5),
    (a_supervisor, 2),
    (old_disk, 1),
    (time_passes, 3),
    (somebody_comes_back, 2),
    (the_gateway_breathes, 1),
    (programs_start, 3),
    (journey, 2),
    (write_stick, 1),
    (carry_stick, 1),
    (read_stick, 1),
)


def reboot(terminal: Terminal, rng: Random, wall_ms: int) -> None:
    """The machine has started anew: another boot, and a clock that shows whatever its battery kept."""
    terminal.clock.boot_id = rng.randbytes(BOOT_BYTES)
    fresh = FixedClock(wall_ms, 1_000, terminal.clock.boot_id)
    terminal.clock._boot_ms = fresh._boot_ms
    terminal.clock.set_wall(wall_ms)


def _somewhere(world: World) -> Terminal | None:
    return world.rng.choice(world.living) if world.living else None


def _desk_work(world: World, terminal: Terminal) -> str:
    rng, desk = world.rng, terminal.desk
    numbers = sorted(terminal.statuses())
    number = rng.choice(numbers) if numbers else None
    if number is None or rng.random() < 0.3:
        command: Command | None = _new_case(rng)
        number = None
    elif rng.random() < 0.35:
        return _note(terminal, number, rng)
    else:
        command = _move(terminal, number, rng, local_date(terminal.clock.wall_ms()))
    if command is None:
        return f"nothing to do about {number}"
    if isinstance(command, TakeInCase):
        command = replace(command, attachments=brought(world, terminal))
    try:
        performed = desk.perform(command, AGENT, estate.library().calendar, number)
    except Refused as refused:
        return f"{type(command).__name__} {number}: {refused.code}"
    world.count("facts at desks")
    return f"{type(command).__name__} {performed.case.number} record {performed.seq}"


def _new_case(rng: Random) -> Command:
    item = rng.choice(estate.items(rng.choice((Role.PROXY, Role.PROXY, Role.PROXY, Role.DIRECT, Role.ASSIST))))
    taken = application(item, rng.choice(("李秀兰", "王大山", "欧阳小玲")))
    if rng.random() < 0.15 and item.materials:
        return GiveNotice(item, taken.applicant, tuple(each.code for each in item.materials[:2]))
    values = {**taken.values, "remark": _words(rng)}
    return TakeInCase(
        item, Urgency.ORDINARY, taken.applicant, values, taken.materials,
        frozenset(each.code for each in item.materials), STROKES, "王建国", 5,
        IdentityFrom.NO_READER if item.card_required else IdentityFrom.TYPED,
    )  # fmt: skip


def _move(terminal: Terminal, number: str, rng: Random, today: date) -> Command | None:
    case = terminal.desk.cases.case(number)
    moves: list[Command] = []
    status = case.status.value
    if case.role is Role.DIRECT and status == "taken_in":
        moves.append(FinishHere(rng.choice(list(Outcome)), "属实", "证明", "王建国"))
    if status in ("awaiting_materials", "taken_in", "accepted", "supplement_required", "suspended"):
        moves.append(WithdrawCase("不想办了", STROKES))
    if status == "supplement_required":
        moves += [ReceiveSupplement((MaterialMark(material="hukou", state=MaterialState.COPY_TAKEN),), _words(rng))] * 3
    if status == "ready":
        moves += [DeliverResult("李秀兰", STROKES)] * 3
    if case.promised_on is not None and not case.over:
        moves.append(ExplainDelay(max(today, case.promised_on) + timedelta(days=3), "材料在路上"))
    return rng.choice(moves) if moves else None


def _note(terminal: Terminal, number: str, rng: Random) -> str:
    """A rating or a slip: what devices say, noted by the desk."""
    desk = terminal.desk
    if rng.random() < 0.5:
        issued = desk.note(SlipIssued(slip=rng.choice(list(SlipKind)), copy=rng.randrange(3)), SYSTEM, number)
        ended = SlipEnded(issued_seq=issued, result=rng.choice(list(SlipResult)))
        return f"slip {number} record {desk.note(ended, SYSTEM, number)}"
    stage, visit = rng.choice(list(Stage)), desk.cases.case(number).visits + 1
    desk.note(RatingInvited(stage=stage, visit=visit, channel=Channel.PAD), SYSTEM, number)
    if rng.random() < 0.3:
        silent = RatingNotGiven(stage=stage, visit=visit, channel=Channel.PAD, reason="timed_out")
        return f"no rating {number} record {desk.note(silent, PAD, number)}"
    given = RatingGiven(stage=stage, visit=visit, channel=Channel.PAD, level=rng.randrange(1, 6), after_ms=4200)
    return f"rating {number} record {desk.note(given, CITIZEN, number)}"


def _words(rng: Random) -> str:
    """A note of some length that does not compress to nothing."""
    return "".join(map(chr, rng.choices(range(0x4E00, 0x7E00), k=rng.choice(NOTE_CHARACTERS))))
