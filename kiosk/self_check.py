"""What the audit in the background has found, told to the technician and to the county. The sync process does it."""

from __future__ import annotations

from kiosk.desk import Desk
from kiosk.i18n import Translator
from sync.transport.reader import TransportReader
from sync.transport.said import AuditSaid, audit_said


class SelfCheck:
    """Knows how the audit stands.

    Args:
        county: where the sync process says it.
        desk: where damage is written down, once.
    """

    def __init__(self, county: TransportReader, desk: Desk) -> None:
        self._county = county
        self._desk = desk
        self._said: AuditSaid | None = None

    def look(self) -> None:
        """Hear what the audit says now. Raises TransportRefused, JournalRefused; then it is heard the next time."""
        self._said = audit_said(self._county)
        if self._said is not None and self._said.flaws:
            self._desk.tell_damage(self._said.first, self._said.part, self._said.flaws)

    def sentence(self, tr: Translator) -> str:
        """Return the line for the strip, "" while nothing is known to be wrong. Records go on being written."""
        if self._said is None or not self._said.flaws:
            return ""
        if not self._said.first:
            return tr("本机记录的文件坏了，请找技术员；照常办件")
        return tr("本机第 {seq} 条记录坏了，请找技术员；照常办件", seq=self._said.first)
