"""`hand-on`: a record that was damaged before the county had it goes without its body, so that the rest can follow.

A chain has no gaps, and the county takes a record once: a body that was left out can never follow. So this is for a
person to decide, for one record by its number, and only where no mirror may still have it whole. The header, which is
signed, says that there was something; the county is told by a record of its own that it was damaged here.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from provisioning.own_journal import own_journal
from provisioning.speech import Refused, Sentence
from sync.clock import Clock
from sync.journal import Journal, JournalDamaged, JournalRefused
from sync.journal.audit import Part
from sync.model.facts import ActorClass, JournalFoundDamaged, Kind
from sync.record import Record
from sync.terminal import TerminalConfig, TerminalConfigRefused
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

ACTOR = "technician"
_WHILE_RUNNING = Sentence("屏幕程序正在运行，请先停下它", "the screen has the journal open: stop it first")


def hand_on(data: Path, seq: int, clock: Clock) -> Sentence:
    """Give up the damaged body of a record that the county does not have, and say what that means. Raises Refused."""
    try:
        config = TerminalConfig.load(data)
    except TerminalConfigRefused as cause:
        raise Refused(f"{data} 不是已入网终端的数据目录", str(cause)) from cause
    if config.mirror is not None:
        raise Refused(
            "第二存储卡上可能还有这一条：请先做 restore-mirror。卡也坏了的，先从 terminal.json 里去掉 mirror",
            "the mirror may have this record whole: restore-mirror first, or take the mirror out of terminal.json",
        )
    with own_journal(data, config, clock, _WHILE_RUNNING) as journal:
        record = _damaged(journal, seq)
        if seq <= _acknowledged(data, journal.chain):
            raise Refused(f"县里已经有第 {seq} 条", f"the county has record {seq}")
        told = JournalFoundDamaged(first=seq, part=Part.BODY.value, flaws=1)
        try:
            with journal.transaction() as writing:
                journal.give_up_body(seq)
                writing.append(told, actor=ACTOR, actor_class=ActorClass.TECHNICIAN)
        except JournalRefused as cause:
            raise Refused("没有存上，什么都没有改", f"nothing was changed: {cause}") from cause
    if record.header.kind == Kind.CONTENT_KEY_SEALED:
        return Sentence(
            f"第 {seq} 条是密钥，已放弃：用它封的内容，县里也读不出来。记录从下一轮起照常上传",
            f"record {seq} was a content key: what it seals cannot be read by the county; sending goes on",
        )
    return Sentence(
        f"第 {seq} 条只交编号、时间和种类，内容没有了，请联络员找当事人补一份。记录从下一轮起照常上传",
        f"record {seq} goes without its body, which is lost; sending goes on",
    )


def _damaged(journal: Journal, seq: int) -> Record:
    """Return the record whose body is damaged, without it. Raises Refused when it is whole, missing, or past help."""
    try:
        found = journal.headers(seq - 1, 1)
    except JournalDamaged as cause:
        raise Refused(
            f"第 {seq} 条的编号和签名也坏了，交不出去；它后面的要换新号重新入网才能再上传，请报告县里",
            f"not even its header can be read: {cause}",
        ) from cause
    if not found or found[0].header.seq != seq:
        raise Refused(f"没有第 {seq} 条", f"there is no record {seq}")
    try:
        journal.record(seq)
    except JournalDamaged:
        return found[0]
    raise Refused(f"第 {seq} 条没有坏", f"record {seq} is whole")


def _acknowledged(data: Path, chain: bytes) -> int:
    with closing(TransportReader(data / "transport.db")) as county:
        try:
            held = county.acknowledgement(chain)
        except TransportRefused as cause:
            raise Refused("transport.db 读不出，不知道县里有多少条", str(cause)) from cause
    return held.link.seq if held is not None else 0
