"""The desk of a terminal that the demonstration has set up, opened by its agent without a screen."""

from __future__ import annotations

from pathlib import Path

from provisioning.demonstration import DEMONSTRATION, Agent
from sync.desk_key import DeskKey, OpenDesk
from sync.desk_key_file import DeskKeyFile
from sync.sealing import Recipient
from sync.terminal import TerminalConfig, readers_of


def desk_key(data: Path) -> DeskKey:
    """What a terminal's data directory holds of its desk key."""
    return DeskKeyFile(data, TerminalConfig.load(data).subject).read()


def opened(data: Path, agent: Agent = DEMONSTRATION.agents[0]) -> OpenDesk:
    """The private keys, by the agent's PIN and card."""
    key = desk_key(data)
    return key.open(agent.id, agent.pin, agent.card(key.terminal))


def readers(data: Path) -> tuple[Recipient, ...]:
    """Whom a terminal's bodies are sealed to."""
    return readers_of(data, TerminalConfig.load(data), desk_key(data).recipient)
