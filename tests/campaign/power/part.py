"""Power cuts as a part of the campaign: a seed is a writer, a step of what it did, and what became of the rest."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from sync.clock import FixedClock
from sync.gateway.admission import Verdict
from sync.gateway.store import Submission
from sync.gateway.store.sqlite import SqliteStore
from sync.model.facts import ActorClass
from sync.transport.transport import Transport
from sync.tree import nodes_of, root
from tests.campaign.part import Counts, Part, Run
from tests.campaign.power import writers
from tests.campaign.power.carried import CARRIED
from tests.campaign.power.crash import Crash, Loss
from tests.campaign.power.trace import Step, recorded
from tests.campaign.village import estate
from tests.campaign.village.tale import quiet_directory
from tests.county.village import NOON_MS
from tests.sync.village import INVITED

CUTS = 112_000
"""Every step of the longest trace, about 3,500, with each of the four losses, for each of the writers."""
STRIDE = 1_009
"""A prime: however few seeds are run, their steps lie all over the trace, and all of them meet every step."""
Check = Callable[[Path, Sequence[str]], None]


class LostByPowerCut(AssertionError):
    """After a power cut something is not there that had been reported, or what is there is not sound."""


def check_journal(directory: Path, reported: Sequence[str]) -> None:
    """Every reported record is there, the chain verifies, and the journal takes more."""
    clock = FixedClock(NOON_MS + 10**9)
    journal = writers.open_journal(directory, clock)
    try:
        for line in reported[-1:]:
            seq, _, digest = line.partition(" ")
            held = journal.record(int(seq))
            _expect(held is not None and held.hash.hex() == digest, f"record {seq} was reported")
        found = journal.audit(estate.signer("record").public_key)
        _expect(not found.flaws, f"{found.flaws}")
        before = journal.head().seq
        with journal.transaction() as writing:
            writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT, case_no=writers.CASE_NO)
        _expect(journal.head().seq > before, "it takes nothing more")
    finally:
        journal.close()


def check_transport(directory: Path, reported: Sequence[str]) -> None:
    """Everything reported is there, without the file having been begun anew."""
    transport = Transport.open_or_create(directory / "transport.db")
    try:
        _expect(not list(directory.glob("*.damaged")), "the file was damaged and begun anew")
        last = dict(line.split() for line in reported)
        link, checkpoint = transport.inbox_link(), transport.checkpoint()
        acknowledged = transport.acknowledgement(b"terminal")
        _expect((link.seq if link else 0) >= int(last.get("inbox", 0)), "records of the county are missing")
        seq = acknowledged.link.seq if acknowledged else 0
        _expect(seq >= int(last.get("acknowledgement", 0)), "an acknowledgement is missing")
        size = checkpoint.size if checkpoint else 0
        _expect(size >= int(last.get("checkpoint", 0)), "a checkpoint is missing")
        answers = writers.county_records()
        transport.keep_records(answers[link.seq if link else 0 :][:1])
    finally:
        transport.close()


def check_gateway(directory: Path, reported: Sequence[str]) -> None:
    """What was acknowledged is there, the tree is the one that was stated, and both go on."""
    store = SqliteStore(directory / "gateway.db")
    try:
        last = dict(line.split() for line in reported)
        terminal = store.terminal_chain(writers.NAME)
        if terminal is None:
            _expect("head" not in last, "the chain is gone")
            writers.enrol(store)
            terminal = store.terminal_chain(writers.NAME)
        if terminal is None:
            raise LostByPowerCut("the terminal cannot be enrolled")
        head = terminal.standing.head
        stored, sent = store.records_after(head.chain, 0, 1 << 30), writers.terminal_records()
        _expect(head.seq >= int(last.get("head", 0)), "records that were acknowledged are gone")
        _expect(
            [each.hash for each in stored] == [each.hash for each in sent[: head.seq]], "records are not those sent"
        )
        admitted = [record.hash for each in store.admitted_after(0, 1 << 30) for record in each.records]
        _expect(admitted == [each.hash for each in stored], "the feed has others")
        stated = store.checkpoint()
        _expect((stated.size if stated else 0) >= int(last.get("tree", 0)), "the tree is smaller than was stated")
        if stated is not None:
            _expect(root(stated.size, store.tree_nodes(nodes_of((0, stated.size)))) == stated.root, "another tree")
        if head.seq < len(sent):
            (decision,) = store.append([Submission((sent[head.seq],), writers.NAME, b"wire")], NOON_MS)
            _expect(decision.verdict is Verdict.ACCEPTED, f"what follows is {decision.verdict}")
            grown = store.grow_tree(NOON_MS)
            _expect(grown is not None and grown.size > (stated.size if stated else 0), "the tree does not grow")
    finally:
        store.close()


def check_files(directory: Path, reported: Sequence[str]) -> None:
    """A file is there whole or not at all, and there if it was said to be."""
    last = dict(line.split() for line in reported)
    created, replaced = int(last.get("created", -1)), int(last.get("replaced", -1))
    for number in range(created + 1):
        _expect((directory / f"key-{number}").read_bytes() == writers.content_of(number), f"key {number} is not there")
    for path in directory.glob("key-*"):
        if path.suffix != ".new":
            number = int(path.name.removeprefix("key-"))
            _expect(path.read_bytes() == writers.content_of(number), f"{path.name} is there and not whole")
    config = directory / "config"
    if replaced >= 0 or config.exists():
        held = config.read_bytes()
        good = [writers.content_of(number) for number in (replaced, replaced + 1) if number >= 0]
        _expect(held in good, "the configuration is neither the old one nor the new one")


CHECKS: dict[str, Check] = {
    "journal": check_journal,
    "transport": check_transport,
    "gateway": check_gateway,
    "files": check_files,
    **{name: each.check for name, each in CARRIED.items()},
}


def cut(traces: dict[str, list[Step]], seed: int, directory: Path) -> Counts:
    """Cut the power once. Raises LostByPowerCut, and whatever the product says that it should not."""
    names = sorted(traces)
    name = names[seed % len(names)]
    steps = traces[name]
    rng = Random(f"power {seed}")
    loss = Loss((seed // len(names)) % len(Loss))
    place = seed // len(names) // len(Loss) * STRIDE % (len(steps) + 1)
    crash = Crash(steps[:place], loss, rng)
    crash.write_to(directory)
    reported = [line.decode().strip() for line in crash.reported]
    try:
        CHECKS[name](directory, reported)
    except Exception as broken:
        done = steps[place - 1] if place else None
        where = f"after step {place} of {len(steps)}" + (f" ({done.kind.value} {done.name})" if done else "")
        raise LostByPowerCut(f"{name}, power cut {where}, {loss.name}: {broken}") from broken
    return {f"{name}, {loss.name}": 1}


@contextmanager
def _power() -> Iterator[Run]:
    with tempfile.TemporaryDirectory(prefix="sunpoint-power-") as home:
        traces = {}
        for name in writers.WRITERS:
            directory = Path(home) / name
            directory.mkdir()
            traces[name] = recorded(directory, "tests.campaign.power.writers", (name,))

        def run(seed: int) -> Counts:
            with quiet_directory() as directory:
                return cut(traces, seed, directory)

        yield run


def _expect(so: object, otherwise: str) -> None:
    if not so:
        raise LostByPowerCut(otherwise)


POWER = Part("power", "power cuts replayed from traces of the real files", CUTS, _power)
