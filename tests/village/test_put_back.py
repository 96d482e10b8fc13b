"""A gateway that was put back to just where somebody had looked last: what it lost is noticed and comes again."""

from __future__ import annotations

from pathlib import Path

from sync.record import chain_id
from tests.campaign.attacks.scene import Scene, honest_scene
from tests.campaign.village.county import chain_signer

MINUTE_MS = 60_000


def copied(scene: Scene) -> Path:
    """A copy of the gateway's store, made between two of its steps."""
    gateway = scene.world.gateway
    scene.world.end(gateway.process)
    copy = gateway.file.with_name("backup.db")
    with scene.editing(gateway.file):
        pass
    copy.write_bytes(gateway.file.read_bytes())
    gateway.start()
    return copy


def put_back(scene: Scene, copy: Path) -> None:
    """Put the copy in the place of the store."""
    gateway = scene.world.gateway
    scene.world.end(gateway.process)
    for suffix in ("-wal", "-shm"):
        gateway.file.with_name(gateway.file.name + suffix).unlink(missing_ok=True)
    gateway.file.write_bytes(copy.read_bytes())
    gateway.start()


def test_an_answer_that_was_confirmed_and_never_came_back_in_the_feed_is_sent_again(seed: int) -> None:
    with honest_scene(seed, "answer lost") as scene:
        county, gateway = scene.world.county, scene.world.gateway
        answers = [chain_id(chain_signer(terminal.name).public_key) for terminal in scene.world.terminals]
        county.exchange()
        before = [len(county.records(chain)) for chain in answers]
        copy = copied(scene)
        while [len(county.records(chain)) for chain in answers] == before:
            for terminal in scene.world.terminals:
                scene.work(terminal)
                terminal.round()
            county.exchange()
            copy = copied(scene)
            county.act()
        county.exchange()
        put_back(scene, copy)
        county.exchange()
        for chain in answers:
            assert [each.hash for each in gateway.records(chain)] == [each.hash for each in county.records(chain)]


def test_a_record_that_was_acknowledged_and_is_not_in_the_log_a_minute_later_is_sent_again(seed: int) -> None:
    with honest_scene(seed, "record lost") as scene:
        terminal, gateway = scene.victim, scene.world.gateway
        copy = copied(scene)
        scene.work(terminal)
        terminal.lanes.records.run()
        acknowledged = terminal.transport.acknowledgement(terminal.chain)
        assert acknowledged is not None
        assert acknowledged.link == terminal.journal.head()
        put_back(scene, copy)
        assert len(gateway.records(terminal.chain)) < acknowledged.link.seq
        scene.world.advance(MINUTE_MS)
        assert terminal.round() == ""
        assert len(gateway.records(terminal.chain)) == acknowledged.link.seq
        scene.world.advance(MINUTE_MS)
        terminal.round()
        assert not terminal.transport.doubted()
