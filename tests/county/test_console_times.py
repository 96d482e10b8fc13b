"""What the console says about when things were written, and what a supervisor finds there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync.case_key import CaseKey
from sync.model.receipt import ReceiptToken
from tests.county.hall import Hall
from tests.county.office import INTAKE, SUPERVISOR
from tests.county.outer import OuterGateway
from tests.county.village import Village

HOUR_MS = 3_600_000
SANXIA = "990101102204"


@pytest.fixture
def outer(hall: Hall, tmp_path: Path) -> Iterator[OuterGateway]:
    (tmp_path / "gateway").symlink_to(hall.office.directory.parent / "gateway")
    made = OuterGateway(tmp_path, hall.office)
    made.enrol(hall.office.village)
    yield made
    made.close()


def test_a_case_shows_when_it_was_taken_in_and_a_supervisor_what_does_not_fit(
    hall: Hall, outer: OuterGateway, tmp_path: Path
) -> None:
    village = hall.office.village
    outer.take(village)
    outer.evidence.look(news=True)
    hall.serial += 1
    honest = village.take_in(hall.office.item, hall.serial)
    hall.office.clock.advance(HOUR_MS)
    village.wait(HOUR_MS)
    village.named = outer.take(village).hash
    outer.evidence.look(news=True)
    village.at_ms -= 5 * HOUR_MS
    hall.serial += 1
    backdated = village.take_in(hall.office.item, hall.serial)
    hall.office.clock.advance(HOUR_MS)
    outer.take(village)
    outer.evidence.look(news=True)

    clerk, supervisor = hall.enter(INTAKE), hall.enter(SUPERVISOR)
    page = clerk.get(f"/cases/{honest}").words
    assert "发生时间不晚于 11月23日" in page
    assert "时间对不上" not in page
    page = clerk.get(f"/cases/{backdated}").words
    assert "发生时间在 11月23日 " in page
    assert "时间对不上： 时间记早了：记的时间比县里能证明的最早时间还早" in page
    assert "时钟拨动，没有报告：被拨慢了 5 小时" in page
    listed = supervisor.get("/parked").words
    assert "时间对不上的记录" in listed
    assert "时钟拨动，没有报告 被拨慢了 5 小时" in listed
    assert clerk.get("/parked").status == 403
    village.at_ms += 5 * HOUR_MS

    hall.serial += 1
    number = village.take_in(hall.office.item, hall.serial, paper=CaseKey(b"p" * 16, "004X"))
    receipt = village.receipt(number, b"p" * 16)
    village.see(receipt)
    village.see(
        ReceiptToken(replace(receipt.claim, seq=receipt.claim.seq - 1), receipt.case_key, receipt.signature),
    )
    outer.take(village)
    hall.office.papers.tend()
    assert "回执是假的：签名不是那台终端的" in supervisor.get("/parked").words
    assert "有人出示的回执对不上" in clerk.get(f"/cases/{number}").words

    kept_back = Village(village.issuer, village.readers, SANXIA)
    outer.enrol(kept_back)
    hall.office.clock.advance(HOUR_MS)
    outer.take(kept_back, hand_on=False)
    outer.evidence.look(news=True)
    hall.office.intake.note_exchange(hall.office.clock.wall_ms() + HOUR_MS)
    assert "日志里有第 2 条，网关没有把它交给县里" in supervisor.get("/parked").words

    (home := tmp_path / "put-back").mkdir()
    (home / "gateway").symlink_to(tmp_path / "gateway")
    put_back = OuterGateway(home, hall.office)
    put_back.evidence.look(news=True)
    assert "网关的存证日志只有 0 条" in supervisor.get("/parked").words
    put_back.close()
