"""Carrying a dead terminal's records over to a gateway that reads less of a request than was sent."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from provisioning.carry_over import Carried, _sent
from provisioning.gateway_link import GatewayRefuses
from sync.keys import FileSigner
from sync.protocol.frame import FrameReader
from sync.protocol.segment import SEGMENT_BYTES_MOST, decode_segment
from tests.campaign.village import estate
from tests.sync.village import chain_of


class HurriedGateway:
    """It has revoked the terminal, and answers when it has read one segment, as after its 60 s on a slow line."""

    def __init__(self) -> None:
        self.put_by: set[int] = set()

    def post(self, _path: str, body: bytes) -> bytes:
        first = decode_segment(FrameReader(SEGMENT_BYTES_MOST).feed(body)[0])
        self.put_by |= set(range(first.after.seq + 1, first.last_seq + 1))
        raise GatewayRefuses("revoked", 403, "")


def test_what_is_said_to_be_put_by_is_put_by_however_little_of_a_request_the_gateway_reads(tmp_path: Path) -> None:
    records = chain_of(FileSigner.create(tmp_path / "record.pem"), 150)
    journal = SimpleNamespace(sound=lambda after, limit: records[after : after + limit])
    gateway = HurriedGateway()
    carried = _sent(cast("Any", gateway), estate.trust(), cast("Any", journal), 0)
    assert carried == Carried(taken=0, put_by=len(records))
    assert gateway.put_by == set(range(1, len(records) + 1))
