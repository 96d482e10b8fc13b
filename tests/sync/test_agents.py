"""keys/agents.json: who may unlock the desk, and what cannot stand there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sync.agents import AgentsMissing, AgentsUnreadable, KnownAgent, read_agents, write_agents

KING = {"id": "A01", "name": "王建国"}


def write(directory: Path, held: object) -> Path:
    path = directory / "agents.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


def test_the_agents_come_in_their_order_and_further_entries_are_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, {"agents": [KING | {"since": "2026"}, KING | {"id": "A02", "name": "𮧵晓梅"}]})
    agents = (KnownAgent("A01", "王建国"), KnownAgent("A02", "𮧵晓梅"))
    assert read_agents(path) == agents
    write_agents(path, agents)
    assert read_agents(path) == agents
    assert "since" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({}, "agents is not a list"),
        ({"agents": {"A01": KING}}, "agents is not a list"),
        ({"agents": ["A01"]}, "agent 1 is not an object"),
        ({"agents": [KING, KING]}, "two agents have one id"),
        ({"agents": [KING | {"id": 1}]}, "agent 1: the id"),
        ({"agents": [KING | {"id": "a01"}]}, "agent 1: the id"),
        ({"agents": [KING, KING | {"id": "A02", "name": "王\n建国"}]}, "agent 2: the name"),
        ({"agents": [KING | {"name": "　"}]}, "agent 1: the name"),
        ({"agents": [KING | {"name": None}]}, "agent 1: the name"),
    ],
)
def test_an_entry_at_which_the_desk_would_fail_later_is_refused_at_the_start(
    tmp_path: Path, held: object, said: str
) -> None:
    with pytest.raises(AgentsUnreadable, match=f"agents.json: {said}"):
        read_agents(write(tmp_path, held))


def test_no_file_of_agents_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(AgentsMissing):
        read_agents(tmp_path / "agents.json")
