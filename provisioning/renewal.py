"""`renew-certificate`: the gateway's TLS certificate anew, before the old one ends, from the authority beside it.

Run where the gateway is: the issuing authority's key lies there, and the root stays in its safe. Key, name and hosts
stay as they are. A running gateway shows the new one with the next connection and drops none; nginx has to be told.
"""

from __future__ import annotations

from pathlib import Path

from provisioning.key_steps import IssuedCertificate, certificates
from provisioning.plan import carry_out
from provisioning.speech import Refused, Say, Sentence
from sync.certificates import host_names
from sync.clock import Clock
from sync.gateway import config as files
from sync.gateway.config import GatewayConfig, GatewayConfigRefused
from sync.model.moment import local_date
from sync.peer_name import PeerName, PeerRole


def renew_certificate(gateway_dir: Path, machine_clock: Clock, say: Say, *, now: bool = False) -> bool:
    """Renew the certificate if it ends soon, or `now`; return whether that was done. Raises Refused.

    Args:
        gateway_dir: the gateway's data directory.
        machine_clock: dates certificates.
        say: where the sentences go.
        now: also when it is good for long.
    """
    try:
        county = GatewayConfig.load(gateway_dir).county
    except GatewayConfigRefused as cause:
        raise Refused(f"{gateway_dir} 不是网关的数据目录", str(cause)) from cause
    path = gateway_dir / files.SERVER_CERTIFICATES
    step = IssuedCertificate(
        path,
        gateway_dir / files.SERVER_KEY,
        gateway_dir / files.ISSUER_KEY,
        gateway_dir / files.AUTHORITIES,
        PeerName(county, PeerRole.GATEWAY),
        sorted(host_names(certificates(path)[0])),
        machine_clock,
        Sentence("网关证书", "the gateway's certificate"),
    )
    if now:
        step.apply()
    renewed = now or carry_out([step], say) > 0
    ends = local_date(int(certificates(path)[0].not_valid_after_utc.timestamp() * 1000))
    say(Sentence(f"网关证书 {ends} 到期", f"the gateway's certificate ends on {ends}"))
    return renewed
