"""`python -m tests.gateway.store_writer WHERE KEY`: appends segments to a store until it is killed.

Prints the head of the chain after every append that the store has answered.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sync.keys import FileSigner
from tests.gateway.county_site import Writer
from tests.gateway.store_ground import TERMINAL, open_store, submission

RECORDS = 7


def main(arguments: list[str]) -> None:
    """Go on from the head that is stored."""
    where, key = arguments
    store = open_store(where)
    writer = Writer(FileSigner.load(Path(key)))
    chain = store.chain(writer.link.chain)
    if chain is None:
        raise SystemExit("the chain is not enrolled")
    writer.link = chain.standing.head
    while True:
        (decision,) = store.append([submission(writer.write(RECORDS), TERMINAL)], 0)
        print(decision.head.seq if decision.head else 0, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
