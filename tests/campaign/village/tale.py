"""One seed of the village: a story with its faults, then peace until everything is carried, then the reckoning."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from msgspec import Struct

from sync.record import chain_id
from tests.campaign.village import chance, estate, faults, papers, remembered, stick, story
from tests.campaign.village.county import chain_signer
from tests.campaign.village.disk import Disk
from tests.campaign.village.promises import Promises
from tests.campaign.village.world import World

SHARED_MEMORY = Path("/dev/shm")
ACTS_LEAST, ACTS_MOST = 25, 70
PEACE_ROUNDS_MAX = 40
THOROUGH_ONE_IN = 8
"""So often every signature is verified once more at the end; the chains are compared always."""


class Told(Struct, frozen=True):
    """What came of a seed: the trace that the same seed gives again, what happened how often, and the log."""

    trace: str
    counts: dict[str, int]
    log: tuple[str, ...]


class NotSettled(AssertionError):
    """After the last fault something is still not where it belongs."""


class VillageFailed(AssertionError):
    """A promise was broken; the message ends with what had happened before."""


def tell(seed: int, *, honest: bool = False, only: frozenset[faults.Fault] | None = None) -> Told:
    """Play one seed. Raises VillageFailed with the log.

    `honest` leaves out every fault: what raises an alarm then is a false one. `only` leaves out all but some.
    """
    rng = Random(f"village {seed}")
    disk = Disk()
    with quiet_directory() as directory, disk.in_force(), chance.drawn_from(rng), remembered.in_force():
        world = World(directory, rng, disk, rng.choice((2, 2, 2, 3, 3, 4, 5, 6)))
        try:
            _play(world, seed, frozenset() if honest else only)
        except Exception as broken:
            raise VillageFailed("\n".join([*world.log, f"{type(broken).__name__}: {broken}"])) from broken
        finally:
            world.close()
        return Told(world.trace(), {**world.counts, **world.network.met}, tuple(world.log))


@contextmanager
def quiet_directory() -> Iterator[Path]:
    """An empty directory in memory, and no log of what is about to go wrong on purpose."""
    directory = Path(
        tempfile.mkdtemp(prefix="sunpoint-village-", dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
    )
    logging.disable(logging.CRITICAL)
    try:
        yield directory
    finally:
        logging.disable(logging.NOTSET)
        shutil.rmtree(directory)


def _play(world: World, seed: int, only: frozenset[faults.Fault] | None) -> None:
    rng, promises = world.rng, Promises(world)
    # Not every fault in every story: what one fault breaks, another may mend before anybody sees it.
    if only is None:
        chosen = tuple(each for each in faults.FAULTS if rng.random() < 0.5)
    else:
        chosen = tuple(each for each in faults.FAULTS if each[0] in only)
    acts = [act for act, often in story.ACTS for _ in range(often)]
    wrongs = [fault for fault, often in chosen for _ in range(often)]
    world.nested_share = rng.choice((0.0, 0.1, 0.3))

    def somebody_acts(within: World) -> None:
        rng.choice(acts)(within)

    world.nesting = somebody_acts
    world.start_all()
    for _ in range(rng.randrange(ACTS_LEAST, ACTS_MOST)):
        (rng.choice(wrongs) if wrongs and rng.random() < 0.25 else rng.choice(acts))(world)
        promises.keep()
    _make_peace(world, promises)
    stick.bring_all(world)
    promises.keep()
    promises.check_end(thorough=seed % THOROUGH_ONE_IN == 0)
    for terminal in world.living:
        world.note(f"{terminal.short} ends with {terminal.said[-1].hex()}")


def _make_peace(world: World, promises: Promises) -> None:
    """End the faults and carry everything. Raises NotSettled."""
    faults.good_line(world)
    world.network.cut_off.clear()
    faults.make_room(world)
    faults.spare_all(world)
    world.nesting = None
    world.network.late.clear()
    papers.make_room(world)
    world.note("peace")
    for _ in range(PEACE_ROUNDS_MAX):
        world.start_all()
        world.advance(5_000)
        story.the_gateway_breathes(world)
        for terminal in world.living:
            world.attempt(f"round {terminal.short}", terminal.sync, terminal.round)
            world.attempt(f"fold {terminal.short}", terminal.kiosk, terminal.fold)
        world.attempt("exchange", world.county.process, world.county.exchange)
        promises.keep()
        if not _waiting(world):
            return
    raise NotSettled(f"somebody still waits: {_waiting(world)}")


def _waiting(world: World) -> str:
    """Say what is not yet where it belongs; nothing when everything is."""
    with world.disk.looking():
        heads = world.county.heads()
        for terminal in world.living:
            if not terminal.kiosk.alive or not terminal.sync.alive:
                return f"{terminal.short} does not run"
            shown, head = terminal.shown(), terminal.journal.head()
            if shown is None or shown.link != head:
                return f"{terminal.short} has {shown.link.seq if shown else 0} of {head.seq} acknowledged"
            pulled = len(world.county.records(terminal.chain))
            if pulled != head.seq:
                return f"the county has {pulled} of {head.seq} records of {terminal.short}"
            if not world.unsigned and None in world.county.bounds(terminal.chain):
                return f"the county cannot yet date every record of {terminal.short}"
            stored = len(world.gateway.records(terminal.chain))
            if stored != head.seq:
                return f"the gateway has {stored} of {head.seq} records of {terminal.short}"
            link = terminal.transport.inbox_link()
            answered = heads.get(chain_id(chain_signer(terminal.name).public_key), 0)
            if (link.seq if link else 0) != answered:
                return f"{terminal.short} has {link.seq if link else 0} of {answered} answers"
            if terminal.journal.readers[:2] != estate.county_readers(world.county.generation):
                return f"{terminal.short} seals to an old key"
            if terminal.transport.checkpoint() is None:
                return f"{terminal.short} has no checkpoint"
        return papers.waiting(world)
