"""What the doctor says of keys that the county has revoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from provisioning.speech import Sentence
from sync.key_files import KeyFileRefused
from sync.model.moment import local_date
from sync.revocation_file import RevocationFile
from sync.terminal import TerminalConfig, trust_of
from sync.transport.line_state import LineFault
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused


def revocation_findings(data: Path, config: TerminalConfig) -> Iterator[tuple[bool, Sentence]]:
    """Yield what there is to say, and whether it is trouble."""
    try:
        held = RevocationFile(data / config.revocations, trust_of(data, config))
    except (KeyFileRefused, OSError):
        return  # the keys have said so
    if held.contradicted():
        yield (
            True,
            Sentence(
                "县里的作废清单前后矛盾，两份都留作证据，请联系县里",
                "the county's list of revocations takes back what it had said; both are kept, ask the county",
            ),
        )
    if (data / config.revocations).exists() and held.message() is None:
        yield True, Sentence("作废清单坏了，联网后会重取", "the list of revocations is damaged; it is fetched again")
    elif held.held().number:
        signed = local_date(held.held().at_ms)
        yield (
            False,
            Sentence(
                f"县里作废过密钥：清单第 {held.held().number} 号，{signed} 签署，{len(held.held().revoked)} 项",
                f"list {held.held().number} of revocations is heeded",
            ),
        )
    if _line_fault(data) is LineFault.REVOKED:
        yield (
            True,
            Sentence(
                "对方还在用县里已作废的密钥，没有采信；请联系县里",
                "what came was signed by a key that the county has revoked, and is not believed",
            ),
        )


def _line_fault(data: Path) -> LineFault | None:
    transport = TransportReader(data / "transport.db")
    try:
        return transport.line().fault
    except TransportRefused:
        return None
    finally:
        transport.close()
