"""The steps of the tour, each a small act of a person with a picture after it.

The line is down at the beginning. 李秀兰's application is taken in, rated and queued; the line comes up; the county
accepts, asks for a paper, approves; the answer comes back and is handed over. A second application is refused.
"""

from __future__ import annotations

import shutil

import requests
import zxingcpp
from PIL import Image

from tests.tour.hands import LINE_UP_S, Hands

IDENTITY, LAST_FOUR = "990101194001010016", "0016"
SECOND_NAME, SECOND_CARD = "周福生", "long_term"
"""The second applicant's identity card; see `devices.sim.cards`."""
SIGNATURE = (
    ((0.10, 0.35), (0.18, 0.30), (0.26, 0.36)),
    ((0.18, 0.22), (0.18, 0.55), (0.12, 0.72)),
    ((0.18, 0.50), (0.24, 0.66)),
    ((0.34, 0.30), (0.46, 0.26)),
    ((0.40, 0.24), (0.38, 0.50), (0.46, 0.70)),
    ((0.56, 0.34), (0.68, 0.30), (0.64, 0.48), (0.56, 0.52)),
    ((0.62, 0.22), (0.62, 0.74)),
)
PAPER_LINES_LEFT = 8
PRESSED_KEY, PRESSED_LEVEL = 2, 4
LATER_LEVEL, LATER_REASON = 2, 3
SUPPLEMENT = "赡养协议或无子女证明"
COUNTY_REASONS = "年满八十周岁，户籍和居住情况属实，符合高龄津贴发放条件。"
REFUSAL_REASONS = "经核对，申请人户籍不在本县，请向户籍所在地申请。"


class Tour(Hands):
    """The whole main job, step by step."""

    # --- looking round -----------------------------------------------------------------------------------------------

    def look_round(self) -> None:
        """What a villager sees before anybody helps: home, another language, the guide, an item."""
        window = self.window
        window.wait_text("您好，今天要办什么？")
        window.wait_text("线路不通，先存在本机")
        self.keep("home-line-down")
        window.tap("language")
        window.wait_text("Hello, what can we do for you?")
        self.keep("home-english")
        window.tap("language")
        window.tap("tile.guide")
        window.wait_text("按部门")
        self.keep("guide")
        self.search("gljt")
        window.tap("key.done")
        self.keep("guide-search-by-initials")
        window.tap("item.elder_allowance")
        window.wait_text("要带什么")
        self.keep("item")
        window.tap("back")
        window.tap("back")

    def sign_in(self) -> None:
        """The agent signs in with the card, and once with a wrong PIN."""
        window = self.window
        window.tap("sign_in")
        window.wait_target("by_hand")
        self.keep("card-wanted")
        agent = self.setting.agents[0]
        self.hold(agent.card(self.setting.subject).text())
        window.wait_text("卡已认出")
        self.keep("card-scanned")
        for digit in "111111":
            window.tap(f"key.{digit}")
        window.wait_text("密码不对，请再输一次")
        self.keep("wrong-pin")
        for digit in self.setting.agents[0].pin:
            window.tap(f"key.{digit}")
        window.wait_text("我的办件")
        self.keep("desk-empty")

    # --- the application ---------------------------------------------------------------------------------------------

    def choose_item(self) -> None:
        """选事项 and 核对材料."""
        window = self.window
        window.tap("menu.new")
        window.wait_text("按部门")
        self.keep("pick")
        self.search("gljt")
        window.tap("key.done")
        window.tap("item.elder_allowance")
        window.wait_text("材料带齐了吗？")
        for material in ("id_card", "household", "bank", "photo"):
            window.tap(f"material.{material}.here")
        self.keep("checklist")
        window.tap("next")

    def fill_form(self) -> None:
        """填表: the name by the pinyin keys under the finger, a wrong check digit, and the rest."""
        window = self.window
        window.wait_text("填表")
        window.tap("field.applicant_name")
        self.letters("lixiulan")
        self.keep("typing-pinyin")
        self.write_name("李秀兰")
        window.tap("key.done")
        window.wait(lambda state: _focused(state, "key.0"), "the digits of the identity number")
        window.keys(IDENTITY[:-1] + "5")
        window.tap("key.done")
        window.wait_text("最后一位不对，请核对第 18 位")
        self.keep("wrong-check-digit")
        window.press("BackSpace")
        window.keys(IDENTITY[-1])
        window.tap("key.done")
        window.tap("field.applicant_region.990101102203001")
        self.digits("applicant_phone", "00055500123")
        self.close_panel()
        window.tap("field.living.alone")
        window.tap("field.health.self")
        window.tap("field.bank_name.rcu")
        self.digits("bank_account", "6200000000000001")
        window.tap("field.account_name")
        self.letters("lixiulan")
        self.write_name("李秀兰")
        window.tap("key.done")
        window.tap("field.filled_by.self")
        self.keep("form-filled")
        window.tap("next")

    def mark_and_sign(self) -> None:
        """认材料 and 核对签名."""
        window = self.window
        window.wait_text("认材料")
        window.tap("next")
        window.wait_text("再往下走")
        self.keep("missing-mark")
        window.tap("mark.id_card.original_seen")
        for material in ("household", "bank"):
            window.tap(f"mark.{material}.copy_taken")
        window.tap("mark.photo.promised")
        self.keep("marks")
        window.tap("next")
        window.wait_text("请核对一遍")
        self.keep("review")
        window.draw("signature", SIGNATURE)
        self.keep("signed")
        window.tap("next")

    def take_receipt(self) -> None:
        """拿回执: saved here, printed, and what the paper looks like."""
        window = self.window
        window.wait_text("已保存在本机")
        window.wait_text("已打印", 60)
        state = window.state()
        numbers = [text for text in state["texts"] if text.startswith("990101102203 ")]
        self.case_no = "".join(sign for sign in numbers[0] if sign.isalnum())
        self.keep("receipt")
        newest = self.papers()[0]
        for suffix, name in (("png", "receipt.png"), ("raw", "receipt.bin")):
            answer = requests.get(self.stage.panel_url.rstrip("/") + newest[suffix], timeout=20)
            answer.raise_for_status()
            (self.out / name).write_bytes(answer.content)
        shutil.copy(self.out / "receipt.png", self.out / f"{len(self.steps) + 1:02d}-paper.png")
        self.steps.append({"name": "paper", "picture": f"{len(self.steps) + 1:02d}-paper.png"})

    def rate(self) -> None:
        """The villager presses 满意 on the pad; the screen says thanks and shows no level."""
        window = self.window
        window.tap("next")
        window.wait_text("请在评价器上按一个键")
        self.keep("rating-asked")
        answer = requests.post(self.stage.panel_url + "pad/press", json={"key": PRESSED_KEY}, timeout=20)
        answer.raise_for_status()
        window.wait_text("谢谢您的评价")
        self.keep("rating-thanks")
        window.tap("done")
        window.wait_text("待上传")
        self.keep("desk-queued")

    # --- the county --------------------------------------------------------------------------------------------------

    def line_up(self) -> None:
        """The gateway comes up; what was queued arrives and is acknowledged."""
        self.stage.start("gateway")
        self.stage.wait_ready("gateway")
        self.window.wait_text("县里已收到前", LINE_UP_S)
        self.window.wait(
            lambda state: not any("待上传" in text for text in state["texts"]), "an empty queue", LINE_UP_S
        )
        self.keep("county-has-it")

    def county_asks(self) -> None:
        """The county accepts and asks for a paper."""
        console = self.clerk("civil-intake")
        self.wait_county(self.case_no)
        console.act(self.case_no, "accept")
        self.clerk("civil-decider").act(
            self.case_no, "require-supplement", wanted=SUPPLEMENT, due="2026-12-04", note="带原件即可"
        )
        self.window.wait_text("等申请人补材料", LINE_UP_S)
        self.window.tap(f"case.{self.case_no}")
        self.window.wait_text(SUPPLEMENT)
        self.keep("county-asks-for-a-paper")
        self.keep_page("list", "/", 800)

    def bring_paper(self) -> None:
        """The applicant brings it. The paper ends in the middle of the slip, which goes on with a new roll."""
        window = self.window
        window.tap("do.supplement")
        window.wait_text("收补充材料")
        window.tap("wanted.0.original_seen")
        self.keep("supplement")
        self.pull_printer(lines_left=PAPER_LINES_LEFT)
        window.tap("next")
        window.wait_text("打到一半没有纸了", 60)
        self.keep("paper-out-in-the-middle")
        self.pull_printer(cover_open=True)
        window.wait_text("请装好纸", 60)
        self.keep("paper-cover-open")
        self.pull_printer(cover_open=False, paper_out=False, lines_left=None)
        window.tap("paper_resume")
        window.wait_text("已打印，换过纸", 60)
        self.keep("supplement-slip")
        window.tap("next")

    def county_approves(self) -> None:
        """The county decides and makes the result ready; the desk shows it."""
        decider = self.clerk("civil-decider")
        self.until(lambda: "decide" in decider.get(f"/cases/{self.case_no}"), "the paper at the county")
        decider.act(self.case_no, "decide", outcome="approved", reasons=COUNTY_REASONS)
        self.clerk("civil-intake").act(self.case_no, "mark-ready", result_name="高龄津贴发放通知书")
        self.window.wait_text("结果已到，等领取", LINE_UP_S)
        self.keep("result-has-come")

    def hand_over(self) -> None:
        """The result is handed over against a signature."""
        window = self.window
        self.show_list()
        window.tap(f"case.{self.case_no}")
        window.tap("do.deliver")
        window.wait_text(COUNTY_REASONS[:8])
        window.tap("field.receiver")
        self.letters("lixiulan")
        self.write_name("李秀兰")
        window.tap("key.done")
        window.draw("signature", SIGNATURE)
        self.keep("deliver")
        window.tap("next")
        window.wait_text("已打印", 60)
        self.keep("delivery-slip")
        window.tap("next")

    def county_closes(self) -> None:
        """The county closes the case; its pages are kept."""
        intake = self.clerk("civil-intake")
        self.until(lambda: "do/close" in intake.get(f"/cases/{self.case_no}"), "the delivery at the county")
        intake.act(self.case_no, "close")
        self.show_list()
        self.window.tap("filter.over")
        self.window.wait_text("已办结", LINE_UP_S)
        self.keep("closed")
        self.keep_page("case", f"/cases/{self.case_no}", 2200)
        self.keep_page("ratings", "/ratings", 900)

    def refuse_another(self) -> None:
        """A second application is taken in by identity card and refused; the desk shows the reasons."""
        window = self.window
        self.choose_item_quietly()
        window.wait_text("请把身份证平放在读卡区，先不要拿开；已经放着的，请拿起来再放一次")
        self.keep("card-asked")
        self.lay_card(SECOND_CARD)
        window.wait_text("身份证读好了，可以拿走。请核对下面的内容")
        window.wait_text(SECOND_NAME)
        self.keep("card-read")
        self.take_card()
        window.tap("field.applicant_region.990101102203002")
        window.tap("field.living.spouse")
        window.tap("field.health.self")
        window.tap("field.bank_name.abc")
        self.digits("bank_account", "6200000000000002")
        window.tap("field.account_name")
        self.letters("zhoufusheng")
        self.write_name(SECOND_NAME)
        window.tap("key.done")
        window.tap("next")
        for material in ("id_card", "household", "bank", "photo"):
            window.tap(f"mark.{material}.copy_taken")
        window.tap("next")
        window.draw("signature", SIGNATURE)
        window.tap("next")
        window.wait_text("已打印", 60)
        numbers = [text for text in window.state()["texts"] if text.startswith("990101102203 ")]
        self.refused_case_no = "".join(sign for sign in numbers[0] if sign.isalnum())
        window.tap("done")
        self.wait_county(self.refused_case_no)
        self.clerk("civil-intake").act(self.refused_case_no, "refuse-to-accept", reasons=REFUSAL_REASONS)
        self.show_list()
        window.tap("filter.over")
        window.wait_text("县里不予受理", LINE_UP_S)
        window.tap(f"case.{self.refused_case_no}")
        window.wait_text(REFUSAL_REASONS[:8])
        self.keep("refused-with-reasons")

    def show_list(self) -> None:
        """Go back to the list of cases; on a small screen the chosen case covers it."""
        self.window.tap("menu.cases")

    def choose_item_quietly(self) -> None:
        """选事项 and 核对材料 without pictures."""
        window = self.window
        window.tap("menu.new")
        self.search("gljt")
        window.tap("key.done")
        window.tap("item.elder_allowance")
        for material in ("id_card", "household", "bank", "photo"):
            window.tap(f"material.{material}.here")
        window.tap("next")
        window.wait_text("填表")

    def ask_progress(self) -> None:
        """The desk is locked, and a villager asks how far the case is."""
        window = self.window
        window.tap("lock")
        window.wait_text("您好，今天要办什么？")
        window.tap("tile.progress")
        window.tap("field.number")
        window.keys(self.case_no[-13:])
        window.tap("key.done")
        window.keys(LAST_FOUR)
        self.keep("progress-asked")
        window.tap("key.done")
        window.tap("next")
        window.wait_text("办到这一步了")
        self.keep("progress-shown")
        window.tap("next")
        window.wait_text("您好，今天要办什么？")

    def show_receipt(self) -> None:
        """The receipt is held before the scanner, and then something that is none."""
        window = self.window
        [code] = zxingcpp.read_barcodes(Image.open(self.out / "receipt.png"))
        self.hold(code.text)
        window.wait_text("申请人身份证号最后 4 位")
        self.keep("receipt-scanned")
        window.keys(LAST_FOUR)
        window.tap("key.done")
        window.tap("next")
        window.wait_text("办理经过")
        self.keep("receipt-opened")
        self.hold("6901234567892")
        window.wait_text("本机不认识这个码")
        self.keep("code-not-known")
        window.tap("scan_close")
        window.tap("next")
        window.wait_text("您好，今天要办什么？")
        self.rate_afterwards(code.text)

    def rate_afterwards(self, code: str) -> None:
        """The villager rates the handing over, which nobody asked about; it stands at the county."""
        window = self.window
        self.hold(code)
        window.wait_text("申请人身份证号最后 4 位")
        self.close_panel()  # a paper rates without the last four
        window.tap("rate_later")
        window.wait_text("当时没有评，现在还可以评一次。")
        window.tap(f"level.{LATER_LEVEL}")
        window.tap(f"reason.{LATER_REASON}")
        self.keep("rated-later")
        window.tap("next")
        window.wait_text("评价已经记下，会直接送到县里。")
        self.keep("rated-later-thanks")
        window.tap("next")
        window.wait_text("您好，今天要办什么？")
        supervisor = self.clerk("supervisor")
        self.until(lambda: "次是事后评的" in supervisor.get("/ratings"), "the later rating at the county")
        self.keep_page("rated-later", "/ratings", 1300)


def _focused(state: dict[str, object], key: str) -> bool:
    targets = state.get("targets")
    return isinstance(targets, list) and any(spot["id"] == key for spot in targets)
