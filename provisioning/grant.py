"""`grant` and `revoke`: the county lets a terminal enrol, and refuses one from now on."""

from __future__ import annotations

import os
import re
from pathlib import Path

from provisioning.gateway_link import GatewayLink
from provisioning.key_steps import RootStatement, SigningKey, load_key
from provisioning.plan import carry_out
from provisioning.speech import Refused, Say, Sentence
from sync import county_config
from sync.certificates import PeerName, PeerRole
from sync.clock import Clock
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.grant import POINT_NAME_CHARS_MAX, GrantRequest, encode_revocation
from sync.keys import Purpose
from sync.one_time_code import OneTimeCode, secret_digest
from sync.tls import client_context

CHAIN_LIFE_DAYS = 10 * 365
HOUR_MS = 3600 * 1000


def grant(
    county_dir: Path, region: str, terminal: str, point_name: str, life_hours: int, clock: Clock, say: Say
) -> OneTimeCode:
    """Make the county's chain for a terminal, tell the gateway, and return the one-time code. Raises Refused.

    A second grant for a terminal that has not enrolled yet makes the first code useless.
    """
    config = _config(county_dir)
    name = _terminal(config, region, terminal)
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
    )
    county_link(county_dir, config).post("/v1/grants", request.encode())
    return code


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
