"""`agent-add`: who may unlock a terminal's desk. keys/agents.json holds names and PIN verifiers, no PINs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from provisioning.speech import Refused
from sync.durable import replace_file
from sync.pin import PinNotDigits, make_verifier

AGENTS_FILE = "keys/agents.json"
NAME_CHARS_MAX = 20
_ID = re.compile(r"[A-Z][0-9]{2}")


def add_agent(data: Path, agent_id: str, name: str, pin: str) -> bool:
    """Add an agent, or give one a new name and PIN; False when the agent was there. Raises Refused."""
    if _ID.fullmatch(agent_id) is None:
        raise Refused(
            "联络员编号应为一个大写字母加两位数字，如 A01", "an agent's id is a letter and two digits, like A01"
        )
    if not 1 <= len(name) <= NAME_CHARS_MAX:
        raise Refused(f"姓名应为 1 至 {NAME_CHARS_MAX} 个字", f"a name has 1 to {NAME_CHARS_MAX} characters")
    try:
        verifier = make_verifier(pin)
    except PinNotDigits as cause:
        raise Refused("密码应为 4 至 12 位数字", str(cause)) from cause
    agents = read_agents(data)
    others = [agent for agent in agents if agent["id"] != agent_id]
    held = {"agents": [*others, {"id": agent_id, "name": name, "verifier": verifier}]}
    text = json.dumps(held, ensure_ascii=False, indent=2)
    try:
        replace_file(data / AGENTS_FILE, text.encode() + b"\n", mode=0o600)
    except OSError as cause:
        raise Refused(f"不能写 {AGENTS_FILE}", f"{AGENTS_FILE} cannot be written: {cause.strerror}") from cause
    return len(others) == len(agents)


def read_agents(data: Path) -> list[dict[str, str]]:
    """The agents so far; none when there is no file. Raises Refused for a file that is damaged."""
    try:
        held = json.loads((data / AGENTS_FILE).read_bytes())["agents"]
        return [{name: str(agent[name]) for name in ("id", "name", "verifier")} for agent in held]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise Refused(f"{AGENTS_FILE} 不能用", f"{AGENTS_FILE} is damaged: {cause}") from cause
