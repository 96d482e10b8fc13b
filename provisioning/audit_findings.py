"""What the doctor says of the records: what its own audit has found, and what the one in the background has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from provisioning.speech import Sentence
from sync.journal import Audit
from sync.model.moment import stamp
from sync.transport.reader import TransportReader
from sync.transport.said import AuditSaid, audit_said
from sync.transport.schema import TransportRefused

_FLAWS_TOLD = 5


def audit_findings(audited: Audit, data: Path) -> Iterator[tuple[bool, Sentence]]:
    """Yield what there is to say, and whether it is trouble."""
    for flaw in audited.flaws[:_FLAWS_TOLD]:
        yield True, Sentence(f"第 {flaw.seq} 条记录与签名不符，请联系县里", str(flaw))
    if not audited.flaws:
        told = Sentence(
            f"{audited.records} 条记录，签名和顺序都对", f"{audited.records} records, every signature is right"
        )
        yield False, told
    said = _said(data)
    if said is not None:
        yield bool(said.flaws), _in_the_background(said)


def _in_the_background(said: AuditSaid) -> Sentence:
    where = f"第 {said.first} 条起损坏" if said.first else "记录库的文件损坏"
    if said.flaws:
        return Sentence(
            f"后台核对 {stamp(said.at_ms)}：{where}，共 {said.flaws} 处。请不要删除，联系县里",
            f"the audit in the background has found {said.flaws} flaws, the first: {said.sentence}",
        )
    if said.ended_ms is None:
        return Sentence(
            f"后台核对 {stamp(said.at_ms)}：到第 {said.seq} 条都对，还在核对",
            f"the audit in the background has come to record {said.seq}, all right so far",
        )
    return Sentence(
        f"后台核对 {stamp(said.ended_ms)}：{said.records} 条全部核对无误",
        f"the audit in the background has found all {said.records} records right",
    )


def _said(data: Path) -> AuditSaid | None:
    transport = TransportReader(data / "transport.db")
    try:
        return audit_said(transport)
    except TransportRefused:
        return None
    finally:
        transport.close()
