"""Sample pages that are read: an item of the guide, papers, progress."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.intents import Do, Open
from kiosk.pages import (
    Actions,
    ActionView,
    BigNumber,
    Block,
    BoxView,
    Control,
    EntryView,
    Facts,
    Fields,
    FieldView,
    FlowChart,
    Notice,
    PageView,
    Rows,
    RowView,
    Trace,
    Weight,
    Words,
)
from kiosk.views import Level
from tests.kiosk.sample_words import ELDER, RELIEF, Say, back, main, opening, printing, steps

NUMBER = "990101102203 261123 01-0007-X"
NO_AGENT = "联络员暂时不在。请看一看办事指南，把要带的材料打印出来；急事请拨打联络员的电话，或者按“叫人帮忙”。"
FREE = (
    "代办服务自愿、无偿、公开。联络员不收取任何费用和物品；国家规定的收费由申请人直接缴纳，收费标准在本机上可以查到。"
)


def pages(say: Say) -> Iterator[tuple[str, PageView]]:
    """Yield the pages under names of their own."""
    yield "item", item(say)
    yield "ask", ask(say)
    yield "notice_given", notice_given(say)
    yield "receipt", receipt(say, unknown=False)
    yield "receipt_unknown", receipt(say, unknown=True)
    yield "progress", progress(say, typing=False)
    yield "progress_typing", progress(say, typing=True)
    yield "answer", answer(say)
    yield "slip", slip(say)
    yield "stick", stick(say)


def item(say: Say) -> PageView:
    """One item with everything that is published of it."""
    blocks: tuple[Block, ...] = (
        Facts(glance(say)),
        materials(say),
        Words("本县户籍\n年满 80 周岁\n没有在别处领取同类津贴", heading=say("什么人能办", "Who can apply")),
        flow_chart(say),
        Facts(
            ((say("不收费", "Free of charge"), say("代办也不收费", "The agent's help is free too")),),
            heading=say("收费", "Fees"),
        ),
        Facts(
            ((say("入户核查", "Visit at home"), say("5 个工作日 · 不算在时限内", "5 working days · not counted")),),
            heading=say("特殊环节", "Special steps"),
        ),
        Words(
            "《中华人民共和国老年人权益保障法》第三十三条\n《青山县高龄津贴发放办法》（青政发〔2023〕12号）第四条",
            heading=say("依据", "Legal basis"),
            soft=True,
        ),
        Words("可以。凭身份证和委托书，由联络员或者亲属代办。", heading="老人走不动，能不能请人代办？"),
    )
    return PageView(
        place="item",
        title=say(*ELDER),
        hint=say(
            "您交材料，联络员替您跑镇里、县里", "You hand in the papers, the agent goes to town and county for you"
        ),
        blocks=blocks,
        back=back(say("回指南", "To the guide")),
        main=main(say("请人代办", "Have it done for you")),
        others=(
            printing("print_checklist", say("打印材料清单", "Print the list of papers")),
            printing("print_guide", say("打印指南", "Print this guide")),
        ),
    )


def glance(say: Say) -> tuple[tuple[str, str], ...]:
    """Labels and values of an item."""
    return (
        (say("谁来办", "Who handles it"), "青山县民政局"),
        (say("多久办好", "How long"), say("15 个工作日", "15 working days")),
        (say("法定时限", "Limit by law"), say("20 个工作日", "20 working days")),
        (say("数量限制", "Quota"), "不限"),
        (say("要跑几次", "Visits"), say("0 次", "0 times")),
        (say("办好给什么", "What you get"), "高龄津贴发放到社会保障卡"),
        (say("地点", "Place"), "青山镇府前路2号政务服务大厅民政窗口"),
        (say("时间", "Hours"), "周一至周五 8:30—12:00，14:00—17:30"),
        (say("咨询电话", "Questions"), "000-5550-201"),
        (say("投诉电话", "Complaints"), "12345"),
    )


def materials(say: Say) -> Rows:
    """What to bring."""
    required, depends = say("必须", "Needed"), say("看情况", "Depends")
    return Rows(
        (
            RowView("material.id", "申请人身份证", "原件 1 份 · 复印件 1 份 · 申请人自备", required),
            RowView("material.card", "社会保障卡（银行账户已激活）", "复印件 1 份 · 申请人自备", required),
            RowView("material.proxy", "委托书和受托人身份证", "原件 1 份 · 申请人自备 · 亲属来办时要带", depends),
        ),
        heading=say("要带什么", "What to bring"),
    )


def flow_chart(say: Say) -> FlowChart:
    """How it goes, with a decision and a way back."""
    return FlowChart(
        (
            BoxView(say("交材料", "Hand in papers"), "联络员 · 当场", "start", (("", 1),)),
            BoxView(say("镇里初审", "First check"), "青山镇 · 3 个工作日", "action", (("", 2),)),
            BoxView(
                say("材料齐不齐", "Complete?"), "", "decision", ((say("齐", "yes"), 3), (say("不齐，补材料", "no"), 0))
            ),
            BoxView(say("县民政局审批", "Decision"), "县民政局 · 5 个工作日", "action", (("", 4),)),
            BoxView(say("发放津贴", "Paid out"), "次月起按月发放", "end"),
        ),
        heading=say("怎么办", "How it goes"),
    )


def ask(say: Say) -> PageView:
    """Nobody at the desk."""
    return PageView(
        place="ask",
        title=say("请联络员帮您代办", "Ask the agent to do it for you"),
        hint=say(
            "联络员在，就请他登录；不在，可以打电话", "If the agent is here, ask them to sign in; if not, telephone"
        ),
        blocks=(
            BigNumber("王建国 · 民生代理联络员", "000-5550-123"),
            BigNumber("周晓梅 · 民生代理联络员（B岗）", "000-5550-125"),
            Words(NO_AGENT),
            Facts(
                (
                    (say("开门时间", "Open"), "周一至周五 8:30—12:00，14:00—17:30"),
                    (say("地点", "Place"), "柳溪村村委会一楼"),
                )
            ),
            Words(FREE, soft=True),
        ),
        back=back(say("回首页", "Home")),
        main=main(say("联络员登录", "Agent sign-in")),
        others=(opening("guide", say("先看看要带什么", "See what to bring first"), "guide"),),
    )


def notice_given(say: Say) -> PageView:
    """The one-time notice was given."""
    text = say("已保存在本机，材料备齐了凭这个编号接着办", "Saved on this machine. Come back with this number.")
    return PageView(
        place="notice_given",
        title=say("一次性告知", "Everything told at once"),
        hint=say("请把告知单交给申请人", "Please give the slip to the applicant"),
        blocks=(Notice(Level.GOOD, text), number(say), Notice(Level.GOOD, say("已打印", "Printed")), again(say)),
        main=main(say("回办件", "To the cases")),
    )


def number(say: Say) -> BigNumber:
    """The number of a case."""
    return BigNumber(say("办件编号", "Case number"), NUMBER)


def again(say: Say) -> Actions:
    """Print once more."""
    return Actions((printing("print_again", say("再打印一张", "Print one more")),))


def receipt(say: Say, *, unknown: bool) -> PageView:
    """The case was taken in; its paper came out, or nobody knows."""
    paper: tuple[Block, ...] = (Notice(Level.GOOD, say("已打印", "Printed")), again(say))
    if unknown:
        paper = (
            Notice(Level.WARN, say("不知道打出来没有，请看一看", "Not known whether it came out, please look")),
            Actions(
                (
                    ActionView("paper_seen", say("打出来了", "It came out"), Do("paper", "seen")),
                    ActionView(
                        "paper_missing",
                        say("没打出来，再打一张", "It did not, print again"),
                        Do("paper", "missing"),
                        icon="printer",
                    ),
                )
            ),
        )
    promise = say(
        "最迟11月30日办结（11月23日收件，次日起算，5个工作日，周末和节假日不算）",
        "Done by 30 Nov (taken in on 23 Nov, counted from the next day, 5 working days, weekends do not count)",
    )
    facts = (
        (say("事项", "Matter"), say(*ELDER)),
        (say("申请人", "Applicant"), "李＊兰"),
        (say("办结时间", "Done by"), promise),
    )
    return PageView(
        place="receipt",
        title=say("收件好了", "Taken in"),
        hint=say("请把回执交给申请人", "Please give the receipt to the applicant"),
        blocks=(Notice(Level.GOOD, say("已保存在本机", "Saved on this machine")), number(say), *paper, Facts(facts)),
        steps=steps(say, 5),
        main=main(say("请申请人评价", "Ask for a rating")),
        others=(ActionView("done", say("不评价，回到办件", "No rating, to the cases"), Do("done"), Weight.QUIET),),
    )


def progress(say: Say, *, typing: bool) -> PageView:
    """Asks for the number on the receipt and the last four."""
    fields = (
        FieldView(
            "field.number",
            "number",
            say("回执上的办件编号", "Case number on the receipt"),
            Control.DIGITS,
            "261123-01-00" if typing else "",
            say("填最后一行的 13 位就行", "The 13 signs of the last line will do"),
            focused=typing,
            extra_key="X",
            length_max=25,
        ),
        FieldView(
            "field.last_four",
            "last_four",
            say("申请人身份证号最后 4 位", "Last 4 of the applicant's ID number"),
            Control.DIGITS,
            "",
            extra_key="X",
            length_max=4,
        ),
    )
    blocks: list[Block] = [Fields(fields)]
    if not typing:
        blocks.insert(0, Notice(Level.NOTICE, say("没有查到。请核对编号和身份证号最后 4 位。", "Nothing found.")))
    return PageView(
        place="progress",
        title=say("查进度", "Follow a case"),
        hint=say("请拿出您的回执", "Please take out your receipt"),
        blocks=tuple(blocks),
        back=back(say("回首页", "Home")),
        main=main(say("查一查", "Look it up")),
    )


def story(say: Say) -> tuple[EntryView, ...]:
    """What happened to a case."""
    queued = say("待上传，保存在本机", "Saved here, to be sent")
    return (
        EntryView("11-13 09:12", say("代办收件", "Taken in for the applicant"), say("县里已收到", "County has it")),
        EntryView("11-16 10:05", say("县里受理", "Accepted by the county")),
        EntryView("11-19 15:40", say("县里要求补材料", "County asks for more papers"), "家庭收入证明，最迟 11月26日"),
        EntryView(
            "11-20 08:00", say("县里中止办理", "Suspended"), say("和撤回同时发生，以县里为准", "Crossed"), Level.WARN
        ),
        EntryView("11-23 14:31", say("收到补充材料", "Papers taken in"), queued),
    )


def answer(say: Say) -> PageView:
    """How far a case has come."""
    return PageView(
        place="answer",
        title=say("办到这一步了", "This is how far it is"),
        blocks=(
            number(say),
            Notice(Level.NOTICE, say("剩 2 天 · 县里要补材料，请看下面", "2 days left · more papers are needed")),
            Facts(
                (
                    (say("事项", "Matter"), say(*RELIEF)),
                    (say("申请人", "Applicant"), "李＊兰"),
                    (say("办结时间", "Done by"), say("最迟11月20日办结", "Done by 20 Nov")),
                    (say("县里", "County"), say("已保存在本机，还没有传到县里", "Saved here, not at the county yet")),
                    (say("截至", "As of"), "2026-11-23 14:32"),
                )
            ),
            Trace(story(say), heading=say("办理经过", "What happened")),
        ),
        back=back(say("再查一件", "Another one")),
        main=main(say("看完了，回首页", "Done, go home")),
        others=(ActionView("rate_later", say("评价这次服务", "Rate this service"), Do("rate_later")),),
    )


def slip(say: Say) -> PageView:
    """The papers of a case."""
    names = (
        (say("代办收件回执", "Receipt"), "2026-11-13 09:12"),
        (say("补充材料接收单", "Slip for papers taken in"), "2026-11-23 14:31"),
        (say("延期说明单", "Slip about a delay"), "2026-11-19 16:02"),
    )
    rows = tuple(
        RowView(f"slip.{at}", name, when, say("补打", "Print again"), intent=Open("slip", str(at)))
        for at, (name, when) in enumerate(names)
    )
    trouble = Notice(
        Level.WARN, say("没有打印：打印机没有纸了，装好纸再打印。", "Not printed: the printer is out of paper.")
    )
    return PageView(
        place="slip",
        title=say("单据", "Papers"),
        hint=say("补打的单据上会写明第几次", "A copy says which one it is"),
        blocks=(number(say), trouble, again(say), Rows(rows, heading=say("这件事的单据", "Papers of this case"))),
        main=main(say("回办件", "To the cases")),
    )


def stick(say: Say) -> PageView:
    """Records were written to a stick."""
    written = say(
        "已写入 128 条记录，可以拔出。县里还没有收到，请尽快带到镇上。",
        "128 records written, you can take it out. The county has not received them yet: please take it to the "
        "township soon.",
    )
    how = say(
        "写好以后，把 U 盘带到镇上的便民服务中心。那里会存一份县里的回执，带回来点“读回回执”。",
        "Then take the stick to the township service centre. The county's answer is put onto it there; bring it back "
        "and touch “Read the answer”.",
    )
    kept = say(
        "写到 U 盘的记录，本机都还留着。U 盘丢了，捡到的人也看不到村民的信息，再写一次就行。",
        "All records stay on this terminal too. Nobody can read a lost stick; simply write another.",
    )
    standing = (
        (say("县里已收到", "County has received"), say("前 1024 条", "the first 1024")),
        (say("待上传", "Waiting to be sent"), say("128 条", "128")),
    )
    return PageView(
        place="stick",
        title=say("U 盘带送", "Carry by USB stick"),
        hint=say(
            "线路不通的时候，用 U 盘把记录带给县里", "When there is no line, a stick takes the records to the county"
        ),
        blocks=(
            Notice(Level.NOTICE, written),
            Facts(standing),
            Words(how, heading=say("怎么带", "How to carry it")),
            Words(kept, soft=True),
        ),
        back=back(say("返回", "Back")),
        main=main(say("写到 U 盘", "Write to the stick")),
        others=(ActionView("do.read", say("读回回执", "Read the answer"), Do("read")),),
    )
