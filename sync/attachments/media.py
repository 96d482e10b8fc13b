"""What an attachment is, told by its first bytes and never by its name."""

from __future__ import annotations

from enum import StrEnum


class MediaType(StrEnum):
    """The kinds that are taken, as the wire and HTTP name them."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


IMAGES = frozenset({MediaType.JPEG, MediaType.PNG})
_MAGIC = {
    b"\xff\xd8\xff": MediaType.JPEG,  # ITU-T T.81, B.1.1.3: SOI, then the first marker
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,  # ISO/IEC 15948, 5.2
    b"%PDF-": MediaType.PDF,  # ISO 32000-2, 7.5.2
}


def media_type(content: bytes) -> MediaType | None:
    """Return what begins like this, None for what is not taken."""
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
