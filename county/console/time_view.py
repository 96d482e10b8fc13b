"""What the console says about when a record was written, and what does not fit about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from county import wording
from county.casefile import CaseFile
from county.console.lights import Pill
from county.papers import PaperVerdict
from county.store.evidence import EvidenceTable
from county.store.papers import PaperTable, ShownPaper
from county.timing import Doubt, Finding
from sync.evidence import Interval

Place = tuple[bytes, int]
"""Chain and seq of a record."""


class WhenWritten(Struct, frozen=True):
    """When one record was written: the bounds in words, and what does not fit."""

    bounds: str
    doubts: tuple[tuple[Pill, str], ...]


class CaseTimes(Struct, frozen=True):
    """The times of a case's records, and what somebody has to look into: sentences, and receipts that do not fit."""

    of_record: Mapping[Place, WhenWritten]
    grave: tuple[str, ...]
    papers: tuple[Pill, ...]


def case_times(table: EvidenceTable, papers: PaperTable, file: CaseFile) -> CaseTimes:
    """Read what is known of the times of a case's records, and of the receipts that were shown of it."""
    findings = table.of_case(file.case.number)
    places = [(each.step.envelope.chain, each.step.envelope.seq) for each in file.entries]
    of_record = {
        place: WhenWritten(
            bounds_in_words(table.interval(*place)),
            tuple((doubt_pill(each), finding_in_words(each)) for each in findings if (each.chain, each.seq) == place),
        )
        for place in places
    }
    shown = (paper_pill(each) for each in papers.of_case(file.case.number) if each.verdict and each.verdict.grave)
    return CaseTimes(of_record, _sentences(each for each in findings if each.doubt.grave), tuple(dict.fromkeys(shown)))


def bounds_in_words(interval: Interval) -> str:
    """发生时间在 11月23日 14:32 与 11月23日 15:10 之间."""
    earliest, latest = wording.moment(interval.not_before_ms), wording.moment(interval.not_after_ms)
    if earliest and latest:
        return f"发生时间在 {earliest} 与 {latest} 之间"
    if latest:
        return f"发生时间不晚于 {latest}"
    if earliest:
        return f"发生时间不早于 {earliest}，县里还没有存证"
    return "县里还没有存证"


def doubt_pill(finding: Finding) -> Pill:
    """The mark of a doubt."""
    return (
        Pill("warn", "▲", wording.DOUBT[finding.doubt])
        if finding.doubt.grave
        else Pill("plain", "○", wording.DOUBT[finding.doubt])
    )


def paper_pill(paper: ShownPaper) -> Pill:
    """How a shown receipt stands against what the county has; what is missing may be on its way."""
    if paper.verdict is None or not paper.verdict.grave:
        return Pill("plain", "○", wording.PAPER[PaperVerdict.FITS])
    on_its_way = paper.verdict is PaperVerdict.MISSING
    return Pill("warn" if on_its_way else "bad", "▲" if on_its_way else "◆", wording.PAPER[paper.verdict])


def finding_in_words(finding: Finding) -> str:
    """What does not fit, with its evidence."""
    by = wording.span(abs(finding.by_ms))
    match finding.doubt:
        case Doubt.DATED_BEFORE:
            return f"记的时间比县里能证明的最早时间还早 {by}以上，可能是事后补录，或者时钟慢了"
        case Doubt.DATED_AFTER:
            return f"记的时间比县里收到的时间还晚 {by}以上，可能是时钟快了"
        case Doubt.CLOCK_SET:
            return f"终端报告：被拨{'慢' if finding.by_ms < 0 else '快'}了 {by}"
        case Doubt.CLOCK_JUMPED:
            return f"被拨{'慢' if finding.by_ms < 0 else '快'}了 {by}"
        case Doubt.RESTARTED:
            return "写这一条之前机器重新启动过"
        case Doubt.TOO_FAST:
            since = wording.kind_in_words(finding.since_kind)
            told = f"，记录上写的是 {wording.span(finding.told_ms)}" if finding.told_ms > 2 * finding.limit_ms else ""
            return f"距“{since}”只有 {by}，至少要 {wording.span(finding.limit_ms)}{told}"
        case Doubt.UNKNOWN_CHECKPOINT:
            return "引用了县里从未发布过的存证点"
        case Doubt.JOURNAL_DAMAGED:
            return "终端自查，本机存的记录和写的时候不一样了；它照常办件，请派技术员用 doctor 查看"
        case Doubt.COUNTY_CONTRADICTS:
            return "县里自己的时间前后矛盾，请技术员核对网关的时钟"


def _sentences(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{wording.DOUBT[each.doubt]}：{finding_in_words(each)}" for each in findings))
