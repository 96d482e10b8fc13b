"""`county-init`: the root, the issuing authority, the gateway and the county of one county, and their first packs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from provisioning.homes import check_home
from provisioning.key_steps import (
    Authorities,
    Directories,
    IssuedCertificate,
    ReadingKey,
    RootStatement,
    SigningKey,
    fingerprint_of,
    load_key,
    load_opener,
)
from provisioning.plan import Step, carry_out
from provisioning.speech import Refused, Say, Sentence
from sync import county_config
from sync.clock import Clock
from sync.county_config import CountyConfig, CountyConfigRefused, check_entries
from sync.durable import replace_file
from sync.gateway import config as gateway_config
from sync.gateway.config import GatewayConfig, GatewayConfigRefused
from sync.keys import Purpose
from sync.packs import PackKind, PackRefused, open_pack
from sync.peer_name import PeerName, PeerRole

CHECKOUT = Path(__file__).resolve().parent.parent
"""Where `python -m county` is found, wherever the technician stands."""
SAMPLE_TABLES = CHECKOUT / "county" / "publishing" / "demo"
"""Tables that come with the program, one directory a county code."""
ACKNOWLEDGEMENT_LIFE_DAYS = 400
PACKS_LIFE_DAYS = 3 * 365
READERS_LIFE_DAYS = 10 * 365
PACKS_TIMEOUT_S = 300
HOST, PORT = "127.0.0.1", 8443


class County(Struct, frozen=True):
    """What is to be set up.

    Attributes:
        county: 6-digit code.
        name: as people call it.
        directory: of the county.
        gateway_directory: of the gateway, on this machine or to be carried to another.
        host: address or host name that terminals reach the gateway under.
        port: of the gateway.
        tables: CSV tables of the first packs.
    """

    county: str
    name: str
    directory: Path
    gateway_directory: Path
    host: str
    port: int
    tables: Path

    @property
    def gateway_url(self) -> str:
        """https://host:port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"


def gateway_address(directory: Path) -> tuple[str, int]:
    """Host and port that the county in a directory reaches its gateway under; those of a demonstration before."""
    try:
        address = urlsplit(CountyConfig.load(directory).gateway_url)
        return address.hostname or HOST, address.port or 443
    except ValueError:
        # No county.json yet, or one that the first step names as damaged.
        return HOST, PORT


def county_init(county: County, clock: Clock, machine_clock: Clock, say: Say, steering: Path | None = None) -> int:
    """Do what is missing and return how many steps had something to do. Raises Refused.

    Args:
        county: what is to be set up.
        clock: dates statements and packs.
        machine_clock: dates certificates.
        say: where the sentences go.
        steering: the clock file that programs started from here are given.
    """
    applied = carry_out(county_keys(county, clock, machine_clock), say)
    return applied + carry_out([_Tables(county, steering), _Packs(county, steering)], say)


def county_keys(county: County, clock: Clock, machine_clock: Clock) -> Sequence[Step]:
    """The steps up to a gateway that can be started; its shelf of packs is empty yet. Raises Refused."""
    if not (len(county.county) == 6 and county.county.isascii() and county.county.isdigit()):
        raise Refused(f"县代码应为六位数字：{county.county}", f"a county has 6 digits, not {county.county!r}")
    try:
        # Before anything is made: what county.json cannot hold would be refused by every later run.
        check_entries({"name": county.name, "gateway_url": county.gateway_url})
    except CountyConfigRefused as cause:
        raise Refused(f"县名或网关地址不能用：{county.name[:60]!r}，{county.gateway_url}", str(cause)) from cause
    if county.directory.resolve() == county.gateway_directory.resolve():
        raise Refused("县和网关要各用一个目录", "the county and the gateway have a directory each")
    check_home(county.directory, county_config.FILE_NAME)
    check_home(county.gateway_directory, gateway_config.FILE_NAME)
    _check_own(county)
    return [*_keys(county, clock, machine_clock), _GatewayFile(county), _CountyFile(county)]


def _check_own(county: County) -> None:
    """Refuse the directories of another county, before certificates and statements are made for it. Raises Refused."""
    try:
        if (county.directory / county_config.FILE_NAME).exists():
            _check_code(CountyConfig.load(county.directory).county, county.county)
            if not (county.gateway_directory / gateway_config.ISSUER_KEY).exists():
                raise Refused(
                    f"{county.gateway_directory} 不是这个县的网关目录，请用 --gateway-dir 指定",
                    "this county's gateway is elsewhere; name its directory with --gateway-dir",
                )
        if (county.gateway_directory / gateway_config.FILE_NAME).exists():
            _check_code(GatewayConfig.load(county.gateway_directory).county, county.county)
    except CountyConfigRefused as cause:
        raise Refused("county.json 不能用", str(cause)) from cause
    except GatewayConfigRefused as cause:
        raise Refused("gateway.json 不能用", str(cause)) from cause


def _check_code(held: str, wanted: str) -> None:
    if held != wanted:
        raise Refused(f"这个目录属于另一个县（{held}）", f"this directory is of county {held}")


def _keys(county: County, clock: Clock, machine_clock: Clock) -> Sequence[Step]:
    home, gateway = county.directory, county.gateway_directory
    root_key, issuer_key = home / county_config.ROOT_KEY, gateway / gateway_config.ISSUER_KEY
    authorities = home / county_config.AUTHORITIES

    def key(path: Path, chinese: str, english: str) -> Step:
        return SigningKey(path, Sentence(chinese, english))

    def statement(
        path: Path, key: Callable[[], bytes], purpose: Purpose, role: str, life_days: int, title: Sentence
    ) -> Step:
        subject = f"urn:sunpoint:{county.county}:{role}"
        return RootStatement(path, key, root_key, purpose, subject, county.county, life_days, clock, title)

    def certificate(path: Path, key: Path, role: PeerRole, hosts: Sequence[str], title: Sentence) -> Step:
        name = PeerName(county.county, role)
        return IssuedCertificate(path, key, issuer_key, authorities, name, hosts, machine_clock, title)

    acknowledgement_key = gateway / gateway_config.ACKNOWLEDGEMENT_KEY
    directories = [home, home / "keys", home / county_config.CHAINS_DIRECTORY, gateway, gateway / "keys"]
    return [
        Directories(directories),
        key(root_key, "县根密钥", "the county root key"),
        key(issuer_key, "签发密钥", "the issuing key"),
        Authorities(
            root_key,
            issuer_key,
            [authorities, gateway / gateway_config.AUTHORITIES],
            county.county,
            county.name,
            machine_clock,
        ),
        key(gateway / gateway_config.SERVER_KEY, "网关 TLS 密钥", "the gateway's TLS key"),
        certificate(
            gateway / gateway_config.SERVER_CERTIFICATES,
            gateway / gateway_config.SERVER_KEY,
            PeerRole.GATEWAY,
            [county.host],
            Sentence("网关证书", "the gateway's certificate"),
        ),
        key(acknowledgement_key, "网关回执密钥", "the gateway's acknowledgement key"),
        statement(
            gateway / gateway_config.ACKNOWLEDGEMENT_STATEMENT,
            lambda: load_key(acknowledgement_key).public_key,
            Purpose.ACKNOWLEDGE,
            "gateway",
            ACKNOWLEDGEMENT_LIFE_DAYS,
            Sentence("根对回执密钥的声明", "the root's statement for acknowledgements"),
        ),
        key(home / county_config.PACKS_KEY, "资料包发布密钥", "the publisher's key"),
        statement(
            home / county_config.PACKS_STATEMENT,
            lambda: load_key(home / county_config.PACKS_KEY).public_key,
            Purpose.PACKS,
            "publisher",
            PACKS_LIFE_DAYS,
            Sentence("根对发布密钥的声明", "the root's statement for the publisher"),
        ),
        key(home / county_config.TLS_KEY, "县平台 TLS 密钥", "the county program's TLS key"),
        certificate(
            home / county_config.TLS_CERTIFICATE,
            home / county_config.TLS_KEY,
            PeerRole.COUNTY,
            [],
            Sentence("县平台证书", "the county program's certificate"),
        ),
        *_reading_keys(county, clock),
        *_stick_key(county, clock),
    ]


def _stick_key(county: County, clock: Clock) -> Sequence[Step]:
    """The key that bundles on sticks are sealed to; the gateway opens them, and sees what it sees on a line."""
    key = county.gateway_directory / gateway_config.STICK_KEY
    return [
        ReadingKey(key, Sentence("网关的 U 盘密钥", "the gateway's key for sticks")),
        RootStatement(
            county.gateway_directory / gateway_config.STICK_STATEMENT,
            lambda: load_opener(key).recipient.public_key,
            county.directory / county_config.ROOT_KEY,
            Purpose.STICK,
            f"urn:sunpoint:{county.county}:gateway",
            county.county,
            READERS_LIFE_DAYS,
            clock,
            Sentence("根对 U 盘密钥的声明", "the root's statement for it"),
        ),
    ]


def _reading_keys(county: County, clock: Clock) -> Sequence[Step]:
    """The keys that open the bodies of records, and the root's word for them on both sides."""
    home, gateway = county.directory, county.gateway_directory
    opening, escrow = home / county_config.OPENING_KEY, home / county_config.ESCROW_KEY

    def statement(path: Path, key: Path, purpose: Purpose, title: Sentence) -> Step:
        return RootStatement(
            path,
            lambda: load_opener(key).recipient.public_key,
            home / county_config.ROOT_KEY,
            purpose,
            f"urn:sunpoint:{county.county}:{purpose.value}",
            county.county,
            READERS_LIFE_DAYS,
            clock,
            title,
        )

    for_opening = Sentence("根对开封密钥的声明", "the root's statement for the opening key")
    for_escrow = Sentence("根对托管密钥的声明", "the root's statement for the escrow key")
    return [
        ReadingKey(opening, Sentence("县开封密钥", "the county's opening key")),
        ReadingKey(escrow, Sentence("县托管密钥", "the county's escrow key")),
        statement(home / county_config.OPENING_STATEMENT, opening, Purpose.OPENING, for_opening),
        statement(gateway / gateway_config.OPENING_STATEMENT, opening, Purpose.OPENING, for_opening),
        statement(home / county_config.ESCROW_STATEMENT, escrow, Purpose.ESCROW, for_escrow),
        statement(gateway / gateway_config.ESCROW_STATEMENT, escrow, Purpose.ESCROW, for_escrow),
    ]


class _CountyFile(Struct, frozen=True):
    county: County
    title = Sentence("county.json", "county.json")

    def is_done(self) -> bool:
        if not (self.county.directory / county_config.FILE_NAME).exists():
            return False
        return CountyConfig.load(self.county.directory) == self._wanted()

    def apply(self) -> None:
        self._wanted().save(self.county.directory)

    def _wanted(self) -> CountyConfig:
        fingerprint = fingerprint_of(self.county.directory / county_config.ROOT_KEY).hex()
        return CountyConfig(self.county.county, self.county.name, self.county.gateway_url, fingerprint)


class _GatewayFile(Struct, frozen=True):
    """Comes before county.json, which still says where the gateway was: what an operator wrote in here is kept."""

    county: County
    title = Sentence("gateway.json", "gateway.json")

    def is_done(self) -> bool:
        return self._held() == self._wanted()

    def apply(self) -> None:
        self._wanted().save(self.county.gateway_directory)

    def _held(self) -> GatewayConfig | None:
        if not (self.county.gateway_directory / gateway_config.FILE_NAME).exists():
            return None
        return GatewayConfig.load(self.county.gateway_directory)

    def _wanted(self) -> GatewayConfig:
        fingerprint = fingerprint_of(self.county.directory / county_config.ROOT_KEY).hex()
        listen = self.county.gateway_url.removeprefix("https://")
        held = self._held()
        if held is None:
            return GatewayConfig(self.county.county, listen, fingerprint)
        if (self.county.directory / county_config.FILE_NAME).exists():
            before = CountyConfig.load(self.county.directory).gateway_url.removeprefix("https://")
            if held.listen != before:
                listen = held.listen
        return GatewayConfig(self.county.county, listen, fingerprint, held.store)


class _Tables(Struct, frozen=True):
    """The county's own copy of the tables, which its clerks go on writing in; of none that no packs can be made of."""

    county: County
    steering: Path | None
    title = Sentence("事项、日历和县情表格", "the tables of items, calendar and profile")

    def is_done(self) -> bool:
        return (self.county.directory / county_config.PACKS_SOURCE_DIRECTORY).is_dir()

    def apply(self) -> None:
        if not self.county.tables.is_dir():
            raise Refused(
                f"没有 {self.county.county} 的表格，请用 --tables 指定目录",
                f"there are no tables for county {self.county.county}; name their directory with --tables",
            )
        target = self.county.directory / county_config.PACKS_SOURCE_DIRECTORY
        fresh = target.with_name(target.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(self.county.tables, fresh)
        try:
            _build(self.county, fresh, self.steering)
        except Refused:
            shutil.rmtree(fresh)
            raise
        fresh.rename(target)


class _Packs(Struct, frozen=True):
    """Packs that the gateway offers, built by the county's own tool."""

    county: County
    steering: Path | None
    title = Sentence("首批资料包，已放到网关", "the first packs, on the gateway's shelf")

    def is_done(self) -> bool:
        return all(self._genuine(kind) for kind in PackKind)

    def apply(self) -> None:
        built = _build(self.county, self.county.directory / county_config.PACKS_SOURCE_DIRECTORY, self.steering)
        shelf = self.county.gateway_directory / gateway_config.PACKS_DIRECTORY
        shelf.mkdir(exist_ok=True)
        for kind in PackKind:
            replace_file(shelf / kind.file_name, (built / kind.file_name).read_bytes(), mode=0o644)

    def _genuine(self, kind: PackKind) -> bool:
        path = self.county.gateway_directory / gateway_config.PACKS_DIRECTORY / kind.file_name
        try:
            config = CountyConfig.load(self.county.directory)
            pack = open_pack(path.read_bytes(), config.trust(self.county.directory), arriving=True)
            return pack.kind is kind
        except (OSError, PackRefused, CountyConfigRefused):
            return False


def _build(county: County, tables: Path, steering: Path | None) -> Path:
    """Build the packs of some tables with the county's own tool, and return where they are. Raises Refused."""
    home = county.directory.resolve()
    built = home / county_config.PACKS_DIRECTORY
    command = [
        *(sys.executable, "-m", "county", "packs", "build", str(tables.resolve()), "--out", str(built)),
        *("--key", str(home / county_config.PACKS_KEY), "--statement", str(home / county_config.PACKS_STATEMENT)),
        *(("--clock", str(steering.resolve())) if steering else ()),
    ]
    try:
        ended = subprocess.run(
            command, cwd=CHECKOUT, capture_output=True, text=True, timeout=PACKS_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as cause:
        raise Refused("制作资料包超时", "building the packs took too long") from cause
    if ended.returncode != 0:
        said = (ended.stdout + ended.stderr).strip()
        raise Refused(f"资料包没有做成：\n{said}", "the packs were not built")
    return built
