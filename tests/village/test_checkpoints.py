"""The county's checkpoints through every real program: stated at the gateway, kept and named at the terminal."""

from __future__ import annotations

from sync.protocol.checkpoint import Checkpoint
from sync.transport.reader import TransportReader
from tests.village.conftest import Told
from tests.village.ends import Ends, select


def stated(ends: Ends) -> list[Checkpoint]:
    """What the gateway has ever stated, oldest first."""
    rows = select(ends.gateway, "SELECT size, root, at_ms, epoch FROM checkpoints ORDER BY at_ms")
    return [Checkpoint(*row) for row in rows]  # type: ignore[arg-type]  # by the schema


def test_the_terminal_holds_a_checkpoint_that_the_gateway_stated(told: Told) -> None:
    reader = TransportReader(told.ends.transport)
    held = reader.checkpoint()
    reader.close()
    assert held in stated(told.ends)
    assert select(told.ends.transport, "SELECT fault FROM line") == [(None,)]
    assert select(told.ends.transport, "SELECT * FROM log_forks") == []


def test_what_is_written_after_a_checkpoint_names_it_and_what_was_written_before_names_none(told: Told) -> None:
    place = {checkpoint.hash: number for number, checkpoint in enumerate(stated(told.ends))}
    named = [record.header.checkpoint for record in told.ends.terminal_records()]
    first = next(seq for seq, checkpoint in enumerate(named) if checkpoint is not None)
    # The application was taken in before the line came up for the first time.
    assert first > 3
    order = [place[checkpoint] for checkpoint in named if checkpoint is not None]
    assert order == sorted(set(order)), "a checkpoint was named twice, or an older one after a newer"
    assert len(order) > 1
