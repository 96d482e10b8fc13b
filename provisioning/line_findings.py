"""What the county's log and the gateway's word are reproached with, as the sync process has written it down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from provisioning.speech import Sentence
from sync.transport.line_state import LineFault
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused

_TROUBLES = {
    LineFault.LOG_WENT_BACK: Sentence(
        "县里的记录比以前少，像是从旧备份恢复的；请县里做 county-recover，这里不用动",
        "the county's log is shorter than it was; the county has to recover it",
    ),
    LineFault.LOG_FORKED: Sentence(
        "县里的记录和以前对不上，两边的签名都留作证据，请联系县里",
        "the county's log is not the one seen before; both signatures are kept",
    ),
    LineFault.NOT_VOUCHED: Sentence(
        "网关的回执密钥过期了，或者网关的时钟不对：什么也收不下；请县里查网关，这里不用动",
        "the gateway's acknowledgement key is not in force; the county has to renew it or to set that clock",
    ),
}


def line_findings(data: Path) -> Iterator[tuple[bool, Sentence]]:
    """Yield whether it is trouble, and the sentence; nothing when transport.db cannot be read, which others say."""
    county = TransportReader(data / "transport.db")
    try:
        held, fault = county.checkpoint(), county.line().fault
    except TransportRefused:
        return
    finally:
        county.close()
    if fault in _TROUBLES:
        yield True, _TROUBLES[fault]
    elif held is not None:
        yield (
            False,
            Sentence(f"县里的总账第 {held.epoch} 期，{held.size} 条，前后相符", "the county's log goes on as it was"),
        )
