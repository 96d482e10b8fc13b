"""Sample pages that are filled in, checked or signed."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kiosk.intents import Choose, Do, Open
from kiosk.pages import (
    Actions,
    ActionView,
    Block,
    Checks,
    Control,
    Facts,
    Fields,
    FieldView,
    Notice,
    OptionView,
    PageView,
    Rows,
    RowView,
    SignatureView,
    Weight,
    Words,
)
from kiosk.views import Level
from tests.kiosk.sample_words import Say, aside, back, case_aside, main, material, saved, steps

MANDATE = (
    "本人自愿委托本服务点的民生代理联络员代为提交本次申请的材料、领取相关通知和结果。"
    "联络员只代为跑办，不代替本人作出承诺；本人可以随时撤回委托。"
)
STROKES = (
    (110, 60, 180, 58, 260, 62),
    (185, 30, 178, 110, 150, 190, 100, 240),
    (180, 120, 230, 180, 290, 230),
    (400, 70, 520, 64),
    (460, 30, 455, 120, 440, 210),
    (380, 150, 560, 140),
    (660, 60, 700, 100, 640, 220),
    (760, 50, 720, 240, 820, 220, 860, 90),
)


def pages(say: Say) -> Iterator[tuple[str, PageView]]:
    """Yield the pages under names of their own."""
    yield "checklist", checklist(say)
    yield "form", form(say)
    yield "form_card", form_card(say)
    yield "form_typing", form(say, focus="living")
    yield "form_error", form(say, focus="identity", wrong=True)
    yield "marks", marks(say)
    yield "review", review(say, signed=True)
    yield "review_fault", review(say, signed=False)
    yield "finish", finish(say)
    yield "deliver", deliver(say)
    yield "supplement", supplement(say)
    yield "withdraw", withdraw(say)
    yield "delay", delay(say)


def previous(say: Say) -> ActionView:
    """One step back."""
    return back(say("上一步", "Back"))


def checklist(say: Say) -> PageView:
    """What the applicant has brought."""
    here = (say("带了", "Here"), say("没带", "Missing"))
    needed = say("必须", "Needed")
    rows = (
        material("id", "申请人身份证", "原件 1 份 · 复印件 1 份 · 申请人自备", needed, here, 0),
        material("card", "社会保障卡（银行账户已激活）", "复印件 1 份 · 申请人自备", needed, here, 1),
        material(
            "proxy",
            "委托书和受托人身份证",
            "原件 1 份 · 申请人自备 · 亲属来办时要带",
            say("看情况", "Depends"),
            here,
            None,
        ),
        material("income", "家庭经济状况核对授权书", "原件 1 份 · 村里有空白表", say("可以后补", "Later"), here, None),
    )
    return PageView(
        place="checklist",
        title=say("材料带齐了吗？", "Is everything here?"),
        hint=say("一样一样看，没带的一次说清", "One by one; what is missing is told at once"),
        blocks=(Checks(rows),),
        steps=steps(say, 1),
        aside=aside(say),
        back=previous(say),
        main=ActionView(
            "notice", say("打印一次性告知单", "Print the list of what is missing"), Do("notice"), Weight.MAIN
        ),
        saved=saved(say),
    )


def form(say: Say, *, focus: str = "", wrong: bool = False) -> PageView:
    """The form of an item; `focus` is the field that is written in."""
    return PageView(
        place="form",
        title=say("填表", "Form"),
        hint=say("填一项存一项，断电也不丢", "Every answer is saved at once"),
        blocks=(
            Fields(who(say, focus, wrong=wrong), heading=say("申请人", "Applicant")),
            Fields(money(say), heading=say("发放方式", "How it is paid")),
        ),
        steps=steps(say, 2),
        aside=aside(say),
        back=previous(say),
        main=main(say("下一步：认材料", "Next: the papers")),
        saved=saved(say),
    )


def form_card(say: Say) -> PageView:
    """The applicant's card is wanted again, in the longest words that there are for it."""
    words = (
        "这张身份证 2025年1月1日到期，不能再用。请用有效的身份证，或者手工填写",
        "This ID card expired on 1 Jan 2025 and cannot be used. Please use a valid one, or type",
    )
    stop = ActionView("card.stop", say("手工填写", "Type instead"), Do("stop_card"), icon="pen")
    label = say("姓名 · 读身份证后手工改过", "Name · Read from the ID card, then changed by hand")
    name = FieldView("field.name", "name", label, Control.TEXT, "李秀兰")
    page = form(say, focus="")
    return replace(
        page, blocks=(Notice(Level.BAD, say(*words), lines=2), Actions((stop,)), Fields((name,)), *page.blocks)
    )


def who(say: Say, focus: str, *, wrong: bool) -> tuple[FieldView, ...]:
    """Who applies."""
    error = say("最后一位不对，请核对第18位", "The last sign is wrong, please check the 18th") if wrong else ""
    identity = "990101195001010015" if wrong or not focus else ""
    groups = ("一组", "二组", "三组", "四组", "五组", "下河组")
    return (
        FieldView("field.name", "name", say("姓名", "Name"), Control.TEXT, "李秀兰", focused=focus == "name"),
        FieldView(
            "field.identity",
            "identity",
            say("身份证号", "ID number"),
            Control.DIGITS,
            identity,
            error=error,
            focused=focus == "identity",
            extra_key="X",
            length_max=18,
        ),
        FieldView("field.sex", "sex", say("性别", "Sex"), Control.OPTIONS, options=options("sex", ("女", "男"), 0)),
        FieldView(
            "field.phone",
            "phone",
            say("联系电话", "Telephone"),
            Control.DIGITS,
            "",
            optional=True,
            length_max=12,
            focused=focus == "phone",
        ),
        FieldView(
            "field.group",
            "group",
            say("住在哪个组", "Group"),
            Control.OPTIONS,
            options=options("group", tuple(f"柳溪村{group}" for group in groups), 2),
        ),
        FieldView(
            "field.living",
            "living",
            say("住在哪里", "Where do they live"),
            Control.TEXT,
            "柳溪村" if focus else "",
            say("写到小组就行", "The group is enough"),
            focused=focus == "living",
        ),
    )


def money(say: Say) -> tuple[FieldView, ...]:
    """Where the money goes."""
    return (
        FieldView("field.bank", "bank", say("开户银行", "Bank"), Control.TEXT, "", optional=True),
        FieldView("field.account", "account", say("社会保障卡银行账号", "Account on the social card"), Control.DIGITS),
        FieldView("field.since", "since", say("从哪天开始领", "Paid from which day"), Control.DIGITS, "2026-12"),
        FieldView(
            "field.also",
            "also",
            say("还享受哪些待遇", "What else is received"),
            Control.TICKS,
            options=options("also", ("低保", "特困供养", "残疾人两项补贴", "优抚", "都没有"), 2),
        ),
    )


def options(field: str, texts: tuple[str, ...], chosen: int) -> tuple[OptionView, ...]:
    """Options of a field."""
    return tuple(
        OptionView(f"field.{field}.{at}", text, at == chosen, Choose(field, str(at))) for at, text in enumerate(texts)
    )


def marks(say: Say) -> PageView:
    """How each material is met."""
    seen = (say("原件已看", "Original seen"), say("复印件已收", "Copy taken"))
    needed = say("必须", "Needed")
    later = (*seen, say("容缺，5 个工作日内补", "Within 5 working days"))
    error = say("还没有认", "Not checked yet")
    rows = (
        material("id", "申请人身份证", "原件 1 份 · 复印件 1 份 · 申请人自备", needed, seen, 0),
        material("card", "社会保障卡（银行账户已激活）", "复印件 1 份 · 申请人自备", needed, seen, None, error),
        material(
            "income", "家庭经济状况核对授权书", "原件 1 份 · 村里有空白表", say("可以后补", "May follow"), later, 2
        ),
    )
    return PageView(
        place="marks",
        title=say("材料一样一样认", "Check the papers"),
        hint=say("看了原件，或者收了复印件", "Original seen, or copy taken"),
        blocks=(Checks(rows),),
        steps=steps(say, 3),
        aside=aside(say),
        back=previous(say),
        main=main(say("下一步：核对签名", "Next: sign")),
        saved=saved(say),
    )


def review(say: Say, *, signed: bool) -> PageView:
    """Everything once more, and the signature."""
    fault = RowView(
        "fault.identity",
        say("身份证号：最后一位不对，请核对第18位", "ID number: the last sign is wrong"),
        trailing=say("去填", "Fill in"),
        intent=Open("field", "identity"),
    )
    answers = (
        (say("姓名", "Name"), "李秀兰"),
        (say("身份证号", "ID number"), "990101195001010015"),
        (say("性别", "Sex"), "女"),
        (say("联系电话", "Telephone"), say("（没有填）", "(not filled in)")),
        (say("住在哪里", "Where do they live"), "柳溪村三组"),
        (say("还享受哪些待遇", "What else is received"), "残疾人两项补贴、优抚"),
    )
    blocks: list[Block] = [
        Facts(answers, heading=say("申请人", "Applicant")),
        Facts(
            (("申请人身份证", say("原件已看", "Original seen")), ("社会保障卡", say("复印件已收", "Copy taken"))),
            heading=say("材料", "Papers"),
        ),
        Words(MANDATE, soft=True),
        signature(say, signed=signed),
    ]
    if not signed:
        blocks.insert(0, Rows((fault,), heading=say("还差这几项，点一下去填", "Still missing, touch to fill in")))
    return PageView(
        place="review",
        title=say("请核对一遍", "Please check everything"),
        hint=say("没有错就请申请人签名", "If all is right, the applicant signs"),
        blocks=tuple(blocks),
        steps=steps(say, 4),
        aside=aside(say),
        back=previous(say),
        main=main(say("提交，打印回执", "Submit, print the receipt"), enabled=signed),
        saved=saved(say),
    )


def signature(say: Say, *, signed: bool = False) -> SignatureView:
    """The glass to sign on."""
    clear = ActionView("signature.clear", say("擦掉重签", "Clear"), Do("clear_signature"), Weight.QUIET, enabled=signed)
    caption = say("请申请人在框里签名", "The applicant signs in the box")
    return SignatureView("signature", "signature", caption, STROKES if signed else (), clear)


def act(say: Say, place: str, title: str, hint: str, blocks: tuple[Block, ...], next_text: str) -> PageView:
    """One act on a case."""
    return PageView(
        place=place,
        title=title,
        hint=hint,
        blocks=blocks,
        aside=case_aside(say),
        back=back(say("返回", "Back")),
        main=main(next_text),
    )


def finish(say: Say) -> PageView:
    """Handled here, with its outcome."""
    outcome = (say("办成了", "Done"), say("没办成", "Not done"))
    fields = (
        FieldView(
            "field.outcome", "outcome", say("结果", "Outcome"), Control.OPTIONS, options=options("outcome", outcome, 0)
        ),
        FieldView("field.reasons", "reasons", say("怎么办的，或者为什么没办成", "How, or why not"), Control.TEXT),
    )
    return act(
        say,
        "finish",
        say("马上办理", "Handle now"),
        say("这件事村里就能办", "This can be done here"),
        (Fields(fields),),
        say("办好了", "Done"),
    )


def deliver(say: Say) -> PageView:
    """Hand the result over."""
    receiver = FieldView(
        "field.receiver",
        "receiver",
        say("签收人姓名", "Who receives it"),
        Control.TEXT,
        "",
        say("不是本人来领，写代领人", "If not the applicant, who comes instead"),
    )
    result = Facts(
        (
            (say("县里作出决定", "Decided"), "同意：符合救助条件，救助 1200 元"),
            (say("结果已到，可以领取", "Ready"), "临时救助审批表"),
        ),
        heading=say("县里的结果", "The county's result"),
    )
    return act(
        say,
        "deliver",
        say("送达结果", "Hand over the result"),
        say("把结果交给申请人，请他签收", "Against a signature"),
        (result, Fields((receiver,)), signature(say)),
        say("签收，打印送达单", "Received, print the slip"),
    )


def supplement(say: Say) -> PageView:
    """Take in what the county asked for."""
    seen = (say("原件已看", "Original seen"), say("复印件已收", "Copy taken"))
    rows = (
        material("0", "家庭收入证明", "", "", seen, 0),
        material("1", "近三个月的银行流水（所有成年家庭成员）", "", "", seen, None, say("还没有认", "Not checked yet")),
    )
    note = FieldView("field.note", "note", say("要说明的话（可不填）", "Remarks (optional)"), Control.TEXT)
    return act(
        say,
        "supplement",
        say("收补充材料", "Take in the papers"),
        say("县里要的材料，一样一样认", "What the county asked for, one by one"),
        (
            Notice(Level.NOTICE, "收入证明请由所在单位或者村委会出具，写明近三个月收入。"),
            Checks(rows),
            Fields((note,)),
        ),
        say("收下，打印接收单", "Take in, print the slip"),
    )


def withdraw(say: Say) -> PageView:
    """The applicant withdraws."""
    reason = FieldView("field.reason", "reason", say("为什么撤回（可不填）", "Why (optional)"), Control.TEXT)
    return act(
        say,
        "withdraw",
        say("申请人要撤回", "The applicant withdraws"),
        say("撤回以后就不再办了，想办要重新申请", "After that it is over; a new application can be made"),
        (Fields((reason,)), signature(say)),
        say("确认撤回，打印单据", "Withdraw, print the slip"),
    )


def delay(say: Say) -> PageView:
    """Explain a delay."""
    promise = say(
        "最迟11月30日办结（11月23日收件，次日起算，5个工作日，周末和节假日不算）",
        "Done by 30 Nov (taken in on 23 Nov, counted from the next day, 5 working days, weekends do not count)",
    )
    fields = (
        FieldView(
            "field.new_day",
            "new_day",
            say("改到哪天办好", "New day"),
            Control.DIGITS,
            "2026-12",
            focused=True,
            extra_key="-",
            length_max=10,
        ),
        FieldView("field.reason", "reason", say("为什么要延期", "Why"), Control.TEXT),
    )
    return act(
        say,
        "delay",
        say("向申请人说明延期", "Explain a delay"),
        say("到期前说明，才算延期", "Before it is due"),
        (Notice(Level.NOTICE, promise), Fields(fields)),
        say("说明好了，打印说明单", "Explained, print the slip"),
    )
