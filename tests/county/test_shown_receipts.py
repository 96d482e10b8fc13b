"""A receipt is shown at a kiosk, with the real desk, the real county and a paper in hand; the desks are locked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from county.cases import AcceptCase, DecideCase
from county.papers import PaperVerdict
from county.store.papers import PaperTable
from kiosk.intents import Back, Do, Next, Open, Scanned, Typed
from kiosk.pages import Actions, BigNumber, Fields
from kiosk.printing import Issued
from kiosk.receipts import case_slip
from sync.model.facts import Kind, Outcome, ReceiptVerdict, SlipKind
from sync.model.receipt import ReceiptToken, parse_qr_text, qr_text
from sync.receipt_proof import make_token
from tests.county.kiosk_end import FOUR, Kiosk
from tests.county.office import DECIDER, INTAKE
from tests.county.village import LIUXI, SHIQIAO, new_signer
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.kiosk.point import Point


def decided(liuxi: Kiosk) -> tuple[str, str]:
    """A case that the county has decided, and the code on its receipt; every desk is locked."""
    number = liuxi.take_in()
    code = liuxi.code
    liuxi.carry()
    liuxi.office.do(INTAKE, number, AcceptCase())
    liuxi.office.do(DECIDER, number, DecideCase(Outcome.APPROVED, "符合高龄津贴的条件。"))
    liuxi.carry()
    return number, code


def test_receipt_and_last_four_show_the_answer_while_the_desk_is_locked(liuxi: Kiosk) -> None:
    number, code = decided(liuxi)
    liuxi.ask(code)
    assert liuxi.point.place == "answer"
    assert liuxi.notices()[0] == "回执核验无误，是柳溪村便民服务点开的"
    assert ("县里作出决定", "同意：符合高龄津贴的条件。") in liuxi.story()
    assert liuxi.facts()["申请人"] == "李＊兰"
    # The number and the last four show the way, and not the reasons.
    assert not any("符合高龄津贴" in note for _, note in without_paper(liuxi, number))


def without_paper(kiosk: Kiosk, number: str) -> list[tuple[str, str]]:
    from kiosk.presenters.story import tell  # noqa: PLC0415 - for this question only

    return [(each.text, each.note) for each in tell(kiosk.point.visit.context, number, for_villager=True)]


def test_a_receipt_that_was_found_shows_nothing_without_the_right_last_four(liuxi: Kiosk) -> None:
    _, code = decided(liuxi)
    for four in ("0017", "9999", ""):
        liuxi.ask(code, four)
        assert liuxi.point.place == "progress"
    for _ in range(4):
        liuxi.ask(code, "1234")
    assert any("请等" in text for text in liuxi.notices()), "who guesses has to wait"
    assert not any("符合" in text for text in liuxi.notices())


def test_another_village_says_openly_that_it_cannot_verify_before_it_knows_the_key(
    liuxi: Kiosk, shiqiao: Kiosk
) -> None:
    _, code = decided(liuxi)
    shiqiao.ask(code)
    assert shiqiao.point.place == "answer"
    assert shiqiao.notices()[0].startswith("不能核验")
    assert any(text.startswith("待县里确认") for text in shiqiao.notices())
    assert shiqiao.facts()["收件的地方"] == "柳溪村便民服务点"


def test_another_village_verifies_restores_a_stub_and_is_filled_by_the_county(liuxi: Kiosk, shiqiao: Kiosk) -> None:
    number, code = decided(liuxi)
    shiqiao.carry()
    shiqiao.ask(code)
    assert shiqiao.notices()[0] == "回执核验无误，是柳溪村便民服务点开的"
    assert any(text.startswith("待县里确认") for text in shiqiao.notices())
    stub = shiqiao.point.desk.shown.stub(number)
    assert stub is not None
    assert (stub.status, stub.verdict) == (None, ReceiptVerdict.VERIFIED)
    shiqiao.carry()
    assert "县里已决定，结果送来后通知您" in shiqiao.notices(), "it shows by itself to who has waited"
    assert not shiqiao.told_of_a_case()
    shiqiao.ask(code)
    assert "县里已决定，结果送来后通知您" in shiqiao.notices()
    assert ("县里作出决定", "同意：符合高龄津贴的条件。") in shiqiao.story()
    assert shiqiao.facts()["事项"] == "高龄津贴申请"
    # With other last four it is nobody's business.
    shiqiao.ask(code, "1111")
    assert shiqiao.point.place == "progress"
    assert "没有查到" in shiqiao.notices()[0]
    shiqiao.point.desk.rebuild()
    assert shiqiao.point.desk.shown.stub(number) is not None


def test_a_case_that_came_after_who_asked_had_gone_is_told_on_the_strip_until_a_receipt_is_scanned(
    liuxi: Kiosk, shiqiao: Kiosk
) -> None:
    _, code = decided(liuxi)
    shiqiao.carry()
    shiqiao.ask(code)
    shiqiao.point.do(Next(), *SIGN_IN)
    assert (shiqiao.point.place, shiqiao.told_of_a_case()) == ("desk", False)
    shiqiao.carry()
    shiqiao.point.core.tick()
    assert (shiqiao.point.place, shiqiao.told_of_a_case()) == ("desk", True), "and nobody's screen was taken"
    shiqiao.point.do(Do("lock"))
    shiqiao.ask(code)
    assert not shiqiao.told_of_a_case()
    assert "县里已决定，结果送来后通知您" in shiqiao.notices()


def test_a_forged_receipt_is_called_so_and_restores_nothing(liuxi: Kiosk, shiqiao: Kiosk) -> None:
    number, code = decided(liuxi)
    shiqiao.carry()
    token = parse_qr_text(code)
    host = shiqiao.point.point_packs.profile.receipt_host
    forged = ReceiptToken(replace(token.claim, minute=token.claim.minute - 60), token.case_key, token.signature)
    for kiosk in (shiqiao, liuxi):
        kiosk.ask(qr_text(forged, host))
        assert kiosk.point.place == "progress"
        assert "这张回执核验不过，不能作凭据。已记下来报给县里" in kiosk.notices()
        kiosk.point.do(Next())
        assert kiosk.notices() == []
        assert any(isinstance(block, Fields) for block in kiosk.point.page.blocks), "the next number can be typed"
    assert shiqiao.point.desk.shown.stub(number) is None
    shiqiao.carry()
    liuxi.carry()
    with liuxi.office.database.reading() as connection:
        assert {each.verdict for each in PaperTable(connection).grave()} == {PaperVerdict.FORGED}


def test_a_disk_put_back_before_it_was_sent_is_found_by_the_next_receipt(
    liuxi: Kiosk, shiqiao: Kiosk, tmp_path: Path
) -> None:
    # What was printed and not sent is gone from this disk: the paper still names it.
    lost = Point(tmp_path / "lost", region=LIUXI, readers=liuxi.point.readers)
    lost.do(*SIGN_IN, *TAKE_IN)
    token = lost.paper_desk.token(lost.session.case_no or "")
    lost.close()
    (tmp_path / "put-back").mkdir()
    shutil.copy2(tmp_path / "lost" / "record.pem", tmp_path / "put-back" / "record.pem")
    restored = Point(tmp_path / "put-back", region=LIUXI, readers=liuxi.point.readers)
    host = restored.point_packs.profile.receipt_host
    restored.do(Scanned(qr_text(token, host)))
    assert restored.session.query.verdict is ReceiptVerdict.NOT_HERE
    restored.do(Typed("last_four", FOUR), Next())
    texts = restored.notices
    assert any(text.startswith("待县里确认") for text in texts), "a stub stands for the case that is gone"
    while restored.place != "home":
        restored.do(Back())
    restored.do(*SIGN_IN, *TAKE_IN)
    assert restored.paper_desk.judge(token.claim, token.signature) is ReceiptVerdict.OTHER_RECORD
    restored.close()


def test_a_lost_receipt_is_renewed_by_the_agent_and_the_old_one_shows_nothing_newer(liuxi: Kiosk) -> None:
    number = liuxi.take_in()
    old = liuxi.code
    liuxi.carry()
    liuxi.office.do(INTAKE, number, AcceptCase())
    point = liuxi.point
    point.do(*SIGN_IN, Open("slip", number))
    assert any(action.target_id == "renew" for action in point.page.others)
    point.do(Do("renew"))
    asked = next(block for block in point.page.blocks if isinstance(block, Actions))
    assert [each.target_id for each in asked.actions][:2] == ["renew_yes", "renew_no"]
    point.do(Do("renew", "no"))
    assert Kind.CASE_KEY_CHANGED not in {step.envelope.kind for step in point.desk.cases.case(number).steps}
    point.do(Do("renew"), Do("renew", "checked"))
    new = liuxi.receipt(number)
    assert parse_qr_text(new).case_key != parse_qr_text(old).case_key
    slip = case_slip(point.visit.context, SlipKind.RECEIPT, number)(Issued(0, 1))
    assert "（换发，以前的回执作废）" in str(slip)
    point.do(Next(), Do("lock"))
    liuxi.carry()
    liuxi.office.do(DECIDER, number, DecideCase(Outcome.REFUSED, "年龄不到。"))
    liuxi.carry()
    liuxi.ask(old)
    assert point.place == "answer"
    assert "这张回执已经换过新的，新的消息要用新回执看" in liuxi.notices()
    assert not any("年龄不到" in note for _, note in liuxi.story())
    liuxi.ask(new)
    assert any("年龄不到" in note for _, note in liuxi.story())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("https://pay.example/r#123", "这不是本县的回执，请到开回执的地方查"),
        ("https://{host}/r#12345", "码没有读全，请把回执摊平再扫一次"),
        ("https://{host}/r#" + "9" * 5000, "码没有读全，请把回执摊平再扫一次"),
        ("https://", "这不是本县的回执，请到开回执的地方查"),
    ],
)
def test_some_other_code_is_said_to_be_none(liuxi: Kiosk, code: str, said: str) -> None:
    before = liuxi.point.journal.head()
    liuxi.point.do(Scanned(code.format(host=liuxi.point.point_packs.profile.receipt_host)))
    assert liuxi.point.place == "progress"
    assert said in liuxi.notices()
    assert any(isinstance(block, Fields) for block in liuxi.point.page.blocks), "the number can still be typed"
    assert liuxi.point.journal.head() == before


def test_nothing_of_a_shown_receipt_outlives_the_visitor(liuxi: Kiosk) -> None:
    number, code = decided(liuxi)
    liuxi.ask(code)
    liuxi.point.do(Next())
    assert liuxi.point.place == "home"
    assert liuxi.point.session.query.paper is None
    case_key = parse_qr_text(code).case_key
    for path in liuxi.point.directory.rglob("*"):
        if path.is_file():
            assert case_key not in path.read_bytes(), path.name
    assert BigNumber("办件编号", number) not in getattr(liuxi.point.seen.view, "blocks", ())


def test_a_terminal_does_not_believe_a_key_for_a_chain_of_another_point(liuxi: Kiosk, shiqiao: Kiosk) -> None:
    number, code = decided(liuxi)
    shiqiao.carry()
    token = parse_qr_text(code)
    stranger = new_signer()
    assert shiqiao.point.paper_desk.judge(token.claim, stranger.sign(b"x")) is ReceiptVerdict.SIGNATURE_WRONG
    # Signed by a terminal of the county indeed, under a number that another point gives.
    record = liuxi.point.journal.record(token.claim.seq)
    assert record is not None
    of_shiqiao = replace(token.case_number, region=SHIQIAO)
    borrowed = make_token(of_shiqiao, record, token.case_key, liuxi.point.journal.signer)
    assert shiqiao.point.paper_desk.judge(borrowed.claim, borrowed.signature) is ReceiptVerdict.SIGNATURE_WRONG
    assert shiqiao.point.paper_desk.judge(token.claim, token.signature) is ReceiptVerdict.VERIFIED
    assert number.startswith(LIUXI)
