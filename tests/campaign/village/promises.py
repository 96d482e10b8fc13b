"""What must hold in the village: after every act, and when the faults have ended and everything has been carried."""

from __future__ import annotations

from county.verification import verify
from sync.model.case import Case
from sync.model.facts import Author
from sync.protocol.acknowledgement import Acknowledgement, verify_answer
from sync.record import Record, chain_id
from sync.transport.line_state import LineFault
from sync.transport.schema import TransportRefused
from tests.campaign.village import estate, keeping, papers, raters
from tests.campaign.village.county import chain_signer
from tests.campaign.village.terminal import Terminal
from tests.campaign.village.world import World

_OF_THE_LOG = {LineFault.LOG_FORKED.value, LineFault.LOG_WENT_BACK.value}
MOVED = "收件次序变了"
RECOVERED = "从备份恢复过"
NEVER = {
    LineFault.FORKED.value,
    LineFault.COUNTY_AHEAD.value,
    LineFault.NOT_SIGNED.value,
    LineFault.OUT_OF_ORDER.value,
    LineFault.GARBLED.value,
    LineFault.NOT_ADMITTED.value,
    LineFault.REQUEST_REFUSED.value,
}
"""What an honest village never says of its line."""


class Promises:
    """Watches one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shown: dict[bytes, Acknowledgement] = {}

    def keep(self) -> None:
        """Check what must hold at any moment. Raises AssertionError."""
        world = self._world
        with world.disk.looking():
            papers.check_now(world)
            for terminal in world.living:
                if terminal.kiosk.alive and world.is_free(terminal.kiosk):
                    self._remember(terminal)
                    self._check_shown(terminal)
                if terminal.sync.alive and terminal.client.fault is not None:
                    fault = terminal.client.fault.value
                    assert fault not in NEVER, f"{terminal.short}: {fault}: {terminal.client._state.sentence}"
                    assert world.restored or fault not in _OF_THE_LOG, f"{terminal.short}: {fault}"

    def _remember(self, terminal: Terminal) -> None:
        """Take note of what the desk has reported; everything that it had reported before is still there."""
        head = terminal.journal.head().seq
        if head < len(terminal.said):
            raise AssertionError(f"{terminal.short} has lost records behind {head}")
        if head > len(terminal.said):
            terminal.said += [record.hash for record in terminal.journal.read(len(terminal.said), 1 << 30)]

    def _check_shown(self, terminal: Terminal) -> None:
        """What 县里已收到 is said of is under the county's signature, and is what was written here."""
        try:
            shown = terminal.shown()
        except TransportRefused:
            return
        before = self._shown.get(terminal.chain)
        if shown is None or shown == before:
            return
        rows = terminal.county._rows("SELECT answer FROM acknowledgements WHERE chain = ?", terminal.chain)
        assert verify_answer(rows[0][0], estate.trust()) == shown, "what is shown is not what was signed"
        seq = shown.link.seq
        assert shown.link.chain == terminal.chain
        assert not seq or terminal.said[seq - 1] == shown.link.hash, f"another record {seq} was acknowledged"
        if before is not None and not self._world.restored:
            assert seq >= before.link.seq, "what was acknowledged is taken back"
        self._shown[terminal.chain] = shown

    def check_end(self, *, thorough: bool) -> None:
        """Check what must hold when everything has been carried. Raises AssertionError."""
        world = self._world
        with world.disk.looking():
            at_county = world.county.statuses()
            stated = _stated(world)
            going_on = world.county.open_cases()
            assert world.county.left_behind() == [], "cases of a terminal that was replaced are nobody's"
            for terminal in world.living:
                place = (terminal.name.region, terminal.name.terminal)
                _check_open(world, terminal, going_on.get(place, {}))
                for old in terminal.before:
                    assert (old.region, old.terminal) not in going_on, f"{terminal.short}: {old.terminal} has cases yet"
                written = terminal.written()
                _check_chain(world, terminal, written)
                _check_answers(world, terminal)
                for number, status in terminal.statuses().items():
                    assert at_county.get(number) == status, f"{number}: {status} here, {at_county.get(number)} there"
                held = terminal.transport.checkpoint()
                assert held is not None, f"{terminal.short} has no checkpoint"
                if not world.unsigned:
                    assert stated.get(held.hash) == held.size, f"{terminal.short} holds a checkpoint nobody stated"
                    assert terminal.client.fault is None, f"{terminal.short}: {terminal.client.fault}"
                if not world.restored:
                    named = {each.header.checkpoint for each in written} - {None}
                    assert named <= stated.keys(), f"{terminal.short} names a checkpoint nobody stated"
                    assert terminal.transport.log_forks() == []
                if thorough:
                    assert terminal.journal.audit().flaws == ()
            if not world.unsigned:
                _check_log(world)
            keeping.check_erased(world)
            papers.check_end(world)
            raters.check_end(world)
            if thorough and world.county.generation:
                keeping.check_readers(world)
            complaints = world.county.complaints()
            if world.restored:
                # The supervisor is told that everything is compared again.
                complaints = [each for each in complaints if MOVED not in each]
            assert complaints == []
            with world.disk.acting(world.gateway.process):
                assert world.gateway.store.forks() == []
            if thorough:
                assert list(verify(world.county.database)) == []


def _check_chain(world: World, terminal: Terminal, written: list[Record]) -> None:
    """The terminal's chain is the same in all three places, and holds all that was reported."""
    hashes = [record.hash for record in written]
    assert [record.header.seq for record in written] == list(range(1, len(written) + 1))
    assert len(set(hashes)) == len(hashes)
    assert hashes[: len(terminal.said)] == terminal.said, f"{terminal.short} has lost what it had reported"
    assert [each.hash for each in world.gateway.records(terminal.chain)] == hashes, "the gateway has another chain"
    assert [each.hash for each in world.county.records(terminal.chain)] == hashes, "the county has another chain"
    shown = terminal.shown()
    assert shown is not None, f"{terminal.short} shows no acknowledgement"
    assert shown.link == written[-1].link, f"{terminal.short} shows {shown.link.seq} of {len(written)}"
    world.count("records", len(written))


def _check_open(world: World, terminal: Terminal, at_county: dict[str, Case]) -> None:
    """The agent finds every open case that the county thinks the terminal has, as the county has it, and no other."""
    here = terminal.open_cases()
    assert here.keys() == at_county.keys(), f"{terminal.short} has {sorted(here)}, the county {sorted(at_county)}"
    for number, case in here.items():
        assert case == at_county[number], f"{terminal.short} folds {number} otherwise than the county"
    given = [case for case in here.values() if case.given_to]
    world.count("open cases given to a new terminal", len(given))
    world.count("of them moved on there", sum(case.seen(Author.TERMINAL)[0] == terminal.chain for case in given))


def _check_answers(world: World, terminal: Terminal) -> None:
    """The county's chain for a terminal is the same in all three places."""
    chain = chain_id(chain_signer(terminal.name).public_key)
    hashes = [each.hash for each in world.county.records(chain)]
    assert [each.hash for each in world.gateway.records(chain)] == hashes, "the gateway has other answers"
    inbox = [record.hash for _, record in terminal.county.records(0, 1 << 30)]
    assert inbox == hashes, f"{terminal.short} has {len(inbox)} of {len(hashes)} answers"
    world.count("answers", len(hashes))


def _check_log(world: World) -> None:
    """The county has read the whole log, over every recovery, and every record of the living has its upper bound."""
    faults = world.county.log_faults()
    if world.restored:
        faults = [each for each in faults if RECOVERED not in each]
    assert faults == [], "the county does not follow the log"
    with world.disk.acting(world.gateway.process):
        newest = world.gateway.store.checkpoint()
    followed = world.county.followed()
    assert newest is not None
    assert (followed.size, followed.epoch) == (newest.size, newest.epoch), "the county has not read the log to its end"
    for terminal in world.living:
        assert None not in world.county.bounds(terminal.chain), f"{terminal.short}: a record without an upper bound"
        world.count("records dated")


def _stated(world: World) -> dict[bytes, int]:
    with world.disk.acting(world.gateway.process):
        return {each.hash: each.size for each in world.gateway.store.checkpoints_after(-1, 1 << 30)}
