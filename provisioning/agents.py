"""`agent-add`: who may unlock a terminal's desk. keys/agents.json holds names and PIN verifiers, no PINs."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec.structs import asdict

from provisioning.speech import Refused
from sync import agents as files
from sync.agents import AGENT_ID, AGENT_NAME, AGENT_NAME_CHARS_MAX, AGENTS_FILE, AgentsMissing, AgentsUnreadable
from sync.durable import replace_file
from sync.pin import PIN_DIGITS, PinNotDigits, make_verifier


def add_agent(data: Path, agent_id: str, name: str, pin: str) -> bool:
    """Add an agent, or give one a new name and PIN; False when the agent was there. Raises Refused."""
    if AGENT_ID.fullmatch(agent_id) is None:
        raise Refused(
            "联络员编号应为一个大写字母加两位数字，如 A01", "an agent's id is a letter and two digits, like A01"
        )
    if AGENT_NAME.fullmatch(name) is None:
        raise Refused(
            f"姓名应为 1 至 {AGENT_NAME_CHARS_MAX} 个字，写在一行",
            f"a name has 1 to {AGENT_NAME_CHARS_MAX} characters on one line",
        )
    try:
        verifier = make_verifier(pin)
    except PinNotDigits as cause:
        raise Refused(f"密码应为 {PIN_DIGITS} 位数字", str(cause)) from cause
    agents = read_agents(data)
    others = [agent for agent in agents if agent.id != agent_id]
    held = {"agents": [asdict(agent) for agent in (*others, files.KnownAgent(agent_id, name, verifier))]}
    text = json.dumps(held, ensure_ascii=False, indent=2)
    try:
        replace_file(data / AGENTS_FILE, text.encode() + b"\n", mode=0o600)
    except OSError as cause:
        raise Refused(f"不能写 {AGENTS_FILE}", f"{AGENTS_FILE} cannot be written: {cause.strerror}") from cause
    return len(others) == len(agents)


def read_agents(data: Path) -> tuple[files.KnownAgent, ...]:
    """The agents so far; none when there is no file. Raises Refused for a file that is damaged."""
    try:
        return files.read_agents(data / AGENTS_FILE)
    except AgentsMissing:
        return ()
    except AgentsUnreadable as cause:
        raise Refused(f"{AGENTS_FILE} 不能用", str(cause)) from cause
