"""Photographs and scanned papers: from a stick into an application, sealed before they touch the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk import documents
from kiosk.bars import in_megabytes, status_strip
from kiosk.documents import DocumentDesk, DocumentRefused, StickDocuments
from kiosk.intents import Back, Choose, Do, Next, Open, Sign
from kiosk.pages import Facts, PageView, Rows
from kiosk.text.fonts import FontStack
from sync.attachments.sealed import CONTENT_BYTES_MAX, open_sealed
from sync.attachments.shelf import AttachmentShelf
from sync.model.facts import AttachmentAdded, Kind, MaterialState
from sync.transport.outgoing import OutgoingLeft
from tests.kiosk.glass import look
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    MARK_PAPERS,
    SIGN_IN,
    SIGNATURE,
)
from tests.kiosk.point import Point

JPEG = b"\xff\xd8\xff\xe0" + b"a photograph of a household register" * 100
PDF = b"%PDF-1.7 a scanned page" * 50
TO_MARKS = (*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE, Next(), *MARK_PAPERS)


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    stick = tmp_path / "sticks" / "agent" / "KINGSTON"
    stick.mkdir(parents=True)
    (stick / "IMG_0001.jpg").write_bytes(JPEG)
    (stick / "scan.pdf").write_bytes(PDF)
    (stick / "letter.docx").write_bytes(b"PK\x03\x04 nothing that is taken")
    (stick / "renamed.jpg").write_bytes(b"MZ a program by another name")
    made = Point(tmp_path)
    yield made
    made.close()


def do(point: Point, *intents: object) -> None:
    for intent in intents:
        point.core.handle(intent)


def page(point: Point) -> PageView:
    assert isinstance(point.seen.view, PageView)
    return point.seen.view


def files_shown(point: Point) -> list[str]:
    rows = next(block for block in page(point).blocks if isinstance(block, Rows))
    return [row.title for row in rows.rows]


def said(point: Point) -> str:
    """What stands in the rows of files that were not taken."""
    rows = next(block for block in page(point).blocks if isinstance(block, Rows)).rows
    return "".join(row.subtitle for row in rows if row.light is not None)


def on_disk(point: Point) -> list[Path]:
    return sorted((point.directory / "attachments").glob("*"))


def file_id(name: str) -> str:
    return f"agent/KINGSTON/{name}"


def test_papers_from_a_stick_go_into_the_case_and_their_number_stands_on_the_review(point: Point) -> None:
    do(point, *TO_MARKS, Open("documents"))
    assert page(point).place == "documents"
    assert sorted(files_shown(point)) == ["IMG_0001.jpg", "scan.pdf"]
    do(point, Choose("material", "household"), Open("file", file_id("IMG_0001.jpg")), Open("file", file_id("scan.pdf")))
    assert said(point) == ""
    do(point, Back())
    assert [each.text for each in page(point).others] == ["照片、扫描件（2）"]
    do(point, Next())
    facts = [block for block in page(point).blocks if isinstance(block, Facts)][-1]
    assert facts.rows[-1] == ("照片、扫描件", "2 份")
    do(point, Sign("signature", SIGNATURE), Next())
    (case,) = point.desk.cases.rows(over=False)
    added = [fact for _, fact in point.desk.story(case.case_no) if isinstance(fact, AttachmentAdded)]
    assert [each.material for each in added] == ["household", "household"]
    assert [each.name[-5:] for each in added] == ["第 1 页", "第 2 页"]
    contents = [open_sealed((on_path(point, each)).read_bytes(), each.key, each.digest) for each in added]
    assert contents == [JPEG, PDF]
    assert point.desk.attachments.count(case.case_no) == 2
    kinds = [record.header.kind for record in point.journal.read(0, 100)]
    assert kinds.index(Kind.CASE_TAKEN_IN) < kinds.index(Kind.ATTACHMENT_ADDED)
    assert point.desk.record_of(case.case_no, Kind.CASE_TAKEN_IN) is not None


def on_path(point: Point, named: AttachmentAdded) -> Path:
    return point.directory / "attachments" / named.digest.hex()


def test_nothing_of_a_paper_is_ever_on_the_disk_unsealed(point: Point) -> None:
    do(point, *TO_MARKS, Open("documents"), Open("file", file_id("IMG_0001.jpg")))
    assert len(on_disk(point)) == 1
    for path in point.directory.rglob("*"):
        if path.is_file() and "sticks" not in path.parts:
            assert b"household register" not in path.read_bytes(), path


def test_an_added_paper_can_be_taken_out_again_and_is_swept_at_the_next_start(point: Point) -> None:
    do(point, *TO_MARKS, Open("documents"), Open("file", file_id("IMG_0001.jpg")), Open("file", file_id("scan.pdf")))
    first, second = point.visit.context.session.application.attachments  # type: ignore[union-attr]  # it is there
    do(point, Do("remove", first.digest.hex()))
    assert point.desk.attachments.named() == {second.digest}
    point.documents.tidy(point.desk, [])
    assert on_disk(point) == [on_path(point, second)]


def test_what_a_draft_names_stays_through_a_restart_and_goes_with_the_draft(point: Point) -> None:
    do(point, *TO_MARKS, Open("documents"), Open("file", file_id("IMG_0001.jpg")), Back())
    (draft,) = point.desk.drafts.of_agent("A01")
    point.documents.tidy(point.desk, [])
    assert len(on_disk(point)) == 1
    point.close()
    again = Point(point.directory)
    again.documents.tidy(again.desk, [])
    assert len(on_disk(again)) == 1
    do(again, *SIGN_IN, Choose("filter", "drafts"), Open("draft", draft.id))
    application = again.visit.context.session.application
    assert application is not None
    assert len(application.attachments) == 1
    again.desk.discard_draft(draft.id)
    again.documents.tidy(again.desk, [])
    assert on_disk(again) == []
    again.close()


def test_a_lost_projection_makes_no_orphans(point: Point) -> None:
    do(point, *TO_MARKS, Open("documents"), Open("file", file_id("IMG_0001.jpg")), Back(), Next())
    do(point, Sign("signature", SIGNATURE), Next())
    (kept,) = on_disk(point)
    with point.journal.transaction():
        point.desk.attachments.clear()
    point.documents.tidy(point.desk, [])
    assert on_disk(point) == [kept]
    point.desk.rebuild()
    point.documents.tidy(point.desk, [])
    assert on_disk(point) == [kept]
    point.documents.tidy(point.desk, [bytes.fromhex(kept.name)])
    assert on_disk(point) == []


def test_ending_the_visit_leaves_nothing_of_a_paper_in_memory(point: Point) -> None:
    do(point, *TO_MARKS, Open("documents"), Open("file", file_id("IMG_0001.jpg")))
    point.clock.advance(3_600_000)
    point.core.tick()
    point.clock.advance(3_600_000)
    point.core.tick()
    assert point.visit.context.session.application is None


def test_a_stick_that_was_pulled_out_is_said_and_loses_nothing(point: Point) -> None:
    do(point, *TO_MARKS, Open("documents"))
    (point.directory / "sticks" / file_id("IMG_0001.jpg")).unlink()
    do(point, Open("file", file_id("IMG_0001.jpg")))
    assert "读不到了" in said(point)
    do(point, Open("file", "../../record.pem"))
    assert on_disk(point) == []
    (point.directory / "sticks" / file_id("IMG_0001.jpg")).write_bytes(JPEG)
    do(point, Open("file", file_id("IMG_0001.jpg")))
    assert said(point) == "", "it was put in again"
    assert len(on_disk(point)) == 1


def test_no_file_moves_under_the_finger_that_goes_down_the_list(point: Point) -> None:
    do(point, *TO_MARKS, Open("documents"))
    above = page(point).blocks[: [isinstance(block, Rows) for block in page(point).blocks].index(True)]
    before = files_shown(point)
    (point.directory / "sticks" / file_id("newer.jpg")).write_bytes(JPEG)
    (point.directory / "sticks" / file_id(before[1])).unlink()
    do(point, Open("file", file_id(before[0])), Open("file", file_id(before[1])))
    assert files_shown(point) == before
    assert page(point).blocks[: len(above)] == above
    rows = page(point).blocks[len(above)]
    assert isinstance(rows, Rows)
    assert [(row.trailing, row.intent is None) for row in rows.rows] == [("已添加", True), ("添加", False)]
    assert "读不到了" in rows.rows[1].subtitle
    (added,) = point.session.application.attachments  # type: ignore[union-attr]  # it is being filled in
    do(point, Do("remove", added.digest.hex()))
    rows = page(point).blocks[len(above)]
    assert isinstance(rows, Rows)
    assert rows.rows[0].intent == Open("file", file_id(before[0])), "what was taken out again can be added again"


def test_a_stick_that_is_put_in_shows_its_files_by_itself(point: Point, monkeypatch: pytest.MonkeyPatch) -> None:
    do(point, *TO_MARKS, Open("documents"))
    point.core.tick()
    (point.directory / "sticks" / file_id("newer.jpg")).write_bytes(JPEG)
    point.core.tick()
    assert "newer.jpg" not in files_shown(point), "nothing was put in"
    monkeypatch.setattr(point.stick_room, "is_in", lambda: True)
    point.core.tick()
    assert "newer.jpg" in files_shown(point)


def test_links_hidden_files_and_deep_trees_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(JPEG)
    stick = tmp_path / "media" / "stick"
    (stick / "a" / "b" / "c").mkdir(parents=True)
    (stick / "link.jpg").symlink_to(secret)
    (stick / ".hidden.jpg").write_bytes(JPEG)
    (stick / "a" / "b" / "c" / "deep.jpg").write_bytes(JPEG)
    os.mkfifo(stick / "pipe.jpg")
    (stick / "a" / "good.jpg").write_bytes(JPEG)
    assert [each.id for each in StickDocuments(tmp_path / "media").files()] == ["stick/a/good.jpg"]
    assert StickDocuments(tmp_path / "no such place").files() == ()


def test_names_that_are_no_text_or_steer_a_screen_are_shown_harmlessly_and_their_files_taken(
    point: Point, fonts: FontStack
) -> None:
    stick = point.directory / "sticks" / "agent" / "KINGSTON"
    names = (
        b"\xff\xfe\xd5\xd5\xc6\xac.jpg",
        b"line\nfeed.jpg",
        b"\x1b[2J.jpg",
        "\N{RIGHT-TO-LEFT OVERRIDE}gpj.pdf".encode(),
    )
    for name in names:
        Path(os.fsdecode(os.fsencode(stick) + b"/" + name)).write_bytes(JPEG)
    do(point, *TO_MARKS, Open("documents"))
    titles = files_shown(point)
    assert len(titles) == len(names) + 2
    for title in titles:
        assert title.isprintable()
        assert look(fonts, 1024, 600).ink.typesetter.set(title, 20, width_px=300).lines
    for name in names:
        do(point, Open("file", file_id(os.fsdecode(name))))
        assert said(point) == ""
    assert len(on_disk(point)) == len(names)


def test_a_stick_with_names_without_end_is_looked_into_for_a_while_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_ENTRIES_MAX", 50)
    many, beside = tmp_path / "media" / "many", tmp_path / "media" / "beside"
    many.mkdir(parents=True)
    beside.mkdir()
    for number in range(70):
        (many / f"{number}.jpg").write_bytes(JPEG)
    candidates = list(StickDocuments(tmp_path / "media")._candidates())
    assert 0 < len(candidates) <= 48, "two of the names were those of the directories"


@pytest.mark.parametrize(
    ("content", "settings", "code"),
    [
        (b"MZ not a picture", {}, "document_of_another_kind"),
        (JPEG + bytes(CONTENT_BYTES_MAX), {}, "document_too_large"),
        (JPEG, {"quota_bytes": 100}, "documents_quota"),
        (JPEG, {"free_bytes_least": 1 << 60}, "documents_no_room"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name_and_leaves_nothing(
    tmp_path: Path, content: bytes, settings: dict[str, int], code: str
) -> None:
    class OneFile:
        def files(self) -> tuple[()]:
            return ()

        def read(self, file_id: str) -> bytes:
            return content

    shelf = AttachmentShelf(tmp_path / "attachments", **{"free_bytes_least": 0, **settings})
    with pytest.raises(DocumentRefused) as refusal:
        DocumentDesk(OneFile(), shelf).take("x", "照片", "")
    assert refusal.value.code == code
    assert shelf.used_bytes() == 0


def test_the_strip_says_how_much_is_still_to_go(point: Point) -> None:
    truths = point.core.truths()
    for left, expected in (
        (OutgoingLeft(2, 3_150_000, 0), "附件还需 3.1 MB"),
        (OutgoingLeft(1, 10, 0), "附件还需 0.1 MB"),
        (OutgoingLeft(0, 0, 1), "1 个附件坏了，请技术员处理"),
    ):
        told = status_strip(point.tr, replace(truths, attachments=left), point.clock.wall_ms())
        assert expected in [entry.text for entry in told.left]
    assert not any("附件" in entry.text for entry in status_strip(point.tr, truths, 0).left)
    assert in_megabytes(3_249_999) == "3.2 MB"


def test_marks_and_attachments_are_told_apart(point: Point) -> None:
    """A photograph is no mark: what was seen is for the agent to say."""
    do(point, *TO_MARKS, Open("documents"), Open("file", file_id("IMG_0001.jpg")))
    application = point.visit.context.session.application
    assert application is not None
    assert application.marks["id_card"] is MaterialState.ORIGINAL_SEEN
    assert len(application.attachments) == 1
