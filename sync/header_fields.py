"""The fields of a header: their names, types and bounds, which msgspec judges all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from sync.fields import WHOLE_MOST, FieldRefused, refused
from sync.model.facts import ActorClass

CHAIN_ID_BYTES = 8
HASH_BYTES = 32
BOOT_ID_BYTES = 8
BODY_BYTES_MAX = 16 * 1024
"""Of the sealed body; what is larger travels as an attachment."""
WALL_MS_MAX = (1 << 47) - 1
"""A day in the year 6429: later ones would leave the calendar of whoever reads the record."""

KindNumber = Annotated[int, Meta(ge=0, le=0xFFFF)]
ChainId = Annotated[bytes, Meta(min_length=CHAIN_ID_BYTES, max_length=CHAIN_ID_BYTES)]
Seq = Annotated[int, Meta(ge=1, le=WHOLE_MOST)]
Hash = Annotated[bytes, Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
WallMs = Annotated[int, Meta(ge=0, le=WALL_MS_MAX)]
BootId = Annotated[bytes, Meta(min_length=BOOT_ID_BYTES, max_length=BOOT_ID_BYTES)]
BootMs = Annotated[int, Meta(ge=0, le=WHOLE_MOST)]
Note = Annotated[int, Meta(ge=1, le=0xFF)]
Actor = Annotated[str, Meta(max_length=64)]
CaseNo = Annotated[str, Meta(max_length=40)]
BodyBytes = Annotated[int, Meta(ge=0, le=BODY_BYTES_MAX)]
PlainFields = dict[Annotated[int, Meta(ge=0)], Any]


class HeaderFields(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The fields of a header in the order of their keys; None where one is absent. msgspec judges them all at once."""

    version: Literal[1]
    suite: Literal[1]
    kind: KindNumber
    chain: ChainId
    seq: Seq
    previous: Hash
    wall_ms: WallMs
    boot_id: BootId
    boot_ms: BootMs
    checkpoint: Hash | None
    clock_note: Note | None
    actor: Actor
    actor_class: ActorClass
    case_no: CaseNo | None
    body_digest: Hash
    body_bytes: BodyBytes
    content_key: Seq | None
    plain: PlainFields | None


PLAIN = 17
_NAMES = {
    0: "version",
    1: "suite",
    2: "kind",
    3: "chain",
    4: "seq",
    5: "previous hash",
    6: "wall time",
    7: "boot id",
    8: "boot time",
    9: "checkpoint",
    10: "clock note",
    11: "actor",
    12: "actor class",
    13: "case number",
    14: "body digest",
    15: "body length",
    16: "content key",
    PLAIN: "plain fields",
}
_OPTIONAL = frozenset({9, 10, 13, 16, PLAIN})
_ABSENT: dict[int, Any] = dict.fromkeys(_NAMES)


def judged(held: Mapping[int, Any]) -> HeaderFields:
    """Return the fields of a header's map. Raises FieldRefused.

    A text in base 64 passes for a byte string: whoever reads a header looks whether it comes out the same again.
    """
    try:
        return msgspec.convert([*{**_ABSENT, **held}.values()], HeaderFields)
    except msgspec.ValidationError as cause:
        raise FieldRefused(refused(held, _NAMES, _OPTIONAL, cause)) from cause
