"""Commands of the county that somebody gives seldom: keys, erasure, chains closed, a store put back."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from county.attachments import AttachmentVault
from county.desk import rebuild
from county.erasure import Eraser
from county.key_tools import openers, reseal
from county.library import Library
from county.pen import Pen
from county.review import ReviewDesk
from county.store.database import Database
from county.store.ledger import Ledger
from sync import county_config as files
from sync.clock import Clock
from sync.lock import ProcessLock
from sync.sealing import KeyOpener

Work = Callable[[argparse.Namespace, Clock], int]
Say = Callable[[str], None]
Add = Callable[[str, Work, str], argparse.ArgumentParser]


class CareRefused(ValueError):
    """What was given makes no sense here; the message says why."""


class CurrentLibrary(Protocol):
    """Gives the packs in force."""

    def current(self) -> Library:
        """Return them."""


class Parts(Protocol):
    """What the commands work with; `county.__main__` makes it."""

    @property
    def data(self) -> Path:
        """The county's data directory."""

    @property
    def vault(self) -> AttachmentVault:
        """The attachments that have come."""

    @property
    def library(self) -> CurrentLibrary:
        """The published packs."""

    def database(self) -> Database:
        """Open the store."""

    def pen(self) -> Pen:
        """What signs the county's word about records and keys."""

    def review(self, database: Database, pen: Pen) -> ReviewDesk:
        """Who decides about late tails."""

    def lock(self) -> ProcessLock:
        """Hold the directory against the running program."""


def add_commands(add: Add, parts_of: Callable[[Path, Clock], Parts], store_file: str, say: Say) -> None:
    """Add the commands to those of the program; `store_file` is the name of the county's store."""

    def put_back(asked: argparse.Namespace, clock: Clock) -> int:
        parts = parts_of(asked.data, clock)
        if not (asked.data / store_file).is_file():
            raise CareRefused(f"没有 {store_file} / {store_file} is not there")
        lock = parts.lock()
        try:
            with parts.database().writing() as connection:
                Ledger(connection).note_catching_up(catching_up=True)
        finally:
            lock.release()
        say("取回网关上的记录以前，不能办理 / nothing is answered before the gateway's records are here")
        return 0

    def erase(asked: argparse.Namespace, clock: Clock) -> int:
        return _erase(parts_of(asked.data, clock), clock, say)

    def reseal_keys(asked: argparse.Namespace, clock: Clock) -> int:
        return _reseal(parts_of(asked.data, clock), openers(asked.data), say)

    def open_with_escrow(asked: argparse.Namespace, clock: Clock) -> int:
        return _reseal(parts_of(asked.data, clock), [KeyOpener.load(asked.key)], say)

    def close_chain(asked: argparse.Namespace, clock: Clock) -> int:
        parts = parts_of(asked.data, clock)
        behind = parts.review(parts.database(), parts.pen()).close(chain_named(asked.chain), asked.seq)
        say(f"停在第 {asked.seq} 条，{behind} 条等督查核定 / closed; {behind} records wait for a supervisor")
        return 0

    add("put-back", put_back, "say that county.db was put back from a backup, before the county is started")
    add("erase", erase, "erase the bodies of cases that ended longer ago than the profile keeps them")
    add("reseal", reseal_keys, "seal the content keys of all records to the present opening key; old keys can go then")
    escrow = add("open-with-escrow", open_with_escrow, "after the opening key was lost: read everything with escrow")
    escrow.add_argument("--key", type=Path, required=True, help="the escrow key's file; take it away again")
    closing = add("close-chain", close_chain, "end a chain at a record; what came behind it waits for a supervisor")
    closing.add_argument("chain", help="its id, hexadecimal")
    closing.add_argument("--seq", type=_seq, required=True, help="the last record that is believed")


def _seq(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no record's number")
    return int(text)


def chain_named(text: str) -> bytes:
    """Return a chain's id. Raises CareRefused."""
    try:
        return bytes.fromhex(text)
    except ValueError as cause:
        raise CareRefused("链号是十六进制数字 / a chain is named by hexadecimal digits") from cause


def _erase(parts: Parts, clock: Clock, say: Say) -> int:
    done = Eraser(parts.database(), parts.vault, parts.library.current, parts.pen(), clock, lambda: None).run()
    say(
        f"清除 {done.cases} 件办件的 {done.bodies} 条正文、{done.attachments} 个附件和 {done.keys} 把内容密钥"
        f" / erased: {done.cases} cases, {done.bodies} bodies, {done.attachments} attachments, {done.keys} content keys"
    )
    if done.refused:
        say(f"{done.refused} 件没有清除：缺写答复的密钥 / {done.refused} cases wait: a chain's key is missing")
    return 1 if done.refused else 0


def _reseal(parts: Parts, held: list[KeyOpener], say: Say) -> int:
    lock = parts.lock()
    try:
        database = parts.database()
        done = reseal(database, held, KeyOpener.load(parts.data / files.OPENING_KEY))
        rebuild(database, parts.library.current())
    finally:
        lock.release()
    say(
        f"重新封好 {done.sealed} 把，本来能开 {done.readable} 把，打不开 {done.closed} 把"
        f" / {done.sealed} sealed again, {done.readable} readable already, {done.closed} that nobody here opens"
    )
    return 1 if done.closed else 0
