"""`desk-open`: lets an agent into a desk that nobody there can open, by a grant of the county and its code.

The agent gets a new PIN and a new card, the other agents keep theirs. The desk gets a new key, so that the grant and
its code are worth nothing afterwards; the keys before it go on reading what was written for them.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from provisioning.agents import Deliver, Newcomer, desk_key_file, read_agents, refusing, write_agents
from provisioning.enrol import terminal_trust
from provisioning.speech import Refused
from sync.agent_card import AgentCard
from sync.agents import KnownAgent
from sync.crockford import CodeMistyped
from sync.desk_grant import GRANT_BYTES_MAX, DeskGrant, GrantCode, GrantRefused
from sync.desk_key import DeskKey, DeskKeyDamaged, DeskKeyMissing, Given, OpenDesk
from sync.desk_key_file import DeskKeyFile
from sync.model.facts import DeskGift, DeskGranted, Kind
from sync.model.plain import FactDoesNotFit, field_of
from sync.sealing import KeyOpener
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

_PAGE_RECORDS = 200


class Opening(Struct, frozen=True):
    """What the technician brings.

    Attributes:
        data: the terminal's data directory.
        grant: the county's file; None: the newest that came over the line.
        code: its code, as typed.
        pin: the agent's new PIN.
        name: the agent's; None when the terminal knows it.
    """

    data: Path
    grant: Path | None
    code: str
    pin: str
    name: str | None


def open_desk(wanted: Opening, at_ms: int, deliver: Deliver) -> str:
    """Let the agent in whom the county named, and return their id. Raises Refused.

    `at_ms` is the wall clock, ms since 1970 UTC; `deliver` is given the new card.
    """
    file = desk_key_file(wanted.data)
    grant, opened = _granted(wanted, file.terminal, at_ms)
    known = read_agents(wanted.data)
    name = wanted.name or next((each.name for each in known if each.id == grant.agent), None)
    if name is None:
        raise Refused(
            f"这台机器不认识联络员 {grant.agent}，请写 --name", f"agent {grant.agent} is not known here; give --name"
        )
    newcomer = Newcomer(grant.agent, name, wanted.pin)
    card = AgentCard.fresh(grant.agent, file.terminal)
    with refusing():
        old, key, fresh = _renewed(file, grant, opened)
        key = key.gave(fresh, newcomer.id, newcomer.pin, card, Given(DeskGift.COUNTY, at_ms))
        deliver(card)
        others = tuple(each for each in known if each.id != newcomer.id)
        write_agents(wanted.data, (*others, KnownAgent(newcomer.id, name)))
        if old is None:
            file.path.unlink(missing_ok=True)
        file.write(old, key)
    return grant.agent


def grant_bytes(data: Path, path: Path | None) -> bytes:
    """Return what stands in a grant's file, or without one in the newest that came over the line. Raises Refused."""
    if path is None:
        return _sent(data)
    try:
        with path.open("rb") as file:
            return file.read(GRANT_BYTES_MAX + 1)
    except OSError as cause:
        raise Refused(f"不能读 {path}", f"{path} cannot be read: {cause.strerror}") from cause


def _granted(wanted: Opening, terminal: str, at_ms: int) -> tuple[DeskGrant, OpenDesk]:
    trust = terminal_trust(wanted.data, TerminalConfig.load(wanted.data))
    try:
        grant = DeskGrant.read(grant_bytes(wanted.data, wanted.grant), trust, terminal, at_ms)
        return grant, grant.open(GrantCode.read(wanted.code))
    except CodeMistyped as cause:
        raise Refused("授权码输错了，请逐字核对", str(cause)) from cause
    except GrantRefused as cause:
        raise Refused("这份授权不能用：请核对终端、时限和授权码", str(cause)) from cause


def _sent(data: Path) -> bytes:
    """The newest grant in the inbox, which the sync process has verified. Raises Refused."""
    inbox, place, newest = TransportReader(data / "transport.db"), 0, None
    try:
        while page := inbox.records(place, _PAGE_RECORDS):
            place = page[-1][0]
            for _, record in page:
                if record.header.kind == Kind.DESK_GRANTED:
                    newest = field_of(DeskGranted, "grant", record.header.plain)
    except (TransportRefused, FactDoesNotFit) as cause:
        raise Refused("收到的县里答复读不出来，请用授权文件（--grant）", str(cause)) from cause
    finally:
        inbox.close()
    if newest is None:
        raise Refused(
            "还没有收到县里的授权：请先联网同步，或用 --grant 指定授权文件",
            "no grant has come over the line; synchronize first, or give the file with --grant",
        )
    return bytes(newest)


def _renewed(file: DeskKeyFile, grant: DeskGrant, granted: OpenDesk) -> tuple[DeskKey | None, DeskKey, OpenDesk]:
    """Return the file as it is, None for one that is of no use, and a new key beside the ones before it."""
    try:
        old = file.read()
    except (DeskKeyMissing, DeskKeyDamaged):
        # What the county has is all there is; the other agents get new cards.
        fresh = OpenDesk(KeyOpener.fresh(), granted.openers)
        return None, DeskKey.begin(file.terminal, fresh), fresh
    if old.public_key != grant.public_key:
        raise Refused(
            "柜台已经换过密钥，这份授权是旧的；请先同步，再向县里要一份新的",
            "the desk has another key by now; synchronize, then ask the county for a new grant",
        )
    return (old, *old.rotated(old.opened_with(granted.key)))
