"""What at the gateway ends soon, as the county hears of it: for the strip of the console, a month before."""

from __future__ import annotations

from sync.certificates import DAY_MS
from sync.model.moment import local_date

TOLD_BEFORE_MS = 30 * DAY_MS


def ending_soon(certificate_ends_ms: int | None, vouched_until_ms: int | None, now_ms: int) -> str:
    """Return what somebody has to see to, "" when nothing ends within 30 days.

    Args:
        certificate_ends_ms: of the gateway's TLS certificate, milliseconds since 1970 UTC; None: none was seen yet.
        vouched_until_ms: until when the root vouches for the key that acknowledges; None: it has said nothing yet.
        now_ms: the present.
    """
    told = []
    if certificate_ends_ms is not None and certificate_ends_ms - now_ms <= TOLD_BEFORE_MS:
        told.append(f"网关证书{_when(certificate_ends_ms, now_ms)}，请在网关上做 renew-certificate")
    if vouched_until_ms is not None and vouched_until_ms - now_ms <= TOLD_BEFORE_MS:
        told.append(f"网关的回执密钥{_when(vouched_until_ms, now_ms)}，过期后什么也收不下，请做 county-init")
    return "；".join(told)


def _when(ends_ms: int, now_ms: int) -> str:
    return f"已于 {local_date(ends_ms)} 到期" if ends_ms < now_ms else f" {local_date(ends_ms)} 到期"
