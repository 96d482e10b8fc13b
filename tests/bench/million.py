"""A terminal's journal after very many years: what an append takes, how long it is until it can be written, and memory.

`python -m tests.bench.million DIRECTORY COUNT` is the process that is measured: it opens the journal, appends so many
records, each durable by itself, and says how long everything took and what it holds in memory.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from provisioning.county_init import CHECKOUT
from sync.clock import SystemClock
from sync.journal import Journal
from sync.keys import FileSigner
from tests.bench import corpus
from tests.bench.figure import Figure, median, percentile
from tests.bench.site import module
from tests.bench.stored import CACHE, segments
from tests.seals import READERS

FEW, MANY = 1_000, 1_000_000
APPENDS = 400
OPENED_S_MAX = 120
APPEND_MS_MAX, READY_S_MAX, MEMORY_MB_MAX = 20.0, 2.0, 5.0
JOURNAL, KEY = "journal.db", "record.pem"


class MillionBench:
    """Measures journals of few and of very many records. `work` is an empty directory."""

    def __init__(self, work: Path, runs: int) -> None:
        self._work = work
        self._runs = runs

    def journal(self) -> list[Figure]:
        """Append, open, memory."""
        held = {records: [self._run(records) for _ in range(self._runs)] for records in (FEW, MANY)}
        appended = {records: [each for run in runs for each in run["appended_ms"]] for records, runs in held.items()}
        many_ms, few_ms = percentile(appended[MANY], 0.99), percentile(appended[FEW], 0.99)
        many_s, few_s = (median(run["ready_s"] for run in held[records]) for records in (MANY, FEW))
        many_mb, few_mb = (median(run["rss_mb"] for run in held[records]) for records in (MANY, FEW))
        beside = f"with {FEW:,} records"
        return [
            Figure(
                "journal_append", many_ms, f"ms p99, {MANY:,} records", few_ms, many_ms / few_ms, beside,
                f"value <= {APPEND_MS_MAX:.0f}", many_ms <= APPEND_MS_MAX,
            ),
            Figure(
                "journal_ready", many_s, "s, tail verified", few_s, many_s / few_s, beside,
                f"value <= {READY_S_MAX:.0f}", many_s <= READY_S_MAX,
            ),
            Figure(
                "journal_memory", many_mb - few_mb, "MB more", few_mb, many_mb / few_mb, f"{beside}, MB",
                f"value <= {MEMORY_MB_MAX:.0f}", many_mb - few_mb <= MEMORY_MB_MAX,
            ),
        ]  # fmt: skip

    def _run(self, records: int) -> dict[str, Any]:
        directory = self._work / f"journal-{records}"
        if not directory.exists():
            shutil.copytree(journal_with(records), directory)
        ran = subprocess.run(
            module("tests.bench.million", str(directory), str(APPENDS)),
            cwd=CHECKOUT, capture_output=True, text=True, timeout=OPENED_S_MAX, check=True,
        )  # fmt: skip
        said: dict[str, Any] = json.loads(ran.stdout)
        return said


def journal_with(records: int) -> Path:
    """Return a directory with a journal of so many records and its key; made once and kept.

    Made by the record's own functions, every record signed, put into the journal's own tables at once: one by one they
    would take minutes.
    """
    kept = CACHE / f"journal-{records}"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=CACHE) as name:
            made = Path(name) / "made"
            made.mkdir()
            _make(made, records)
            shutil.move(made, kept)
    return kept


def _make(directory: Path, records: int) -> None:
    signer = FileSigner.create(directory / KEY)
    path = directory / JOURNAL
    journal = Journal.open_or_create(path, signer, READERS, SystemClock())
    with journal.transaction():
        for segment in segments(corpus.records(directory / "pattern"), signer, records, signed_every=1):
            journal.connection.executemany(
                "INSERT INTO records (seq, case_no, header, body, signature) VALUES (?, ?, ?, ?, ?)",
                [
                    (each.header.seq, each.header.case_no, each.header_bytes, each.body, each.signature)
                    for each in segment
                ],
            )
    journal.close()


def measure(directory: Path, count: int) -> dict[str, Any]:
    """Open, append, and say what it took."""
    signer = FileSigner.load(directory / KEY)
    facts = list(corpus.told(-(-count // corpus.RECORDS_A_CASE)))[:count]
    began_s = time.monotonic()
    journal = Journal.open_or_create(directory / JOURNAL, signer, READERS, SystemClock())
    ready_s = time.monotonic() - began_s
    appended_ms = []
    for each in facts:
        before_s = time.monotonic()
        with journal.transaction() as writing:
            writing.append(each.happened, actor=each.actor, actor_class=each.actor_class, case_no=each.case_no)
        appended_ms.append((time.monotonic() - before_s) * 1000)
    status = Path("/proc/self/status").read_text()
    rss_mb = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
    journal.close()
    return {"ready_s": ready_s, "appended_ms": appended_ms, "rss_mb": rss_mb}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
