"""What has to stand on every paper of a service point, whoever lays it out; and that all of it can be read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image

from county.papers import PaperAgainstChain, PaperVerdict, judge
from devices.printer.document import Slip
from devices.printer.layout import Line, columns_of, lay_out
from devices.printer.profile import Profile, QrForm, read_profile
from kiosk.intents import SetLanguage
from kiosk.presenters.shown_paper import worth
from kiosk.receipts.agent_card import agent_card_slip
from sync.model.facts import ReceiptSeen
from sync.model.receipt import NO_CASE_KEY, parse_qr_text
from sync.reading import NO_KEYS, fact_of
from tests.kiosk.journeys import CARD
from tests.kiosk.slips import REPRINT, Printed, SlipsOfADay, printed

WIDTHS = ("escpos-58", "escpos-80")
OF_A_CASE = {
    "receipt": ("代办收件回执", "261123 01-0001-", "收件 2026年11月23日 星期一 14:32"),
    "notice": ("一次性告知单", "261123 01-0002-", "告知 2026年11月23日 星期一 14:32"),
    "delay": ("延期说明单", "261123 01-0003-", "说明 2026年11月23日 星期一 14:32"),
    "supplement": ("补充材料接收单", "261123 01-0003-", "接收 2026年11月23日 星期一 14:32"),
    "withdrawal": ("撤回申请确认单", "261123 01-0003-", "撤回 2026年11月23日 星期一 14:32"),
    "delivery": ("结果送达单", "261123 01-0004-", "送达 2026年11月23日 星期一 14:32"),
}
OF_NO_CASE = {
    "guide": "办事指南",
    "checklist": "材料清单",
    "self_test": "设备自检单",
    "rating": "评价凭条",
    "agent_card": "联络员卡",
}
WHAT_EACH_SAYS = {
    "receipt": ("高龄津贴申请", "李＊兰", "王建国", "最迟11月30日办结", "11月30日是星期一", "次日起算，5个工作日",
                "后补近期一寸照片（最迟12月7日）", "已收户口簿、社会保障卡或银行卡", "尚未传到县里", "身份证号后四位"),
    "notice": ("高龄津贴申请", "还要带1样材料：", "1.户口簿", "原件1份；复印件1份", "有效期至2027年2月21日星期日",
               "签名：", "没有写在这张单子上的材料，可以不补"),
    "delay": ("欧＊＊华", "12月4日星期五", "原因县里核对户籍信息", "12月4日是星期五", "其中延长4个工作日", "签名："),
    "supplement": ("欧＊＊华", "收到1样材料：", "1.近期一寸照片复印件已收", "照片背面写了姓名", "最迟12月4日办结"),
    "withdrawal": ("欧＊＊华", "申请已撤回", "理由孩子接去县城住了", "已在屏幕上签名", "可以重新申请"),
    "delivery": ("法律援助咨询", "决定：同意", "已当面解答，并写明可以申请", "领取咨询答复记录", "签收人李＊兰"),
    "guide": ("高龄津贴申请", "多久办好20个工作日", "法定时限30个工作日", "年满80周岁", "户口簿（必须；", "不收费",
              "不同意：出书面通知，说明理由", "老年人权益保障法", "咨询000-5550-201", "投诉12345", "地点村便民服务点"),
    "checklist": ("高龄津贴申请", "□申请人身份证", "□户口簿", "□近期一寸照片（可以后补）",
                  "□受托亲属身份证（看情况）", "没写在上面的材料不用带", "咨询000-5550-201"),
    "self_test": ("终端990101102203-01", "自检2026年11月23日星期一14:32", "有2处问题", "◆评价器有问题，“满意”键没反应",
                  "◆网络有问题，现在连不上县里", "有1项没有查：", "—读卡器没有查，没有装", "●触摸屏正常",
                  "把文字发给技术员"),
    "rating": ("高龄津贴申请", "评价2026年11月23日星期一14:32", "您的评价已记下", "改了、少了都查得出来",
               "凭条上不写您评了什么", "办件编号990101102203", "到任何服务点一扫"),
    "agent_card": ("王建国A01", "登录时扫码，再输密码", "丢了马上停用"),
}  # fmt: skip


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlipsOfADay]:
    """One day at a point; no test here changes what happened on it."""
    made = SlipsOfADay(tmp_path_factory.mktemp("day") / "point")
    yield made
    made.close()


@pytest.fixture(scope="module", params=WIDTHS)
def papers(day: SlipsOfADay, request: pytest.FixtureRequest) -> dict[str, Printed]:
    """Every paper on one width."""
    return {name: printed(day.slip(name), read_profile(request.param)) for name in day.names}


def codes(paper: Printed) -> list[str]:
    """What zxing reads on the picture of a paper."""
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(paper.png)))]


def too_wide(slip: Slip, profile: Profile) -> list[str]:
    """Lines that would not fit the paper in their size."""
    lines = [laid for laid in lay_out(slip.blocks, profile.columns) if isinstance(laid, Line)]
    return [line.text for line in lines if columns_of(line.text) * line.size.across > profile.columns]


def test_every_paper_begins_with_whose_it_is_and_what_it_is(papers: dict[str, Printed]) -> None:
    titles = {name: says[0] for name, says in OF_A_CASE.items()} | OF_NO_CASE
    assert {name: paper.lines[:2] for name, paper in papers.items()} == {
        name: ["柳溪村便民服务点", title] for name, title in titles.items()
    }


def test_every_paper_for_villagers_ends_with_telephone_hours_and_supervision_line(papers: dict[str, Printed]) -> None:
    for paper in (paper for name, paper in papers.items() if name != "self_test"):
        ending = "".join(line for line in paper.lines[-6:])
        assert "电话 000-5550-123" in ending
        assert "周一至周五 8:30—12:00，14:00—17:30" in ending.replace("，14", "，14")
        assert "监督 12345" in ending


def test_a_paper_of_a_case_has_its_number_in_groups_and_the_day_of_the_act(papers: dict[str, Printed]) -> None:
    for name, (_, number, act) in OF_A_CASE.items():
        assert any(line.startswith(number) for line in papers[name].lines), name
        assert "办件编号 990101102203" in papers[name].lines, name
        assert act in papers[name].lines, name


def test_every_paper_says_what_the_villager_needs_to_know(papers: dict[str, Printed]) -> None:
    missing = [
        (name, words) for name, says in WHAT_EACH_SAYS.items() for words in says if words not in papers[name].running
    ]
    assert missing == []


def test_no_paper_tells_a_full_name_or_a_digit_of_an_identity_number(papers: dict[str, Printed]) -> None:
    for name, paper in papers.items():
        for secret in ("李秀兰", "欧阳建华", "990101194001010016", "0016", "19400101", "00055500123", "62000000"):
            assert secret not in paper.running, (name, secret)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_at_the_edge_of_the_paper(day: SlipsOfADay, width: str) -> None:
    profile = read_profile(width)
    for name in day.names:
        assert too_wide(day.slip(name, REPRINT), profile) == [], name
    day.point.do(SetLanguage("en"))
    for name in day.names:
        assert too_wide(day.slip(name, REPRINT), profile) == [], f"{name} in English"
    day.point.do(SetLanguage("zh-Hans"))


def test_a_first_print_is_not_called_a_reprint(papers: dict[str, Printed]) -> None:
    assert [name for name, paper in papers.items() if "补打" in paper.running] == []


def test_a_reprint_is_marked_keeps_the_day_of_the_act_and_says_when_it_was_printed(day: SlipsOfADay) -> None:
    clock, was_ms = day.point.clock, day.point.clock.wall_ms()
    clock.set_wall(was_ms + 3 * 86_400_000)
    try:
        for name, (_, _, act) in OF_A_CASE.items():
            lines = printed(day.slip(name, REPRINT), read_profile("escpos-58")).lines
            assert "（补打第 1 次）" in lines[2:4], name
            assert act in lines, name
            assert "打印 2026年11月26日 星期四 14:32" in lines, name
    finally:
        clock.set_wall(was_ms)


def test_the_receipts_code_is_read_from_the_paper_and_restores_the_case(papers: dict[str, Printed]) -> None:
    [code] = codes(papers["receipt"])
    assert code.startswith("https://qingshan.example/r#")
    assert len(code.partition("#")[2]) == 306


def test_a_telephone_reads_the_faults_from_the_slip_of_a_self_test_and_nothing_personal(
    papers: dict[str, Printed],
) -> None:
    [code] = codes(papers["self_test"])
    assert code.split("\n") == [
        "SUNPOINT-TEST 1 990101102203-01 20261123-1432",
        "FAULT rating_pad key_satisfied_silent",
        "FAULT network no_line",
        "NOT-CHECKED id_reader not_configured",
        "OK touch clock disk",
    ]


def test_the_slip_of_a_rating_tells_neither_the_answer_nor_the_agent(papers: dict[str, Printed]) -> None:
    for words in ("满意", "王建国", "A01", "联络员"):
        assert words not in papers["rating"].running


def test_the_slip_of_a_rating_is_known_as_one_where_it_is_shown_and_held_against_the_record(day: SlipsOfADay) -> None:
    point = day.point
    [code] = codes(printed(day.slip("rating"), read_profile("escpos-80")))
    token = parse_qr_text(code, "qingshan.example")
    assert token.case_key == NO_CASE_KEY, "it opens nothing"
    assert point.paper_desk.proves_a_rating(token)
    assert not point.paper_desk.proves_a_rating(point.paper_desk.token(day.taken_in))
    said = worth(point.visit.context, token, point.paper_desk.show(token)).text
    assert said == f"评价凭条核验无误：评价是本机第 {day.rated.seq} 条，还没有传到县里"
    shown = point.journal.record(point.journal.head().seq)
    rating = point.journal.record(day.rated.seq)
    assert shown is not None
    assert rating is not None
    seen = fact_of(shown, NO_KEYS)
    assert isinstance(seen, ReceiptSeen)
    held = {PaperVerdict.FITS: rating.hash, PaperVerdict.REWRITTEN: shown.hash, PaperVerdict.MISSING: None}
    for verdict, record_hash in held.items():
        against = PaperAgainstChain(point.journal.public_key, "990101102203-01", record_hash)
        assert judge(seen, against) is verdict


def test_the_card_can_be_scanned_and_typed_from_its_paper(papers: dict[str, Printed]) -> None:
    assert codes(papers["agent_card"]) == [CARD.text()]
    assert CARD.text() in papers["agent_card"].running


def test_a_receipt_is_short_on_the_wire(day: SlipsOfADay) -> None:
    narrow = read_profile("escpos-58")
    assert len(printed(day.slip("receipt"), replace(narrow, qr=QrForm.NATIVE)).wire) <= 1_200
    assert len(printed(day.slip("receipt"), replace(narrow, qr=QrForm.RASTER)).wire) <= 4_000


@pytest.mark.parametrize("width", WIDTHS)
def test_a_rare_name_is_drawn_whole_and_nothing_stands_in_for_it(day: SlipsOfADay, width: str) -> None:
    card = agent_card_slip(day.point.visit.context, "㛃𠅤䶮𬱖", CARD)
    paper = printed(card, read_profile(width))
    assert "〓" not in paper.text
    assert "㛃" not in paper.text, "the printer has no such character: the line is a picture"
    assert len(paper.png) > 0
    assert too_wide(card, read_profile(width)) == []
