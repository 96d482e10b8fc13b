"""`grant` and `revoke`: the county lets a terminal enrol, and refuses one from now on."""

from __future__ import annotations

import os
import re
from pathlib import Path

from provisioning.gateway_link import GatewayLink
from provisioning.key_steps import BACKDATED_MS, DAY_MS, RootStatement, SigningKey, load_key
from provisioning.plan import carry_out
from provisioning.speech import Refused, Say, Sentence
from sync import county_config
from sync.clock import Clock
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.durable import replace_file
from sync.grant import POINT_NAME_CHARS_MAX, GrantRequest, encode_revocation
from sync.keys import Purpose, Statement
from sync.one_time_code import OneTimeCode, secret_digest
from sync.peer_name import PeerName, PeerRole
from sync.succession import NoSuccession, lineage_of, succession_subject
from sync.tls import client_context

CHAIN_LIFE_DAYS = 10 * 365
HOUR_MS = 3600 * 1000


def grant(
    county_dir: Path,
    region: str,
    terminal: str,
    point_name: str,
    life_hours: int,
    clock: Clock,
    say: Say,
    replaces: str | None = None,
) -> OneTimeCode:
    """Make the county's chain for a terminal, tell the gateway, and return the one-time code. Raises Refused.

    A second grant for a terminal that has not enrolled yet makes the first code useless. `replaces` is the number of
    the terminal of the same point whose place the new one takes: it is revoked when the new one enrols.
    """
    config = _config(county_dir)
    name = _terminal(config, region, terminal)
    old = _terminal(config, region, replaces) if replaces is not None else None
    if old == name:
        raise Refused(
            "新终端要用新的终端号，旧号不再用", "a new terminal has a number of its own; numbers are never used again"
        )
    if not 1 <= len(point_name) <= POINT_NAME_CHARS_MAX:
        raise Refused(
            f"点名应为 1 至 {POINT_NAME_CHARS_MAX} 个字", f"a point's name has 1 to {POINT_NAME_CHARS_MAX} characters"
        )
    chain = county_dir / county_config.chain_key(name)
    statement = county_dir / county_config.chain_statement(name)
    carry_out(
        [
            SigningKey(chain, Sentence(f"县对 {region}-{terminal} 的记录密钥", "the key of the county's chain to it")),
            RootStatement(
                statement,
                lambda: load_key(chain).public_key,
                county_dir / county_config.ROOT_KEY,
                Purpose.COUNTY_CHAIN,
                name.urn(),
                config.county,
                CHAIN_LIFE_DAYS,
                clock,
                Sentence("根对这把密钥的声明", "the root's statement for it"),
            ),
        ],
        say,
    )
    code = OneTimeCode.make(os.urandom(16), bytes.fromhex(config.root_fingerprint))
    request = GrantRequest(
        token_id=code.token_id,
        secret_digest=secret_digest(code.token_id, code.secret),
        name=name,
        point_name=point_name,
        life_ms=life_hours * HOUR_MS,
        county_chain=statement.read_bytes(),
        succession=_succession(county_dir, config, old, name, clock),
    )
    county_link(county_dir, config).post("/v1/grants", request.encode())
    return code


def _succession(county_dir: Path, config: CountyConfig, old: PeerName | None, new: PeerName, clock: Clock) -> bytes:
    """The root's word that one terminal takes the place of another, and of those that this one had replaced.

    It goes with the code; a copy stays, for the day on which the new one is replaced. Nothing when `old` is None.
    """
    copy = county_dir / county_config.succession_statement(new)
    if old is None:
        copy.unlink(missing_ok=True)
        return b""
    begins_ms = clock.wall_ms() - BACKDATED_MS
    said = Statement(
        Purpose.SUCCESSION,
        load_key(county_dir / county_config.chain_key(new)).public_key,
        # That a number was used before is for the gateway to say, here as everywhere.
        succession_subject(old, new, [each for each in _before(county_dir, config, old) if each != new]),
        config.county,
        begins_ms,
        begins_ms + CHAIN_LIFE_DAYS * DAY_MS,
    ).sign(load_key(county_dir / county_config.ROOT_KEY))
    replace_file(copy, said, mode=0o644)
    return said


def _before(county_dir: Path, config: CountyConfig, old: PeerName) -> tuple[PeerName, ...]:
    """Return whom a terminal had replaced itself, the first one first. Raises Refused."""
    copy = county_dir / county_config.succession_statement(old)
    try:
        return lineage_of(old, copy.read_bytes(), config.trust(county_dir))[0] if copy.exists() else ()
    except (NoSuccession, OSError) as cause:
        raise Refused(f"{copy.name} 不能用：不是根签的接替声明", f"{copy.name} is no good: {cause}") from cause


def revoke(county_dir: Path, region: str, terminal: str, closed_at: int | None = None) -> None:
    """Refuse a terminal from now on. Raises Refused.

    Its chain is closed at a seq, or where it stands: what it has delivered up to there stays, and what comes of it
    later is kept apart for somebody at the county to look at.
    """
    config = _config(county_dir)
    body = encode_revocation(_terminal(config, region, terminal), closed_at)
    county_link(county_dir, config).post("/v1/revocations", body)


def county_link(county_dir: Path, config: CountyConfig) -> GatewayLink:
    """The county's own line to its gateway. Raises Refused."""
    try:
        context = client_context(
            county_dir / county_config.AUTHORITIES,
            county_dir / county_config.TLS_CERTIFICATE,
            county_dir / county_config.TLS_KEY,
            config.trust(county_dir).revoked,
        )
    except (CountyConfigRefused, OSError) as cause:
        raise Refused(
            "县平台的证书不能用，请先做 county-init", f"the county's certificate is no good: {cause}"
        ) from cause
    return GatewayLink(config.gateway_url, context)


def _config(county_dir: Path) -> CountyConfig:
    try:
        return CountyConfig.load(county_dir)
    except CountyConfigRefused as cause:
        raise Refused(f"{county_dir} 不是县的数据目录，请先做 county-init", str(cause)) from cause


def _terminal(config: CountyConfig, region: str, terminal: str) -> PeerName:
    if re.fullmatch(r"[0-9]{12}", region) is None or not region.startswith(config.county):
        raise Refused(
            f"点的代码应为 {config.county} 开头的十二位数字",
            f"a point of this county has 12 digits that begin with {config.county}",
        )
    number = terminal.rjust(2, "0")
    if re.fullmatch(r"0[1-9]|[1-9][0-9]", number) is None:
        raise Refused("终端号应为 1 至 99", "a terminal's number is from 1 to 99")
    return PeerName(config.county, PeerRole.TERMINAL, region, number)
