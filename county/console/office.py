"""What the pages of the console are made from."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from county.attachments import AttachmentVault
from county.courier import LineStatus
from county.desk import CaseDesk
from county.library import Library
from county.store.clerks import ClerkBook
from county.store.database import Database
from sync.clock import Clock


class Office(Struct, frozen=True):
    """The parts that pages need, given once."""

    database: Database
    clerks: ClerkBook
    desk: CaseDesk
    library: Callable[[], Library]
    line: Callable[[], LineStatus]
    clock: Clock
    vault: AttachmentVault
