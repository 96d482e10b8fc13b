"""The terminal's own journal, opened to be written by this tool: it has one writer, so the screen must not run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from provisioning.speech import Refused, Sentence
from sync.clock import Clock
from sync.desk_key import DeskKeyRefused
from sync.desk_key_file import DeskKeyFile
from sync.journal import Journal, JournalMissing, JournalOpenElsewhere, JournalReader, JournalRefused
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, StatementRefused
from sync.record import chain_id
from sync.sealing import NotAReader
from sync.terminal import TerminalConfig, readers_of
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused


@contextmanager
def own_journal(data: Path, config: TerminalConfig, clock: Clock, while_running: Sentence) -> Iterator[Journal]:
    """Open the terminal's journal, which the screen must have begun.

    Raises Refused; with `while_running` when the screen has it open.
    """
    path = data / "journal.db"
    try:
        JournalReader.open(path).close()
        signer = FileSigner.load(data / config.record_key)
        county = TransportReader(data / "transport.db")
        held = None
        with closing(county), suppress(TransportRefused):
            held = county.acknowledgement(chain_id(signer.public_key))
        desk_key = None
        with suppress(DeskKeyRefused):
            desk_key = DeskKeyFile(data, config.subject).read().recipient
        readers = readers_of(data, config, desk_key)
        journal = Journal.open_or_create(path, signer, readers, clock, acknowledged=held.link if held else None)
    except JournalMissing as cause:
        raise Refused("还没有记录，屏幕程序没有运行过，请先启动一次", f"there is no journal yet: {cause}") from cause
    except JournalOpenElsewhere as cause:
        raise Refused(while_running.chinese, while_running.english) from cause
    except (JournalRefused, KeyFileRefused, StatementRefused, NotAReader) as cause:
        raise Refused("记录库或者密钥不能用，请先做 doctor", str(cause)) from cause
    with closing(journal):
        yield journal
