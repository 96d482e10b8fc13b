"""Attacks by whoever has a disk in hand: the terminal's, the gateway's, the county's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from sync.journal import JournalReader
from sync.record import chain_id
from tests.campaign.attacks.scene import Scene
from tests.campaign.village.county import chain_signer

Row = tuple[bytes, bytes | None, bytes | None]
"""Header, body, signature."""
Change = Callable[[Scene, Mapping[int, Row]], Mapping[int, Row | None]]
"""Says which rows of a chain become what; None: taken out."""


def record_deleted(scene: Scene) -> None:
    """A record that is not the newest is gone."""
    _in_some_store(scene, lambda scene, rows: {_not_last(scene, rows): None})


def records_swapped(scene: Scene) -> None:
    """Two neighbours stand in each other's place."""

    def swap(scene: Scene, rows: Mapping[int, Row]) -> Mapping[int, Row | None]:
        seq = _not_last(scene, rows)
        return {seq: rows[seq + 1], seq + 1: rows[seq]}

    _in_some_store(scene, swap)


def record_changed(scene: Scene) -> None:
    """A byte of a header is another one."""

    def change(scene: Scene, rows: Mapping[int, Row]) -> Mapping[int, Row | None]:
        seq = scene.rng.choice(sorted(rows))
        header, body, signature = rows[seq]
        return {seq: (_flipped(scene, header), body, signature)}

    _in_some_store(scene, change)


def body_changed(scene: Scene) -> None:
    """A byte of a body is another one."""

    def change(scene: Scene, rows: Mapping[int, Row]) -> Mapping[int, Row | None]:
        seq = scene.rng.choice([seq for seq, row in sorted(rows.items()) if row[1]])
        header, body, signature = rows[seq]
        return {seq: (header, _flipped(scene, body or b""), signature)}

    _in_some_store(scene, change)


def two_branches(scene: Scene) -> None:
    """A disk is copied; both write on with the same key, and both send."""
    victim = scene.victim
    scene.close(victim)
    copy = scene.keep_copy(victim)
    assert scene.open(victim)
    scene.work(victim)
    scene.carry()
    scene.close(victim)
    original = victim.directory
    victim.directory = copy
    scene.open(victim)
    scene.work(victim)
    scene.carry()
    scene.close(victim)
    victim.directory = original


def old_image_after_sending(scene: Scene) -> None:
    """The disk is put back to a day whose records the county has long had more of."""
    victim = scene.victim
    scene.close(victim)
    copy = scene.keep_copy(victim)
    assert scene.open(victim)
    scene.work(victim)
    scene.carry()
    scene.close(victim)
    scene.put_back(victim, copy)
    scene.open(victim)
    if scene.rng.random() < 0.5:
        scene.work(victim)
    scene.carry()


def old_image_before_sending(scene: Scene) -> None:
    """The disk is put back; what was written since had not left it."""
    victim = scene.victim
    scene.close(victim)
    copy = scene.keep_copy(victim)
    scene.open(victim)
    scene.work(victim)
    scene.close(victim)
    scene.put_back(victim, copy)
    scene.open(victim)
    scene.carry()


def tail_dropped(scene: Scene) -> None:
    """The newest records are taken out, and the tables of the desk are made anew."""
    _without_tail(scene)
    scene.victim.desk.rebuild()
    scene.carry()


def tail_rewritten(scene: Scene) -> None:
    """The newest records are taken out and others written in their place, with the terminal's own key."""
    _without_tail(scene)
    scene.victim.desk.rebuild()
    scene.work(scene.victim)
    scene.carry()


def _without_tail(scene: Scene) -> None:
    victim = scene.victim
    sent = len(scene.world.gateway.records(victim.chain))
    scene.work(victim, 3)
    written = victim.journal.head().seq
    scene.close(victim)
    with scene.editing(victim.directory / "journal.db") as connection:
        connection.execute("DELETE FROM records WHERE seq > ?", (scene.rng.randrange(sent, written),))
    assert scene.open(victim)


def _in_some_store(scene: Scene, change: Change) -> None:
    """Change a chain in the terminal's journal, or the terminal's or the county's chain in the county's store."""
    victim, county = scene.victim, scene.world.county
    scene.carry()
    where = scene.rng.choice(("journal", "county", "answers"))
    answers = chain_id(chain_signer(victim.name).public_key)
    chain = victim.chain if where == "county" or len(county.records(answers)) < 3 else answers
    if where == "journal":
        scene.close(victim)
        path = victim.directory / "journal.db"
        with scene.editing(path) as connection:
            _apply(connection, change(scene, _rows(connection, "1 = 1")), "1 = 1")
        reader = JournalReader.open(path)
        if reader.audit(victim.signer.public_key).flaws:
            scene.notices.add("journal: audit")
        reader.close()
        scene.open(victim)
    else:
        scene.world.end(county.process)
        with scene.editing(county.file) as connection:
            of_chain = f"chain = x'{chain.hex()}'"
            _apply(connection, change(scene, _rows(connection, of_chain)), of_chain)
        county.start()
    scene.look()


def _rows(connection: sqlite3.Connection, of_chain: str) -> dict[int, Row]:
    rows = connection.execute(f"SELECT seq, header, body, signature FROM records WHERE {of_chain}")
    return {seq: (header, body, signature) for seq, header, body, signature in rows}


def _apply(connection: sqlite3.Connection, changes: Mapping[int, Row | None], of_chain: str) -> None:
    for seq, row in changes.items():
        if row is None:
            connection.execute(f"DELETE FROM records WHERE seq = ? AND {of_chain}", (seq,))
        else:
            connection.execute(
                f"UPDATE records SET header = ?, body = ?, signature = ? WHERE seq = ? AND {of_chain}", (*row, seq)
            )


def _not_last(scene: Scene, rows: Mapping[int, Row]) -> int:
    return scene.rng.choice(sorted(rows)[:-1])


def _flipped(scene: Scene, content: bytes) -> bytes:
    place = scene.rng.randrange(len(content))
    return content[:place] + bytes((content[place] ^ scene.rng.randrange(1, 256),)) + content[place + 1 :]
