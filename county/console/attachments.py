"""The attachments of a case on its page, and how one is handed to a browser: looked at, never carried out."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, url_for
from msgspec import Struct

from county.attachments import AttachmentUnreadable
from county.casefile import CaseFile
from county.store.attachments import AttachmentState
from sync.attachments.media import IMAGES, MediaType, media_type
from sync.model.catalogue import ServiceItem
from sync.model.facts import AttachmentAdded

_KIND = {MediaType.JPEG: "照片", MediaType.PNG: "图片", MediaType.PDF: "PDF 文件"}
_SUFFIX = {MediaType.JPEG: "jpg", MediaType.PNG: "png", MediaType.PDF: "pdf"}
_WAITING = {AttachmentState.ON_ITS_WAY: "还未传到", AttachmentState.ERASED: "已按规定删除"}


class AttachmentLine(Struct, frozen=True):
    """One attachment. `waiting` says why it cannot be seen; `href` is empty then, and while nothing is opened."""

    title: str
    kind: str
    size: str
    waiting: str
    href: str
    image: bool


def attachment_lines(
    file: CaseFile, item: ServiceItem | None, here: Mapping[bytes, AttachmentState], *, opened: bool
) -> tuple[AttachmentLine, ...]:
    """Return a line for every attachment that the records of a case name."""
    names = {} if item is None else {material.code: material.name for material in item.materials}
    lines = []
    for named in _named(file):
        state = here.get(named.digest, AttachmentState.ON_ITS_WAY)
        told = _told_type(named)
        title = names.get(named.material, "附件")
        shows = opened and state is AttachmentState.HERE
        lines.append(
            AttachmentLine(
                title=f"{title}：{named.name}" if opened and named.name else title,
                kind=_KIND[told] if told is not None else "文件",
                size=_size(named.size),
                waiting=_WAITING.get(state, ""),
                href=url_for("cases.attachment", number=file.case.number, digest=named.digest.hex()) if shows else "",
                image=told in IMAGES,
            )
        )
    return tuple(lines)


def named_in(file: CaseFile, digest_hex: str) -> AttachmentAdded | None:
    """Return the fact by which a case names an attachment, None when it names none of this digest."""
    return next((each for each in _named(file) if each.digest.hex() == digest_hex), None)


def shown(content: bytes) -> Response:
    """Return an attachment as an answer: a picture to be seen, anything else to be saved; nothing ever runs.

    What it is, is told by its bytes, never by what a record or a name says. Raises AttachmentUnreadable.
    """
    kind = media_type(content)
    if kind is None:
        raise AttachmentUnreadable("附件不是照片，也不是 PDF")
    answer = Response(content, content_type=kind.value)
    way = "inline" if kind in IMAGES else "attachment"
    answer.headers["Content-Disposition"] = f'{way}; filename="attachment.{_SUFFIX[kind]}"'
    # The door adds nosniff, no-store and a policy under which nothing is loaded (`county.console.door`).
    return answer


def _named(file: CaseFile) -> list[AttachmentAdded]:
    return [each.fact for each in file.entries if isinstance(each.fact, AttachmentAdded)]


def _told_type(named: AttachmentAdded) -> MediaType | None:
    return next((kind for kind in MediaType if kind.value == named.media_type), None)


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000)} KB"
