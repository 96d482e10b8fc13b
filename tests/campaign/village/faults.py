"""What goes wrong in the village. Each fault is one function; `FAULTS` lists them all.

To add a fault or a road: a function `(world) -> None` here or in a module of its own, and its row in `FAULTS`. What a
fault takes away for good it says to the world (`Terminal.gone`, `World.restored`), so that the checks know.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sync.gateway.store.sqlite import SqliteStore
from sync.model.moment import wall_ms_at
from sync.protocol.checkpoint import FIRST_EPOCH
from sync.protocol.recovery import BACKUP_WINDOW_MS, NOTHING_KEPT, Kept, recovery_after, verify_recovery
from tests.campaign.village import estate
from tests.campaign.village.disk import Process
from tests.campaign.village.keeping import erase, new_opening_key
from tests.campaign.village.network import Trouble
from tests.campaign.village.stick import copy_stick, cut_off, damage_stick, lose_stick
from tests.campaign.village.story import reboot
from tests.campaign.village.terminal import Terminal
from tests.campaign.village.world import World

Fault = Callable[[World], None]
STEPS_MOST = 60
FIRST_DAY_MS, LAST_DAY_MS = wall_ms_at(date(2001, 1, 1), 0), wall_ms_at(date(2090, 1, 1), 0)


def bad_line(world: World) -> None:
    """The line becomes as bad as a line can be, or less so."""
    shares = {kind: world.rng.choice((0.0, 0.05, 0.2)) for kind in Trouble.__struct_fields__}
    world.network.trouble = Trouble(**shares)


def good_line(world: World) -> None:
    """The line recovers."""
    world.network.trouble = Trouble()


def late_request(world: World) -> None:
    """What somebody had given up arrives."""
    if world.network.late and world.is_free(world.gateway.process):
        world.network.deliver_late()


def death(world: World) -> None:
    """Some process dies within its next steps."""
    processes = [world.gateway.process, world.county.process]
    for terminal in world.living:
        processes += [terminal.kiosk, terminal.sync]
    world.rng.choice(processes).kill_after(world.rng.randrange(STEPS_MOST))


def full_disk(world: World) -> None:
    """Some machine's disk has no page left; until somebody has made room."""
    for process in _machine(world):
        process.set_full(full=True)


def room(world: World) -> None:
    """Somebody has made room everywhere."""
    make_room(world)


def wrong_clock(world: World) -> None:
    """A terminal's clock shows another hour, or another decade."""
    if not world.living:
        return
    terminal, rng = world.rng.choice(world.living), world.rng
    if rng.random() < 0.5:
        terminal.clock.set_wall(terminal.clock.wall_ms() + rng.randrange(-36, 36) * 3_600_000)
    else:
        terminal.clock.set_wall(rng.randrange(FIRST_DAY_MS, LAST_DAY_MS))


def power_cut(world: World) -> None:
    """A terminal's machine loses its power: both programs end at once, and its clock may have forgotten the year."""
    if not world.living:
        return
    terminal = world.rng.choice(world.living)
    if world.is_free(terminal.kiosk) and world.is_free(terminal.sync):
        world.end(terminal.kiosk)
        world.end(terminal.sync)
        forgot = world.rng.random() < 0.3
        reboot(terminal, world.rng, FIRST_DAY_MS if forgot else world.clock.wall_ms())
        world.note(f"power cut {terminal.short}")


def swap(world: World) -> None:
    """A terminal is dead for good; another, with a chain of its own, takes its place at the point, and its cases."""
    if not world.living or not world.gateway.process.alive or not world.is_free(world.gateway.process):
        return
    terminal = world.rng.choice(world.living)
    if len(world.terminals) < 9 and world.is_free(terminal.kiosk) and world.is_free(terminal.sync):
        world.end(terminal.kiosk)
        world.end(terminal.sync)
        terminal.gone = True
        enrolled = world.attempt("swap", world.gateway.process, lambda: _replace(world, terminal))
        world.count("swaps", enrolled)


def _replace(world: World, terminal: Terminal) -> None:
    world.enrol(terminal.name.region, terminal)


def backup(world: World) -> None:
    """The gateway's operator makes a copy of the store, once."""
    gateway = world.gateway
    if gateway.process.alive and not _copy_of(gateway.file).exists():
        with world.disk.looking():
            # Attachments first: an upload without its record would be worth nothing, a record can wait for its upload.
            for file in (gateway.attachments_file, gateway.file):
                source, target = sqlite3.connect(file), sqlite3.connect(_copy_of(file))
                source.backup(target)
                source.close()
                target.close()
        world.copied_ms = world.clock.wall_ms()
        world.note("backup")


def put_back(world: World) -> None:
    """The gateway's disk is broken, and the store is put back from the copy.

    Mostly the root signs how far the log goes on from; sometimes nobody does, and every terminal sees a log that went
    back, for good. Terminals that the copy does not know are enrolled anew.
    """
    gateway = world.gateway
    if not _copy_of(gateway.file).exists() or gateway.process.full:
        return
    if world.clock.wall_ms() - world.copied_ms >= BACKUP_WINDOW_MS:
        world.note("the backup is too old")
        return
    if not all(world.is_free(each) for each in _processes(world)):
        return
    world.end(gateway.process)
    for file in (gateway.attachments_file, gateway.file):
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        _copy_of(file).replace(file)
    world.restored = True
    world.count("gateways put back")
    world.note("put back")
    gateway.process.spare()
    if world.rng.random() < 0.8:
        _sign_recovery(world)
    else:
        world.unsigned = True
    gateway.start()
    for terminal in list(world.terminals):
        with world.disk.acting(gateway.process):
            is_known = gateway.store.terminal_chain(terminal.name) is not None
        if is_known:
            continue
        world.forgotten.add(terminal.chain)
        if not terminal.gone:
            world.end(terminal.kiosk)
            world.end(terminal.sync)
            terminal.gone = True
            world.enrol(terminal.name.region)


def _copy_of(file: Path) -> Path:
    return file.with_suffix(".backup")


def _sign_recovery(world: World) -> None:
    """What the holder of the root does once the store lies where it was."""
    gateway = world.gateway
    store = SqliteStore(gateway.file)
    stated, held = store.checkpoint(), store.recovery()
    store.close()
    if gateway.recovery.exists():
        held = gateway.recovery.read_bytes()
    before = verify_recovery(held, estate.trust()) if held else None
    epoch, standing = (stated.epoch, Kept(stated.size, stated.root)) if stated else (FIRST_EPOCH, NOTHING_KEPT)
    recovery = recovery_after(before, estate.COUNTY, epoch, standing, world.clock.wall_ms())
    gateway.recovery.write_bytes(recovery.sign(estate.signer("root")))


FAULTS: tuple[tuple[Fault, int], ...] = (
    (bad_line, 4),
    (good_line, 2),
    (late_request, 3),
    (death, 6),
    (full_disk, 2),
    (room, 2),
    (wrong_clock, 2),
    (power_cut, 2),
    (swap, 1),
    (backup, 1),
    (put_back, 1),
    (cut_off, 3),
    (new_opening_key, 1),
    (erase, 2),
    (lose_stick, 1),
    (copy_stick, 2),
    (damage_stick, 2),
)


def make_room(world: World) -> None:
    """Let every disk have room."""
    for process in _processes(world):
        if process.full:
            process.set_full(full=False)


def _machine(world: World) -> list[Process]:
    machines = [[world.gateway.process], [world.county.process]]
    machines += [[terminal.kiosk, terminal.sync] for terminal in world.living]
    return world.rng.choice(machines)


def _processes(world: World) -> list[Process]:
    processes = [world.gateway.process, world.county.process]
    for terminal in world.terminals:
        processes += [terminal.kiosk, terminal.sync]
    return processes


def spare_all(world: World) -> None:
    """Let nobody die any more."""
    for process in _processes(world):
        process.spare()
