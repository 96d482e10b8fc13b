"""`doctor`: what is wrong with a terminal, in sentences, and what to do about it.

Every check looks at one thing and changes nothing. A check that cannot look because an earlier one failed says so
instead of failing in its own way.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path

from cryptography import x509
from msgspec import Struct

from devices.config import parse_devices
from devices.config_fields import DevicesConfigRefused
from devices.places import Place, SerialPlace
from devices.serial_names import advice, find_ports
from provisioning.agents import OPEN_KEY_FILE, desk_key_file, read_agents, refusing
from provisioning.audit_findings import audit_findings
from provisioning.enrol import CHAIN_STATEMENT, terminal_link, terminal_trust
from provisioning.key_steps import load_key
from provisioning.known_day import county_day
from provisioning.line_findings import line_findings
from provisioning.revocation_findings import revocation_findings
from provisioning.speech import Refused, Sentence
from sync.bundle.stick import is_another_medium
from sync.certificates import (
    CertificateRefused,
    check_authorities,
    check_issued,
    public_key_of,
    raw_public_key,
    read_chain,
    root_fingerprint,
)
from sync.clock import Clock
from sync.journal import JournalMissing, JournalReader, JournalRefused
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, Purpose, StatementRefused, Trust
from sync.model.calendar_pack import CalendarPack
from sync.model.county_day import ClockStanding
from sync.model.moment import local_date, stamp
from sync.pack_shelf import PackShelf
from sync.packs import PackKind, PackRefused
from sync.peer_name import PeerName
from sync.record import Link
from sync.sealing import NotAReader
from sync.self_test import DISK_BYTES_LEAST
from sync.terminal import TerminalConfig, TerminalConfigMissing, TerminalConfigRefused, readers_of
from sync.transport.reader import TransportReader
from sync.transport.said import mirror_said
from sync.transport.schema import TransportRefused

CALENDAR_DAYS_AMPLE = 60
GATEWAY_DAYS_AMPLE = 30


class Grade(Enum):
    """How bad a finding is; only TROUBLE makes the doctor's exit code 1."""

    WELL = "正常"
    NOTE = "注意"
    TROUBLE = "问题"


class Finding(Struct, frozen=True):
    """What one check found."""

    grade: Grade
    sentence: Sentence

    def __str__(self) -> str:
        return f"[{self.grade.value}] {self.sentence}"


def _well(chinese: str, english: str) -> Finding:
    return Finding(Grade.WELL, Sentence(chinese, english))


def _note(chinese: str, english: str) -> Finding:
    return Finding(Grade.NOTE, Sentence(chinese, english))


def _trouble(chinese: str, english: str) -> Finding:
    return Finding(Grade.TROUBLE, Sentence(chinese, english))


Findings = Iterator[Finding]


def examine(data: Path, clock: Clock, machine_clock: Clock, disk_bytes_min: int = DISK_BYTES_LEAST) -> Findings:
    """Yield what is found, in the order in which a technician mends things.

    Args:
        data: the terminal's data directory.
        clock: what the terminal goes by.
        machine_clock: what TLS goes by.
        disk_bytes_min: less free space than this is trouble; five times as much is ample.
    """
    try:
        config = TerminalConfig.load(data)
    except TerminalConfigRefused as cause:
        missing = isinstance(cause, TerminalConfigMissing)
        yield _trouble("这台机器还没有入网，请做 enrol" if missing else "terminal.json 写得不对，请改回来", str(cause))
        return
    yield _well(f"{config.point_name}，{config.terminal_number} 号终端", config.subject)
    terminal = _Terminal(data, config, clock, machine_clock, disk_bytes_min)
    checks: tuple[Callable[[], Findings], ...] = (
        terminal.disk,
        terminal.keys,
        terminal.certificate,
        terminal.time,
        terminal.agents,
        terminal.chain,
        terminal.second_medium,
        terminal.county_log,
        terminal.revocations,
        terminal.packs,
        terminal.gateway,
        terminal.devices,
    )
    for check in checks:
        try:
            yield from check()
        except Refused as refused:
            yield Finding(Grade.TROUBLE, refused.sentence)
        except Exception as fault:
            # Whatever one check meets, the others are what a technician came for.
            yield _trouble(f"有一项没有查完（{check.__name__}）", f"{check.__name__}: {type(fault).__name__}: {fault}")


class _Terminal(Struct, frozen=True):
    data: Path
    config: TerminalConfig
    clock: Clock
    machine_clock: Clock
    disk_bytes_min: int

    def disk(self) -> Findings:
        free = shutil.disk_usage(self.data).free
        shown = f"{free // (1024 * 1024)} MB"
        if free < self.disk_bytes_min:
            yield _trouble(f"磁盘只剩 {shown}，办件可能存不下，请清理", f"only {shown} of disk are left")
        elif free < 5 * self.disk_bytes_min:
            yield _note(f"磁盘剩 {shown}", f"{shown} of disk are left")
        else:
            yield _well(f"磁盘剩 {shown}", f"{shown} of disk are left")

    def keys(self) -> Findings:
        for path, what in ((self.config.record_key, "记录密钥"), (self.config.tls_key, "TLS 密钥")):
            try:
                FileSigner.load(self.data / path)
            except KeyFileRefused as cause:
                yield _trouble(f"{what}不能用，需要重新入网（换新号）", f"{cause}; enrol anew under a new number")
            else:
                yield _well(f"{what}在，别人读不到", f"{path} is there and private")
        try:
            readers_of(self.data, self.config, None)
        except (KeyFileRefused, StatementRefused, NotAReader, OSError) as cause:
            yield _trouble("县里的开封声明不能用，需要重新入网（换新号）", f"bodies cannot be sealed: {cause}")
        else:
            yield _well("正文封给县里和本机的柜台", "bodies are sealed to the county and to this desk")

    def certificate(self) -> Findings:
        name, trust = PeerName.from_urn(self.config.subject), terminal_trust(self.data, self.config)
        try:
            own, issuer = read_chain((self.data / self.config.tls_certificate).read_bytes())
            root = read_chain((self.data / self.config.root_certificate).read_bytes())[0]
            check_authorities([issuer, root], root_fingerprint(trust.root_key))
            check_issued(own, issuer, name, load_key(self.data / self.config.tls_key).public_key)
            vouched = Trust(trust.root_key, trust.county, raw_public_key(public_key_of(issuer))).check(
                (self.data / CHAIN_STATEMENT).read_bytes(), Purpose.TERMINAL_CHAIN, at_ms=None, subject=name.urn()
            )
        except (CertificateRefused, StatementRefused, ValueError, OSError) as cause:
            yield _trouble("终端证书与密钥、县根或点名不符，需要重新入网", f"the certificate does not fit: {cause}")
            return
        if vouched.key != load_key(self.data / self.config.record_key).public_key:
            yield _trouble("县里登记的是另一把记录密钥，数据会被拒收", "the county vouches for another record key")
            return
        yield from self._dates(own)

    def _dates(self, own: x509.Certificate) -> Findings:
        day = local_date(self.machine_clock.wall_ms())
        begins, ends = own.not_valid_before_utc.date(), own.not_valid_after_utc.date()
        if day < begins:
            yield _trouble(
                f"系统时间 {day} 早于证书签发日 {begins}，时钟不对，请校时",
                f"the clock shows {day}, before the certificate was issued on {begins}: set the clock",
            )
        elif day > ends:
            yield _trouble(
                f"证书已于 {ends} 到期（仍可上传），请尽快续期；若今天不是 {day}，请先校时",
                f"the certificate ended on {ends}; it still uploads, renew it soon, or set the clock",
            )
        elif (ends - day) < (ends - begins) / 3:
            yield _note(f"证书 {ends} 到期，该续期了", f"the certificate ends on {ends}: time to renew it")
        else:
            yield _well(f"证书有效，{ends} 到期", f"the certificate is good until {ends}")

    def time(self) -> Findings:
        now = county_day(self.data, self.config, self.clock)
        shown, certain = stamp(now.clock_ms), stamp(now.certain_ms)
        if not self.clock.real:
            yield _note(f"时钟由文件控制，显示 {shown}，仅供演示", "the clock is steered by a file")
        if now.standing is ClockStanding.BEHIND:
            yield _trouble(
                f"时钟 {shown} 比已经过去的 {certain} 还早，时钟不对，请校时；照常办件",
                f"the clock shows {shown}, but {certain} has certainly passed: set the clock",
            )
        elif now.standing is ClockStanding.AHEAD:
            yield _trouble(
                f"时钟 {shown} 比确知的 {certain} 晚了好几年，多半不对，请核对；照常办件，期限待定",
                f"the clock shows {shown}, years after {certain}, the newest that is certain: look at the clock",
            )
        else:
            yield _well(f"时钟 {shown}", "the clock is not behind what is certain, nor years past it")

    def agents(self) -> Findings:
        agents = read_agents(self.data)
        if not agents:
            yield _trouble("还没有联络员，请做 agent-add", "there is no agent yet; use agent-add")
            return
        with refusing():
            key = desk_key_file(self.data).read()
        can_open = {wrap.agent for wrap in key.wraps}
        inside = [agent.name for agent in agents if agent.id in can_open]
        outside = [agent.name for agent in agents if agent.id not in can_open]
        if inside:
            yield _well(f"能开柜台的联络员：{'、'.join(inside)}", f"{len(inside)} agents can open the desk")
        else:
            yield _trouble(
                "没有一位联络员的卡能用，柜台打不开，请用县里的授权（desk-open）",
                "no agent has a card that opens the desk; get a grant of the county and use desk-open",
            )
        if outside:
            yield _note(f"没有卡的联络员：{'、'.join(outside)}", f"{len(outside)} agents have no card")
        if key.rotation_due:
            yield _note("有人的卡停用了，下次登录时换新密钥", "a new desk key is made when somebody signs in next")
        if (self.data / OPEN_KEY_FILE).exists():
            yield _trouble(f"{OPEN_KEY_FILE} 没有加密，请删除", f"{OPEN_KEY_FILE} lies open; remove it")

    def chain(self) -> Findings:
        try:
            reader = JournalReader.open(self.data / "journal.db")
        except JournalMissing:
            yield _note("还没有记录，屏幕程序没有运行过", "there are no records yet: the screen has not run")
            return
        except JournalRefused as cause:
            yield _trouble(
                "记录库打不开，请不要删除，联系县里", f"the journal cannot be opened: {cause}; do not delete it"
            )
            return
        try:
            audited = reader.audit(load_key(self.data / self.config.record_key).public_key)
            head = reader.head()
        except JournalRefused as cause:
            yield _trouble("记录库坏了，请不要删除，联系县里", f"the journal is damaged: {cause}; do not delete it")
            return
        finally:
            reader.close()
        for is_trouble, sentence in audit_findings(audited, self.data):
            yield Finding(Grade.TROUBLE if is_trouble else Grade.WELL, sentence)
        yield from self._queue(head)

    def _queue(self, head: Link) -> Findings:
        county = TransportReader(self.data / "transport.db")
        try:
            acknowledged = county.acknowledgement(head.chain)
        except TransportRefused as cause:
            yield _trouble("不知道多少条送到了县里：transport.db 读不出，请看同步程序的日志", str(cause))
            return
        finally:
            county.close()
        waiting = head.seq - (acknowledged.link.seq if acknowledged else 0)
        if waiting > 0:
            yield _note(f"还有 {waiting} 条没有送到县里", f"{waiting} records have not reached the county")
        elif waiting == 0:
            yield _well("全部已送到县里", "the county has everything")
        else:
            yield _trouble(
                "县里的记录比本机多，本机数据可能是旧备份，请停用并联系县里", "the county holds more than this disk"
            )

    def second_medium(self) -> Findings:
        if self.config.mirror is None:
            yield _note("没有第二存储卡：本机的盘坏了，没上传的记录就没有了", "there is no second medium (mirror)")
            return
        if not is_another_medium(self.data / self.config.mirror, self.data):
            yield _trouble("第二存储卡未插入", f"there is no second medium at {self.config.mirror}")
            return
        county = TransportReader(self.data / "transport.db")
        try:
            said = mirror_said(county)
        except TransportRefused as cause:
            yield _trouble("不知道第二存储卡写到哪里：transport.db 读不出", str(cause))
            return
        finally:
            county.close()
        if said is None:
            yield _note("第二存储卡在，同步程序还没有写过", "the second medium is there; nothing was written yet")
        elif said.fault is not None:
            yield _trouble(f"第二存储卡写不进去（{said.fault}），请换一张", f"the mirror: {said.sentence}")
        else:
            yield _well(f"第二存储卡在，写到第 {said.seq} 条", f"the mirror holds records to {said.seq}")

    def county_log(self) -> Findings:
        for is_trouble, sentence in line_findings(self.data):
            yield Finding(Grade.TROUBLE if is_trouble else Grade.WELL, sentence)

    def revocations(self) -> Findings:
        for is_trouble, sentence in revocation_findings(self.data, self.config):
            yield Finding(Grade.TROUBLE if is_trouble else Grade.NOTE, sentence)

    def packs(self) -> Findings:
        shelf = PackShelf(self.data / "packs", terminal_trust(self.data, self.config))
        for kind in PackKind:
            try:
                pack = shelf.load(kind)
            except (PackRefused, OSError) as cause:
                yield _trouble(f"资料包 {kind} 不能用，请联网后重做 enrol", f"the {kind} pack: {cause}")
                continue
            yield _well(f"资料包 {kind} 第 {pack.version} 版", f"the {kind} pack is genuine")
            if isinstance(pack.content, CalendarPack):
                yield from self._calendar(pack.content)

    def _calendar(self, calendar: CalendarPack) -> Findings:
        today, ends = county_day(self.data, self.config, self.clock).day, calendar.last_day
        if today > ends:
            yield _trouble(f"工作日历已于 {ends} 用完，算不出期限，请县里发新的", f"the calendar ended on {ends}")
        elif ends - today < timedelta(days=CALENDAR_DAYS_AMPLE):
            yield _note(f"工作日历到 {ends} 为止，请县里准备新的", f"the calendar runs out on {ends}")

    def gateway(self) -> Findings:
        link = terminal_link(self.data, self.config)
        link.get("/v1/packs")
        yield _well(
            f"网关 {self.config.gateway_url} 连得上，认得这台终端", "the gateway answers and knows this terminal"
        )
        ends, day = link.certificate().not_valid_after_utc.date(), local_date(self.machine_clock.wall_ms())
        if ends < day:
            yield _note(
                f"网关的证书已于 {ends} 到期，照常上传，请县里续期；若今天不是 {day}，请先校时",
                f"the gateway's certificate ended on {ends}; it still takes records, the county has to renew it",
            )
        elif ends - day < timedelta(days=GATEWAY_DAYS_AMPLE):
            yield _note(f"网关的证书 {ends} 到期，请县里续期", f"the gateway's certificate ends on {ends}")

    def devices(self) -> Findings:
        try:
            fitted = parse_devices(self.config.devices or {}, self.data)
        except DevicesConfigRefused as cause:
            yield _trouble("terminal.json 里设备写得不对", str(cause))
            return
        kinds = {"打印机": fitted.printer, "评价器": fitted.pad, "扫码器": fitted.scanner, "读卡器": fitted.reader}
        for what, device in kinds.items():
            if device is None:
                yield _note(f"没有配置{what}", "not fitted")
            elif device.place.is_there():
                yield _well(
                    f"{what}的接口在：{device.place}", "its port is there; `devices probe` asks the device itself"
                )
                yield from _name_advice(what, device.place)
            else:
                yield _trouble(f"{what}的接口不在：{device.place}，请查线", "its port is not there: look at the cable")


def _name_advice(what: str, place: Place) -> Findings:
    said = advice(place.path, find_ports()) if isinstance(place, SerialPlace) else None
    if said is not None:
        yield _note(f"{what}的接口名以后可能指到别的口，用 devices list 里的名字", said)
