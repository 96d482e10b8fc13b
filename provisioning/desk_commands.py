"""The commands about who may open a terminal's desk: `agent-add`, `desk-open`, `agent-remove`, `card-revoke`."""

from __future__ import annotations

import argparse
import getpass
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from provisioning.agents import (
    Deliver,
    Host,
    Newcomer,
    add_agent,
    check_agent_id,
    desk_key_file,
    remove_agent,
    revoke_card,
)
from provisioning.command import DONE, AddCommand, Clocks
from provisioning.desk_opening import Opening, grant_bytes, open_desk
from provisioning.speech import Refused, Sentence
from sync.agent_card import AgentCard
from sync.durable import create_file


def add_commands(add: AddCommand) -> None:
    """Add the commands."""
    agent = add("agent-add", _agent_add, "let an agent open this terminal's desk, by a PIN and a new card")
    _about_agent(agent)
    agent.add_argument("--name", required=True, help="e.g. 王建国")
    agent.add_argument("--by", action="store_true", help="another agent lets this one in, with card and PIN")
    _about_secrets(agent)
    opening = add(
        "desk-open", _desk_open, "let an agent into a desk that nobody here can open, by a grant of the county"
    )
    opening.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    opening.add_argument(
        "--grant", type=Path, help="the county's file (default: what came over the line); its code is asked for"
    )
    opening.add_argument("--name", help="of the agent whom the county named, when the terminal does not know them")
    _about_secrets(opening)
    _about_agent(add("agent-remove", _agent_remove, "an agent has left: take name, PIN and card away"))
    _about_agent(add("card-revoke", _card_revoke, "a card was lost: let it open nothing any more"))


def _about_agent(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    command.add_argument("--id", required=True, help="e.g. A01")


def _about_secrets(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--pin-stdin",
        action="store_true",
        help="read what is secret from standard input, a line each, instead of asking: the grant's code (desk-open),"
        " the new PIN, with --by the other agent's card and PIN",
    )
    command.add_argument("--card-file", type=Path, help="write the card into this new file instead of showing it")


def _agent_add(asked: argparse.Namespace, clocks: Clocks) -> int:
    check_agent_id(asked.id)
    desk_key_file(asked.data)  # nobody types secrets for a directory that is no terminal's
    read = secrets(asked)
    pin = new_pin(asked, read)
    host = Host(read("对方的卡 / the other agent's card: "), read("对方的密码 / their PIN: ")) if asked.by else None
    fresh = add_agent(asked.data, Newcomer(asked.id, asked.name, pin), host, clocks.domain.wall_ms(), delivery(asked))
    done = ("已添加", "added") if fresh else ("已更新", "renewed")
    print(Sentence(f"联络员 {asked.id} {asked.name} {done[0]}", f"agent {done[1]}"), file=sys.stderr)
    return DONE


def _desk_open(asked: argparse.Namespace, clocks: Clocks) -> int:
    desk_key_file(asked.data)
    grant_bytes(asked.data, asked.grant)  # before a code is asked for
    read = secrets(asked)
    code, pin = read("授权码 / the county's code: "), new_pin(asked, read)
    agent = open_desk(Opening(asked.data, asked.grant, code, pin, asked.name), clocks.domain.wall_ms(), delivery(asked))
    said = f"联络员 {agent} 可以登录了，这份授权不能再用"
    print(Sentence(said, "the agent can sign in; the grant is spent"), file=sys.stderr)
    return DONE


def _agent_remove(asked: argparse.Namespace, clocks: Clocks) -> int:
    remove_agent(asked.data, asked.id, clocks.domain.wall_ms())
    print(Sentence(f"联络员 {asked.id} 已移除", "the agent is removed"))
    return DONE


def _card_revoke(asked: argparse.Namespace, clocks: Clocks) -> int:
    left = revoke_card(asked.data, asked.id, clocks.domain.wall_ms())
    print(Sentence(f"联络员 {asked.id} 的卡已停用", "the card is revoked"))
    if not left:
        said = "现在没有人能开柜台，请用县里的授权（desk-open）"
        print(Sentence(said, "nobody can open the desk now; get a grant of the county and use desk-open"))
    return DONE


def secrets(asked: argparse.Namespace) -> Callable[[str], str]:
    """Return what asks for one secret after the other, given its question."""

    def line(_question: str) -> str:
        return sys.stdin.readline().strip()

    def unseen(question: str) -> str:
        with warnings.catch_warnings():
            # Rather nothing than a PIN that can be read over somebody's shoulder.
            warnings.simplefilter("error", getpass.GetPassWarning)
            try:
                return getpass.getpass(question)
            except getpass.GetPassWarning as cause:
                raise EOFError from cause

    return line if asked.pin_stdin else unseen


def new_pin(asked: argparse.Namespace, read: Callable[[str], str]) -> str:
    """Ask for a new PIN, and once more where nobody sees what they type. Raises Refused."""
    pin = read("新密码 / new PIN: ")
    if not asked.pin_stdin and read("再输一次 / once more: ") != pin:
        raise Refused("两次输的密码不一样，没有改动", "the two PINs differ; nothing was changed")
    return pin


def delivery(asked: argparse.Namespace) -> Deliver:
    """Return what hands the card over: into a file, or to whoever sits here. It stands in no log."""
    path: Path | None = asked.card_file

    def hand_over(card: AgentCard) -> None:
        if path is None:
            print(card.text(), flush=True)
            said = "联络员卡：请抄印成卡交给本人，卡和密码不要放在一起"
            print(Sentence(said, "the agent's card; keep it apart from the PIN"), file=sys.stderr)
            return
        try:
            create_file(path, card.text().encode() + b"\n", mode=0o600)
        except OSError as cause:
            raise Refused(f"不能写 {path}", f"{path} cannot be written: {cause.strerror}") from cause

    return hand_over
