"""What a stolen disk shows: the files of terminal and gateway after the whole story, byte by byte."""

from __future__ import annotations

import base64
import hashlib
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from provisioning.demonstration import DEMONSTRATION
from sync import cbor
from sync.agent_card import SECRET_BYTES
from sync.desk_key import Wrap
from sync.model.facts import Kind
from sync.pin import stretched
from sync.reading import NO_KEYS, fact_of
from sync.record import BodySealed
from tests.demo_desk import desk_key, opened
from tests.tour.walk import IDENTITY
from tests.village.conftest import Told
from tests.village.ends import Ends

PERSONAL = ("李秀兰", IDENTITY, "000-5550-123", "00055500123", "6200000000000001")
"""What the story's applicant told: name, identity number, telephone as shown and as typed, bank account."""
MASKED = "李＊兰"


@pytest.fixture
def copied(told: Told, tmp_path: Path) -> Ends:
    """A copy of everything that the main job left."""
    return told.copied(tmp_path / "stage")


def shown(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, with what SQLite still keeps in pages that nothing refers to."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def found(directory: Path) -> set[tuple[str, str]]:
    """Which file shows what."""
    packs = ("packs/",)  # published to everybody; an agent's name or an example may stand there
    return {
        (name, word)
        for name, content in shown(directory).items()
        if not name.startswith(packs)
        for word in PERSONAL
        if word.encode() in content
    }


def wrapping_key(terminal: str, wrap: Wrap, stretched_pin: bytes, card_secret: bytes) -> bytes:
    """The key of a wrap, written down a second time, as a thief would from the published source."""
    info = b"sunpoint 1 desk wrap" + cbor.encode((terminal, wrap.agent))
    return HKDF(SHA256(), 32, wrap.salt, info).derive(stretched_pin + card_secret)


def test_the_gateways_disk_names_nobody(copied: Ends) -> None:
    assert found(copied.stage.gateway_dir) == set()


def test_the_terminals_disk_names_nobody_but_in_masks(copied: Ends) -> None:
    assert found(copied.stage.terminal_dir) == set()
    assert MASKED.encode() in b"".join(shown(copied.stage.terminal_dir).values()), "the desk lists masked names"


def test_every_file_of_records_is_for_its_owner_alone(copied: Ends) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in copied.stage.directory.rglob("*.db*")}
    assert {"county.db", "county.db-wal", "gateway.db", "attachments.db", "journal.db", "transport.db"} <= modes.keys()
    assert {name: mode for name, mode in modes.items() if mode != 0o600} == {}


def test_a_journal_that_is_cleaned_up_names_nobody_either(copied: Ends) -> None:
    with sqlite3.connect(copied.journal) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert found(copied.stage.terminal_dir) == set()


def test_no_file_of_the_terminal_opens_its_desk(copied: Ends) -> None:
    terminal = copied.stage.terminal_dir
    agent, key = DEMONSTRATION.agents[0], desk_key(terminal)
    card = agent.card(key.terminal)
    private = [each.secret() for each in opened(terminal).openers]
    secrets = [*private, card.secret]
    told = [card.text(), card.text().replace("-", ""), agent.pin]
    written = [*secrets, *(base64.b64encode(each) for each in secrets), *(each.hex().encode() for each in secrets)]
    written += [each.encode() for each in told]
    held = shown(terminal)
    assert "keys/desk.key" in held
    assert [(name, each) for name, content in held.items() for each in written if each in content] == []


def test_a_thief_with_the_whole_disk_and_the_right_pin_finds_no_second_half_on_it(copied: Ends) -> None:
    terminal = copied.stage.terminal_dir
    agent, key = DEMONSTRATION.agents[0], desk_key(terminal)
    [wrap] = key.wraps
    right = stretched(agent.pin, wrap.salt)
    tries = 0
    for name, content in shown(terminal).items():
        if not name.startswith(("keys/", "terminal.json")):
            continue
        for at in range(len(content) - SECRET_BYTES + 1):
            wrapping = wrapping_key(key.terminal, wrap, right, content[at : at + SECRET_BYTES])
            with pytest.raises(InvalidTag):
                AESGCM(wrapping).decrypt(bytes(12), wrap.wrapped, key._place(wrap.agent))
            tries += 1
    assert tries > 1_000
    card = agent.card(key.terminal)
    opens = AESGCM(wrapping_key(key.terminal, wrap, right, card.secret))
    assert opens.decrypt(bytes(12), wrap.wrapped, key._place(wrap.agent)), "the search would find it"


def test_a_million_pins_without_the_card_are_all_alike(copied: Ends) -> None:
    """Every PIN gives a key, and none is told from the right one: nothing is stored that was made of it alone."""
    terminal = copied.stage.terminal_dir
    key = desk_key(terminal)
    [wrap] = key.wraps
    made_of_the_pin = stretched(DEMONSTRATION.agents[0].pin, wrap.salt)
    held = shown(terminal)
    for derived in (made_of_the_pin, hashlib.sha256(made_of_the_pin).digest(), made_of_the_pin[:16]):
        assert [name for name, content in held.items() if derived[:8] in content] == []
    assert [name for name, content in held.items() if b"$argon2" in content] == []


def test_the_search_would_find_what_is_not_sealed(copied: Ends, tmp_path: Path) -> None:
    shutil.copytree(copied.stage.gateway_dir, tmp_path / "gateway")
    (tmp_path / "gateway" / "note.txt").write_text("李秀兰", "utf-8")
    assert found(tmp_path / "gateway") == {("note.txt", "李秀兰")}


def test_whoever_has_no_key_reads_headers_only(copied: Ends) -> None:
    [taken_in, *_] = [each for each in copied.terminal_records() if each.header.kind == Kind.CASE_TAKEN_IN]
    with pytest.raises(BodySealed):
        fact_of(taken_in, NO_KEYS)
    assert fact_of(taken_in, copied.keys(copied.county)) == fact_of(taken_in, copied.keys(copied.gateway))
