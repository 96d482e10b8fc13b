"""`python -m tests.bench.clocked_client FILE ...`: the sync process of a terminal, with a stopwatch on its records.

It is the program itself with its arguments. Each time that records were carried, a line of JSON is added to FILE: when
that began and ended, by the machine's monotonic clock, and the CPU seconds of the process since its start.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import sync.client.__main__ as client
from sync.client.records_lane import RecordsLane


def main(path: Path, arguments: list[str]) -> int:
    """Run the program."""
    carry = RecordsLane.run

    def clocked(lane: RecordsLane) -> None:
        began_s = time.monotonic()
        try:
            carry(lane)
        finally:
            with path.open("a") as file:
                said = {"began_s": began_s, "ended_s": time.monotonic(), "cpu_s": time.process_time()}
                file.write(json.dumps(said) + "\n")

    RecordsLane.run = clocked  # type: ignore[method-assign, assignment]  # in this process only
    return client.main(arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
