"""keys/agents.json: who the agents of a terminal are. What they open its desk by stands in `sync.desk_key`.

Provisioning writes it, the kiosk reads it and adds to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from sync.durable import replace_file
from sync.json_file import JsonFileMissing, JsonFileRefused, read_object
from sync.names import name_form

AGENTS_FILE = "keys/agents.json"
AGENT_NAME_CHARS_MAX = 20
AGENT_NAME = name_form(AGENT_NAME_CHARS_MAX)
AGENT_ID = re.compile(r"[A-Z][0-9]{2}")


class KnownAgent(Struct, frozen=True):
    """An agent of a terminal."""

    id: str
    name: str


class AgentsUnreadable(ValueError):
    """The file of agents is damaged: nobody can unlock the desk. The message names the file and the entry."""


class AgentsFull(ValueError):
    """Every id that this terminal can give is taken."""


class AgentsMissing(AgentsUnreadable):
    """There is no file of agents."""


def read_agents(path: Path) -> tuple[KnownAgent, ...]:
    """Read the agents of a terminal. Raises AgentsUnreadable, or its kind AgentsMissing."""
    try:
        held = read_object(path)
    except JsonFileMissing as cause:
        raise AgentsMissing(str(cause)) from cause
    except JsonFileRefused as cause:
        raise AgentsUnreadable(str(cause)) from cause
    listed = held.get("agents")
    if not isinstance(listed, list):
        raise AgentsUnreadable(f"{path.name}: agents is not a list")
    agents = tuple(_agent(each, f"{path.name}: agent {place}") for place, each in enumerate(listed, start=1))
    if len({agent.id for agent in agents}) < len(agents):
        raise AgentsUnreadable(f"{path.name}: two agents have one id")
    return agents


def write_agents(path: Path, agents: Iterable[KnownAgent]) -> None:
    """Write the agents of a terminal, durably and at once. Raises OSError."""
    text = json.dumps({"agents": [asdict(agent) for agent in agents]}, ensure_ascii=False, indent=2)
    replace_file(path, text.encode() + b"\n", mode=0o600)


def _agent(held: object, where: str) -> KnownAgent:
    if not isinstance(held, dict):
        raise AgentsUnreadable(f"{where} is not an object")
    agent_id, name = held.get("id"), held.get("name")
    if not isinstance(agent_id, str) or AGENT_ID.fullmatch(agent_id) is None:
        raise AgentsUnreadable(f"{where}: the id is missing or not of its form")
    if not isinstance(name, str) or AGENT_NAME.fullmatch(name) is None:
        raise AgentsUnreadable(f"{where}: the name is missing or not of its form")
    return KnownAgent(agent_id, name)
