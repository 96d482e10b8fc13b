"""The demonstration county: its people, and its first start."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from provisioning.agents import Host, Newcomer, add_agent, agents_with_cards
from provisioning.county_init import CHECKOUT, SAMPLE_TABLES, County, county_init
from provisioning.enrol import Enrolment, enrol
from provisioning.grant import grant
from provisioning.speech import Refused, Say, Sentence
from provisioning.stage import HOST, READY_S, Stage
from sync.agent_card import AgentCard
from sync.durable import replace_file
from sync.json_file import JsonFileRefused, read_object
from sync.keys import terminal_subject
from sync.terminal import FILE_NAME as TERMINAL_FILE

CODE_LIFE_HOURS = 72
POLL_S = 2
RETRY_DELAY_S_MAX = 5
CLERKS_FILE = "clerks.json"
"""In the stage's directory: which clerks have been added, so that a start need not ask the county for each."""
_DEPARTMENTS = ("civil", "hrss", "insurance", "agriculture", "health", "police")
"""Those with most items; each has one who accepts and one who decides."""
_PRINTER_PATH = "../devices/printer"
_OTHER_DEVICES = {
    "pad": {"model": "pj06", "path": "../devices/pad"},
    "scanner": {"model": "serial", "path": "../devices/scanner"},
    "reader": {"model": "sam-v", "path": "../devices/reader"},
}


class Agent(Struct, frozen=True):
    """An agent of the demonstration; PIN and card are no secrets."""

    id: str = "A01"
    name: str = "王建国"
    pin: str = "246810"

    def card(self, terminal: str) -> AgentCard:
        """The agent's card at a terminal, by the terminal's name in statements: always the same."""
        return AgentCard(self.id, terminal, hashlib.sha256(f"demonstration card {self.id}".encode()).digest()[:16])


class Clerk(Struct, frozen=True):
    """A clerk of the demonstration; the password is no secret."""

    name: str
    shown_as: str
    role: str
    department: str | None
    password: str = "qingshan-demo"  # noqa: S105 - of a demonstration, printed on the screen


class Setting(Struct, frozen=True):
    """Whom the stage shows: the demonstration county, its point and its people."""

    county: str = "990101"
    county_name: str = "青山县"
    region: str = "990101102203"
    terminal: str = "01"
    point_name: str = "柳溪村便民服务点"
    agents: Sequence[Agent] = (Agent(),)
    clerks: Sequence[Clerk] = (
        Clerk("supervisor", "陈明", "supervisor", None),
        *(Clerk(f"{department}-intake", "李秀英", "intake", department) for department in _DEPARTMENTS),
        *(Clerk(f"{department}-decider", "张志远", "decider", department) for department in _DEPARTMENTS),
    )

    @property
    def subject(self) -> str:
        """The terminal's name in statements."""
        return terminal_subject(self.county, self.region, self.terminal)


DEMONSTRATION = Setting()


def prepare(stage: Stage, say: Say, setting: Setting = DEMONSTRATION) -> None:
    """Do on a stage what a county and a technician do: county-init, grant, enrol, agent-add, clerks.

    What is there already is left alone. The gateway runs for it, and is stopped again if it did not before. Raises
    Refused.
    """
    stage.terminal_dir.mkdir(mode=0o700, exist_ok=True)
    county = County(
        county=setting.county,
        name=setting.county_name,
        directory=stage.county_dir,
        gateway_directory=stage.gateway_dir,
        host=HOST,
        port=stage.gateway_port,
        tables=SAMPLE_TABLES / setting.county,
    )
    county_init(county, stage.domain_clock(), stage.machine_clock, say, stage.options.clock_file)
    _enrol(stage, say, setting)
    _add_agents(stage, say, setting)
    _add_clerks(stage, say, setting.clerks)


def _enrol(stage: Stage, say: Say, setting: Setting) -> None:
    enrolled = (stage.terminal_dir / TERMINAL_FILE).exists()
    if enrolled and len(list((stage.terminal_dir / "packs" / "current").glob("*.pack"))) >= 3:
        say(Sentence("已有：终端已入网", "there already: the terminal is enrolled"))
        return
    ran = stage.running("gateway")
    stage.start("gateway")
    try:
        stage.wait_ready("gateway")
        code = "" if enrolled else _code(stage, say, setting)
        printer = {"profile": stage.options.printer_profile, "path": _PRINTER_PATH}
        devices = {"printer": printer} | _OTHER_DEVICES
        config = enrol(Enrolment(stage.terminal_dir, stage.gateway_url, code, devices=devices), say)
        # A line that costs nothing may be asked often, so that answers are seen at once.
        replace(config, poll_s=POLL_S, retry_delay_s_max=RETRY_DELAY_S_MAX).save(stage.terminal_dir)
    finally:
        if not ran:
            stage.stop("gateway")


def _add_agents(stage: Stage, say: Say, setting: Setting) -> None:
    """Let the first agent in, and the others by the first."""
    known = agents_with_cards(stage.terminal_dir)
    first = setting.agents[0]
    host = Host(first.card(setting.subject).text(), first.pin)
    for agent in setting.agents:
        if agent.id in known:
            continue
        card = agent.card(setting.subject)
        newcomer = Newcomer(agent.id, agent.name, agent.pin, card.secret)
        at_ms = stage.domain_clock().wall_ms()
        add_agent(stage.terminal_dir, newcomer, host if known else None, at_ms, lambda _: None)
        known |= {agent.id}
        told = f"联络员 {agent.id} {agent.name}，密码 {agent.pin}，卡 {card.text()}"
        say(Sentence(told, "an agent of the demonstration"))


def _code(stage: Stage, say: Say, setting: Setting) -> str:
    clock = stage.domain_clock()
    return grant(
        stage.county_dir, setting.region, setting.terminal, setting.point_name, CODE_LIFE_HOURS, clock, say
    ).text()


def _add_clerks(stage: Stage, say: Say, clerks: Sequence[Clerk]) -> None:
    path = stage.directory / CLERKS_FILE
    known = _known_clerks(path)
    for clerk in clerks:
        if clerk.name not in known:
            _add_clerk(stage, clerk, say)
            known.append(clerk.name)
            replace_file(path, json.dumps({"clerks": known}).encode(), mode=0o644)


def _known_clerks(path: Path) -> list[str]:
    """Whom an earlier start added. A list that cannot be read costs only that the county is asked about each again."""
    try:
        held = read_object(path).get("clerks")
    except JsonFileRefused:
        return []
    return [each for each in held if isinstance(each, str)] if isinstance(held, list) else []


def _add_clerk(stage: Stage, clerk: Clerk, say: Say) -> None:
    command = [
        *(sys.executable, "-m", "county", "user-add", "--data", str(stage.county_dir), "--name", clerk.name),
        *("--shown-as", clerk.shown_as, "--role", clerk.role, "--password-stdin"),
        *(("--department", clerk.department) if clerk.department else ()),
        *stage.clock_arguments(),
    ]
    ended = subprocess.run(
        command, cwd=CHECKOUT, env=stage.environment(), input=clerk.password + "\n",
        capture_output=True, text=True, timeout=READY_S, check=False,
    )  # fmt: skip
    if ended.returncode == 0:
        say(Sentence(f"县里账号 {clerk.name}，密码 {clerk.password}", "a clerk of the demonstration"))
    elif f"called {clerk.name} already" not in ended.stderr:
        raise Refused(f"县里账号没有建成：{ended.stderr.strip()}", "a clerk was not added")
