"""`restore-mirror`: the records of a dead terminal, from its second medium to the county, by stick or another's line.

The records were signed when they were written, so anybody may carry them. No key is copied, no number is used again:
the chain ends where the mirror ends, and the new box begins its own. What the mirror cannot have is counted and said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from provisioning.enrol import terminal_link, terminal_trust
from provisioning.gateway_link import GatewayLink
from provisioning.speech import Refused, Say, Sentence
from sync.bundle.envelope import Direction, seal_stream
from sync.bundle.items import UP_BYTES_MAX, Item, ItemKind
from sync.bundle.report import Report, ReportMalformed, Taken, decode_report
from sync.bundle.stick import StickFailed, write_file
from sync.key_files import KeyFileRefused, root_key_of
from sync.keys import Purpose, StatementRefused, Trust
from sync.mirror import (
    ABOUT,
    ACKNOWLEDGED,
    ROOT,
    STICK_STATEMENT,
    About,
    Held,
    MirrorUnreadable,
    check_beside,
    read_about,
    read_segments,
    segment_files,
)
from sync.model.moment import local_datetime
from sync.peer_name import PeerName, PeerNameRefused
from sync.protocol.acknowledgement import AnswerRefused, verify_answer
from sync.sealing import NotAReader, Recipient
from sync.terminal import TerminalConfig, TerminalConfigRefused

_ENVELOPE_BYTES = 1024 * 1024


class Found(Struct, frozen=True):
    """What a mirror holds beyond what the county had acknowledged when it was last written.

    Attributes:
        directory: of one chain on the medium.
        about: whose records they are.
        acknowledged: last number that the county had signed for, as the mirror knows.
        first_seq: of the records to be brought; 0: there are none.
        last_seq: of the mirror; 0: it is empty.
        records: how many are to be brought.
        missing: numbers between the acknowledged ones and the last one that the mirror has not.
        last_ms: when its last record was written, by the dead terminal's clock.
    """

    directory: Path
    about: About
    acknowledged: int
    first_seq: int
    last_seq: int
    records: int
    missing: int
    last_ms: int


def find_mirrors(medium: Path) -> list[Path]:
    """Return the mirrors on a medium, or the one that is named itself. Raises Refused when there is none."""
    if (medium / ABOUT).exists():
        return [medium]
    try:
        found = sorted(path.parent for path in medium.glob(f"sunpoint-*/{ABOUT}"))
    except OSError as cause:
        raise Refused(f"{medium} 读不出", f"{medium} cannot be read: {cause.strerror}") from cause
    if not found:
        raise Refused(f"{medium} 里没有镜像，请检查是不是原来那张卡", f"there is no mirror in {medium}")
    return found


def look_through(directory: Path) -> Found:
    """Read a mirror from end to end, changing nothing. Raises Refused."""
    about = _about(directory)
    acknowledged = _acknowledged(directory, about)
    first_seq = last_seq = records = last_ms = 0
    try:
        for held in _tail(directory, about, 0):
            last_seq, last_ms = held.segment.last_seq, held.records[-1].header.wall_ms
            fresh = [each for each in held.records if each.header.seq > acknowledged]
            records += len(fresh)
            first_seq = first_seq or (fresh[0].header.seq if fresh else 0)
    except OSError as cause:
        raise Refused(
            "镜像读到一半读不下去，请换个读卡器再试", f"the mirror cannot be read: {cause.strerror}"
        ) from cause
    missing = max(0, last_seq - acknowledged - records)
    return Found(directory, about, acknowledged, first_seq, last_seq, records, missing, last_ms)


def to_stick(found: Found, stick: Path, say: Say) -> None:
    """Write what the county has not onto a stick, for the page at the township. Raises Refused."""
    trust, recipient = _own_key(found)
    name = PeerName.from_urn(found.about.terminal)
    for number, items in enumerate(_bundles(found), 1):
        file = f"sunpoint-up-{name.region}-{name.terminal}-mirror-{number}.sun"
        try:
            write_file(stick, file, seal_stream(Direction.UP, trust.county, recipient, items))
        except StickFailed as cause:
            raise Refused("U 盘写不进去，请换一个", f"the stick was not written: {cause}") from cause
        say(Sentence(f"已写到 U 盘：{file}，请到镇上导入", "written to the stick; bring it to the import page"))


def through(found: Found, data: Path, say: Say) -> None:
    """Bring what the county has not by the line of another enrolled terminal. Raises Refused."""
    try:
        config = TerminalConfig.load(data)
    except TerminalConfigRefused as cause:
        raise Refused(f"{data} 不是已入网终端的数据目录", str(cause)) from cause
    trust, link = terminal_trust(data, config), terminal_link(data, config)
    recipient = _checked(link.get("/v1/stick-key"), trust)
    for items in _bundles(found):
        body = b"".join(seal_stream(Direction.UP, config.county, recipient, items))
        for each in _report(link, body).chains:
            if each.taken is Taken.REVOKED:
                say(_PUT_BY)
                continue
            if each.taken is not Taken.ALL:
                raise Refused(*_REFUSALS[each.taken])
            say(
                Sentence(
                    f"县里新收 {each.fresh} 条，原来就有 {each.known} 条，现在到第 {each.head_seq} 条",
                    f"{each.fresh} new, {each.known} known, stored to {each.head_seq}",
                )
            )


def sentences(found: Found) -> Iterator[Sentence]:
    """Say what a mirror holds, and what it cannot have."""
    name = PeerName.from_urn(found.about.terminal)
    yield Sentence(
        f"{name.region} 点 {name.terminal} 号终端："
        f"镜像到第 {found.last_seq} 条，县里当时确认到第 {found.acknowledged} 条",
        f"{found.about.terminal}: mirrored to {found.last_seq}, acknowledged to {found.acknowledged}",
    )
    yield Sentence(f"要带给县里的有 {found.records} 条", f"{found.records} records to bring")
    if found.missing:
        yield Sentence(
            f"有 {found.missing} 条县里没有确认过，镜像里也没有", f"{found.missing} are neither there nor acknowledged"
        )
    if found.last_seq:
        when: datetime = local_datetime(found.last_ms)
        yield Sentence(
            f"最后一条写于 {when:%Y-%m-%d %H:%M}。那以后写的，镜像里没有，请和村民手里的回执核对",
            f"the last was written at {when:%Y-%m-%d %H:%M}; what came later is not here: compare with receipts",
        )


_PUT_BY = Sentence(
    "县里已停用这台终端：记录已送到，单独存放，等督查核定",
    "the county has ended this terminal; its records were put by until a supervisor has looked at them",
)
_REFUSALS: dict[Taken, tuple[str, str]] = {
    Taken.GAP: ("县里缺前面的记录，镜像里也没有，请联系县里", "records before these are missing at the county"),
    Taken.FORK: ("县里在同一个号上有别的记录，请联系县里", "the county holds other records under these numbers"),
    Taken.UNKNOWN: ("这个县的网关没有登记过这台终端", "this gateway does not know the terminal"),
    Taken.MALFORMED: ("镜像里的记录签名不对，没有收", "the records are not signed by the terminal"),
}


def _about(directory: Path) -> About:
    try:
        check_beside(directory)
        about = read_about(directory)
        PeerName.from_urn(about.terminal)
    except (MirrorUnreadable, PeerNameRefused) as cause:
        raise Refused(f"{directory} 不是镜像，或者坏了", str(cause)) from cause
    return about


def _acknowledged(directory: Path, about: About) -> int:
    """What the county had signed for; whatever is not its word counts as nothing, and more is brought than needed."""
    try:
        trust = Trust(root_key_of(directory / ROOT), about.county)
        held = verify_answer((directory / ACKNOWLEDGED).read_bytes(), trust)
    except (AnswerRefused, KeyFileRefused, OSError):
        return 0
    return held.link.seq if held.link.chain == about.chain else 0


def _tail(directory: Path, about: About, after: int) -> Iterator[Held]:
    """Yield the segments with records behind `after`, each number once."""
    seen = after
    for _, path in segment_files(directory):
        for held in read_segments(path, bytes.fromhex(about.public_key)):
            if held.segment.last_seq > seen:
                seen = held.segment.last_seq
                yield held


def _bundles(found: Found) -> Iterator[Iterator[bytes]]:
    """Yield the contents of as many bundles as are needed; each must be used up before the next is asked for."""
    segments = _tail(found.directory, found.about, found.acknowledged)
    waiting = next(segments, None)
    while waiting is not None:

        def items() -> Iterator[bytes]:
            nonlocal waiting
            left = UP_BYTES_MAX - _ENVELOPE_BYTES
            while waiting is not None and left > 0:
                frame = Item(ItemKind.SEGMENT, waiting.wire).encode()
                left -= len(frame)
                yield frame
                waiting = next(segments, None)

        yield items()


def _own_key(found: Found) -> tuple[Trust, Recipient]:
    """The gateway's key, as the dead terminal knew it."""
    try:
        trust = Trust(root_key_of(found.directory / ROOT), found.about.county)
        statement = (found.directory / STICK_STATEMENT).read_bytes()
    except (KeyFileRefused, OSError) as cause:
        raise Refused(
            "镜像里没有县里的 U 盘密钥，请用 --through 经另一台终端上传", f"no key for sticks lies in it: {cause}"
        ) from cause
    return trust, _checked(statement, trust)


def _checked(statement: bytes, trust: Trust) -> Recipient:
    try:
        return Recipient(trust.check(statement, Purpose.STICK, at_ms=None).key)
    except (StatementRefused, NotAReader) as cause:
        raise Refused("U 盘密钥不是这个县的", f"the key for sticks is not the county's: {cause}") from cause


def _report(link: GatewayLink, body: bytes) -> Report:
    answer = link.post("/v1/bundles", body)
    length = int.from_bytes(answer[:4], "big")
    try:
        return decode_report(answer[4 : 4 + length])
    except ReportMalformed as cause:
        raise Refused("网关的回答读不懂", str(cause)) from cause
