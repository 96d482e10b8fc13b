"""keys/agents.json: the agents who may unlock a terminal's desk, with verifiers of their PINs and no PINs.

Provisioning writes it, the kiosk reads it.
"""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from sync.json_file import JsonFileMissing, JsonFileRefused, read_object
from sync.names import name_form
from sync.pin import is_verifier

AGENTS_FILE = "keys/agents.json"
AGENT_NAME_CHARS_MAX = 20
AGENT_NAME = name_form(AGENT_NAME_CHARS_MAX)
AGENT_ID = re.compile(r"[A-Z][0-9]{2}")


class KnownAgent(Struct, frozen=True):
    """An agent who can unlock a terminal."""

    id: str
    name: str
    verifier: str


class AgentsUnreadable(ValueError):
    """The file of agents is damaged: nobody can unlock the desk. The message names the file and the entry."""


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


def _agent(held: object, where: str) -> KnownAgent:
    if not isinstance(held, dict):
        raise AgentsUnreadable(f"{where} is not an object")
    agent_id, name, verifier = (held.get(field) for field in KnownAgent.__struct_fields__)
    if not isinstance(agent_id, str) or AGENT_ID.fullmatch(agent_id) is None:
        raise AgentsUnreadable(f"{where}: the id is missing or not of its form")
    if not isinstance(name, str) or AGENT_NAME.fullmatch(name) is None:
        raise AgentsUnreadable(f"{where}: the name is missing or not of its form")
    if not isinstance(verifier, str) or not is_verifier(verifier):
        raise AgentsUnreadable(f"{where}: the verifier is missing or none that agent-add writes")
    return KnownAgent(agent_id, name, verifier)
