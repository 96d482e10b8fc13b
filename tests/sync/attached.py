"""Attachments of a village for the tests of the pipe: put down as the kiosk does, and looked for at both ends."""

from __future__ import annotations

import random
from contextlib import closing

from sync.attachments.sealed import Sealed, seal
from sync.attachments.shelf import AttachmentShelf
from sync.gateway import config as files
from sync.gateway.store.attachments import AttachmentStore, NotThere
from sync.gateway.store.sqlite_attachments import SqliteBase
from sync.journal import Journal
from sync.model.facts import AttachmentAdded
from sync.transport.outgoing import OutgoingLeft
from tests.sync.village import Village, write

KEY = bytes(range(32))
NOTHING_LEFT = OutgoingLeft()


def add(journal: Journal, shelf: AttachmentShelf, size: int, seed: int = 0) -> Sealed:
    """What the kiosk does: the file first, then the record that names it."""
    made = seal(random.Random(seed).randbytes(size), KEY)
    shelf.put(made)
    fact = AttachmentAdded(digest=made.digest, size=len(made.content), key=KEY, name="照片", media_type="image/jpeg")
    write(journal, fact)
    return made


def at_gateway(village: Village, made: Sealed) -> bytes:
    """What the gateway has of an attachment that has arrived; empty while it has not."""
    store = AttachmentStore(SqliteBase(village.gateway / files.ATTACHMENTS_FILE))
    try:
        return store.content(made.digest, 0, 1 << 30)
    except NotThere:
        return b""
    finally:
        store.close()


def left(village: Village) -> OutgoingLeft:
    """What the terminal knows to be still to go."""
    with closing(village.transport()) as reader:
        return reader.outgoing_left()
