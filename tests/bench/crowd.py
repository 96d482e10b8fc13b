"""A county's terminals that all come back at once, each on a slow line of its own, to one gateway with SQLite.

`python -m tests.bench.crowd FILE` is the load generator: one process, one thread, driven by the uploader that
terminals have (`sync.protocol.uploader`), with the certificate and the verification that they have. The lines are
relays of a process of their own (`tests.bench.line --each`).
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioning.county_init import CHECKOUT
from sync.gateway import config as files
from sync.gateway.store import Grant
from sync.gateway.store.sqlite import SqliteStore
from sync.keys import FileSigner, Trust
from sync.peer_name import PeerName, PeerRole
from sync.protocol.acknowledgement import verify_answer
from sync.protocol.uploader import AskHead, Send, Uploader, stream
from sync.record import Record, chain_id
from sync.tls import client_context
from tests.bench import corpus
from tests.bench.figure import Figure
from tests.bench.line import Quality
from tests.bench.lines import line
from tests.bench.site import PipeSite, cpu_s, module, rss_mb
from tests.bench.stored import segments
from tests.sync.village import COUNTY, FOREVER_MS

TERMINALS, RECORDS_EACH = 448, 200
LAST_RATIO_MAX, MEMORY_MB_MAX = 3.0, 400.0
GENERATOR_S_MAX = 300
RETRY_S = 1.0
BUSY = 0.85
"""A process that burns so much of one core is what the others wait for."""


@dataclass(slots=True)
class Terminal:
    """One of the crowd: its queue, who it is, and what became of it."""

    number: int
    records: list[Record]
    context: ssl.SSLContext
    done_s: float = 0.0
    broken: int = 0
    refused: int = 0


class CrowdBench:
    """Measures a crowd. `work` is an empty directory."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._site = PipeSite(work / "site", 1)
        # One more: the one that comes alone.
        regions = (f"{990101104000 + number:012}" for number in range(TERMINALS + 1))
        self._names = [PeerName(COUNTY, PeerRole.TERMINAL, region, "01") for region in regions]

    def crowd(self) -> list[Figure]:
        """One terminal alone, then all at once."""
        site = self._site
        site.put_back()
        self._enrol()
        with site.gateway() as gateway, line(site.port, Quality(each=True)) as over:
            alone = self._generate(over.port, [TERMINALS])
            burnt_s, began_s = cpu_s(gateway.pid), time.monotonic()
            all_ = self._generate(over.port, range(TERMINALS))
            gateway_share = (cpu_s(gateway.pid) - burnt_s) / (time.monotonic() - began_s)
            held_mb = rss_mb(gateway.pid)
        self._check()
        last_s, alone_s = max(all_["done_s"]), max(alone["done_s"])
        ratio, share = last_s / alone_s, all_["cpu_s"] / last_s
        met = ratio <= LAST_RATIO_MAX or share >= BUSY
        told = f"alone; generator {share:.0%} of a core, gateway {gateway_share:.0%}"
        return [
            Figure(
                "crowd_last", last_s, f"s, {TERMINALS} terminals", alone_s, ratio, told,
                f"ratio <= {LAST_RATIO_MAX:.0f} or the generator was the limit", met,
            ),
            Figure(
                "crowd_refused", float(all_["refused"]), "refused", 0.0, 1.0 + all_["refused"],
                f"{all_['broken']} connections broke and were begun again", "value = 0", all_["refused"] == 0,
            ),
            Figure(
                "crowd_memory", held_mb, "MB of the gateway", MEMORY_MB_MAX, held_mb / MEMORY_MB_MAX, "what is wanted",
                f"value <= {MEMORY_MB_MAX:.0f}", held_mb <= MEMORY_MB_MAX,
            ),
        ]  # fmt: skip

    def _enrol(self) -> None:
        village = self._site.village
        store = SqliteStore(village.gateway / files.STORE_FILE)
        for number, name in enumerate(self._names):
            signer, tls = _key(self._work, number, "record"), _key(self._work, number, "tls")
            (self._work / f"{number}-tls-certificate.pem").write_bytes(village.certificate(tls.public_key, name))
            store.add_grant(Grant(name.region, b"digest", name, "", FOREVER_MS), number.to_bytes(32, "big"), b"county")
            store.use_grant(name.region, b"request", b"answer", signer.public_key, b"statement")
        store.close()
        corpus.records(self._work / "pattern")

    def _generate(self, port: int, numbers: Sequence[int]) -> dict[str, Any]:
        village = self._site.village
        told = {
            "port": port,
            "numbers": list(numbers),
            "work": str(self._work),
            "root": str(village.terminal / "keys" / "root-certificate.pem"),
            "trust": [village.trust.root_key.hex(), village.trust.county],
        }
        asked = self._work / "asked.json"
        asked.write_text(json.dumps(told))
        ran = subprocess.run(
            module("tests.bench.crowd", str(asked)),
            cwd=CHECKOUT, capture_output=True, text=True, timeout=GENERATOR_S_MAX, check=False,
        )  # fmt: skip
        if ran.returncode:
            raise RuntimeError(f"the load generator failed:\n{ran.stderr}")
        said: dict[str, Any] = json.loads(ran.stdout)
        return said

    def _check(self) -> None:
        store = SqliteStore(self._site.village.gateway / files.STORE_FILE)
        heads = {chain.standing.head.chain: chain.standing.head.seq for chain in store.chains()}
        store.close()
        for number in range(len(self._names)):
            chain = chain_id(_key(self._work, number, "record").public_key)
            if heads[chain] != RECORDS_EACH:
                raise RuntimeError(f"terminal {number} has {heads[chain]} of {RECORDS_EACH} records at the county")


async def drain(terminal: Terminal, port: int, trust: Trust, began_s: float) -> None:
    """Send everything, as often as it takes."""
    records = terminal.records
    head = records[-1].link
    uploader = Uploader(head.chain, None)
    while (step := uploader.next(head)) is not None:
        try:
            await _one_connection(terminal, uploader, step, port, trust)
        except (OSError, asyncio.IncompleteReadError):
            terminal.broken += 1
            uploader.broke()
            await asyncio.sleep(RETRY_S)
    terminal.done_s = time.monotonic() - began_s


async def _one_connection(
    terminal: Terminal, uploader: Uploader, step: AskHead | Send | None, port: int, trust: Trust
) -> None:
    """Use a connection until everything is there or it breaks."""
    records = terminal.records
    head = records[-1].link
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=terminal.context, server_hostname="127.0.0.1", ssl_handshake_timeout=60
    )
    try:
        while step is not None:
            if isinstance(step, AskHead):
                writer.write(f"GET /v1/head/{head.chain.hex()} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode())
            else:
                writer.write(b"POST /v1/segments HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n")
                for frame in stream(step, head, lambda after, limit: records[after : after + limit], lambda: True):
                    writer.write(b"%x\r\n%b\r\n" % (len(frame), frame))
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
            await writer.drain()
            status, body = await _answer(reader)
            if status != 200:
                terminal.refused += 1
                raise OSError(f"status {status}")
            if isinstance(step, Send):
                uploader.sent()
            held = verify_answer(body, trust)
            uploader.acknowledged(held, lambda seq: records[seq - 1].hash)
            step = uploader.next(head)
    finally:
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    said = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next(int(each.split(":")[1]) for each in said.split("\r\n") if each.startswith("content-length:"))
    return int(said.split()[1]), await reader.readexactly(length)


async def generate(asked: dict[str, Any]) -> dict[str, Any]:
    """Let the terminals come back at once."""
    work = Path(asked["work"])
    trust = Trust(bytes.fromhex(asked["trust"][0]), asked["trust"][1])
    pattern = corpus.records_in(work / "pattern")
    terminals = [_terminal(number, work, Path(asked["root"]), pattern) for number in asked["numbers"]]
    burnt_s, began_s = time.process_time(), time.monotonic()
    await asyncio.gather(*(drain(terminal, asked["port"], trust, began_s) for terminal in terminals))
    return {
        "done_s": [terminal.done_s for terminal in terminals],
        "broken": sum(terminal.broken for terminal in terminals),
        "refused": sum(terminal.refused for terminal in terminals),
        "cpu_s": time.process_time() - burnt_s,
    }


def _terminal(number: int, work: Path, root: Path, pattern: list[Record]) -> Terminal:
    signer = _key(work, number, "record")
    held = [record for segment in segments(pattern, signer, RECORDS_EACH, 1) for record in segment]
    key = work / f"{number}-tls.pem"
    return Terminal(number, held, client_context(root, work / f"{number}-tls-certificate.pem", key))


def _key(work: Path, number: int, what: str) -> FileSigner:
    path = work / f"{number}-{what}.pem"
    return FileSigner.load(path) if path.exists() else FileSigner.create(path)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(generate(json.loads(Path(sys.argv[1]).read_text())))))
