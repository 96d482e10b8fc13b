"""Sample views of an agent's work beside the main job: finding a case, photographs from a stick, a receipt shown."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.intents import Choose, Do, Open
from kiosk.pages import (
    Actions,
    ActionView,
    AsideView,
    BigNumber,
    Block,
    Checks,
    CheckView,
    Control,
    EntryView,
    Facts,
    Fields,
    FieldView,
    LightView,
    Notice,
    OptionView,
    PageView,
    Rows,
    RowView,
    Trace,
    Weight,
    Words,
)
from kiosk.views import Level
from tests.kiosk.sample_words import ELDER, RELIEF, Say, back, main, steps


def pages(say: Say) -> Iterator[tuple[str, PageView]]:
    """Yield the pages under names of their own."""
    yield "find", find(say, typing=False)
    yield "find_typing", find(say, typing=True)
    yield "double", double(say)
    yield "documents", documents(say)
    yield "paper_shown", paper_shown(say)
    yield "later_rating", later_rating(say)
    yield "self_test", self_test(say)
    yield "paper_held", paper_held(say)
    yield "paper_in_part", paper_in_part(say)


def find(say: Say, *, typing: bool) -> PageView:
    """Finding a case: what fits is listed while it is typed."""
    field = FieldView(
        target_id="field.find",
        field="find",
        label=say("申请人姓名，或编号最后几位", "Name of the applicant, or the end of the number"),
        control=Control.TEXT,
        text="李秀",
        focused=typing,
        length_max=25,
        seeks=True,
    )
    rows = tuple(
        RowView(f"case.{at}", f"{name} {item}", number, say("打开", "Open"), intent=Open("case", str(at)))
        for at, (name, item, number) in enumerate(
            (
                ("李秀兰", ELDER[0], "261123-01-0007-X"),
                ("李秀英", RELIEF[0], "261120-01-0002-4"),
                ("李秀", ELDER[0], "261113-01-0021-8"),
            )
        )
    )
    return PageView(
        place="find",
        title=say("找办件", "Find a case"),
        blocks=(Fields((field,)), Rows(rows)),
        back=back(say("回办件", "To the cases")),
    )


def double(say: Say) -> PageView:
    """The same matter of the same person: a case that is under way and a draft."""
    case = RowView(
        "case.1",
        "261120 01-0002-4 · 李＊兰",
        f"{say('收件 2026-11-20', 'Taken in 2026-11-20')} · {say('等申请人补材料', 'Waiting for papers')}",
        say("去看", "Look"),
        light=LightView(Level.NOTICE, say("剩 2 天", "2 days left")),
        intent=Open("case", "1"),
    )
    draft = RowView(
        "draft.2",
        say("草稿在本机", "Draft on this terminal"),
        say("存于 11-23 09:12", "saved 11-23 09:12"),
        say("接着填", "Go on"),
        light=LightView(Level.NEUTRAL, say("没填完", "Drafts")),
        intent=Open("draft", "2"),
    )
    said = say(
        f"这位申请人的“{ELDER[0]}”已经有一件没办完。请先看一看，免得重复。",
        f"This applicant already has “{ELDER[0]}” under way here. "
        "Please look at it first, so that it is not handed in twice.",
    )
    kept = say(
        "去看那一件时，刚填的会留在“没填完”里。",
        "If you look at that case, what you have just filled in stays under “Drafts”.",
    )
    gone = say(
        "接着填以前那一份时，刚填的这一份不留。",
        "If you go on with the earlier draft, the one just begun is not kept.",
    )
    discard = ActionView(
        "discard", say("不办了，丢掉刚填的", "Stop, throw this one away"), Do("discard"), Weight.DANGER
    )
    return PageView(
        place="double",
        title=say("已经有一件同样的", "The same is under way already"),
        hint=say("同一位申请人，同一件事", "Same applicant, same matter"),
        blocks=(
            Notice(Level.WARN, said),
            Rows((case, draft)),
            Words(kept, soft=True),
            Words(gone, soft=True),
            Actions((discard,)),
        ),
        steps=steps(say, 2),
        back=back(say("上一步", "Back")),
        main=main(say("去看那一件", "Look at that case")),
        others=(ActionView("another", say("仍要另办一件", "Hand in another one"), Do("another")),),
        saved=say("已自动保存在本机 14:32", "Saved on this terminal 14:32"),
    )


def documents(say: Say) -> PageView:
    """Photographs on a stick: one added, one refused, one still there."""
    options = tuple(
        OptionView(f"document.material.{code}", text, chosen=code == "household", intent=Choose("material", code))
        for code, text in (
            ("id_card", "居民身份证"),
            ("household", "户口本（首页和本人页）"),
            ("bank", "银行卡或社保卡"),
        )
    )
    refused = say(
        "这个文件太大，最大 8 MB。请重新拍一张小一些的。", "This file is too large; 8 MB at most. Take a smaller one."
    )
    files = (
        RowView("document.file.1", "IMG_20261123_141522.jpg", "户口本（首页和本人页） 第 1 页", say("已添加", "Added")),
        RowView(
            "document.file.2",
            "IMG_20261123_141530.jpg",
            refused,
            say("添加", "Add"),
            light=LightView(Level.WARN, say("没有添加", "Not added")),
            intent=Open("file", "2"),
        ),
        RowView("document.file.3", "scan.pdf", "PDF · 1.2 MB", say("添加", "Add"), intent=Open("file", "3")),
    )
    added = RowView(
        "document.added.1",
        "户口本（首页和本人页） 第 1 页",
        "2.1 MB",
        say("点一下去掉", "Touch to remove"),
        intent=Do("remove", "1"),
    )
    return PageView(
        place="documents",
        title=say("添加照片、扫描件", "Add photos and scans"),
        hint=say("先选是哪样材料，再点文件", "First choose which material, then touch a file"),
        blocks=(
            Checks((CheckView("document.material", say("是哪样材料", "Which material"), "", options),)),
            Rows(files, heading=say("U 盘里的照片和文件，点一下就添加", "On the stick: touch to add")),
            Rows((added,), heading=say("已经添加", "Added")),
        ),
        steps=steps(say, 3),
        back=back(say("上一步", "Back")),
    )


def paper_shown(say: Say) -> PageView:
    """The receipt of another service point, verified, and what the county has told of its case."""
    blocks: tuple[Block, ...] = (
        BigNumber(say("办件编号", "Case number"), "990101102204 261123 01-0007-X"),
        Notice(
            Level.GOOD,
            say("回执核验无误，是桃园村便民服务点开的", "The receipt is genuine, from 桃园村便民服务点"),
        ),
        Notice(Level.NEUTRAL, say("县里已受理，正在办", "The county has accepted it and is working on it")),
        Facts(
            (
                (say("事项", "Item"), ELDER[0]),
                (say("收件的地方", "Taken in at"), "桃园村便民服务点"),
                (say("收件时间", "Taken in on"), "2026-11-20 09:12"),
                (say("县里告知", "As told by the county"), "2026-11-23 14:30"),
            )
        ),
        Trace((EntryView("11-20 09:12", say("代办收件", "Taken in"), ""),), heading=say("办理经过", "What happened")),
    )
    return PageView(
        place="answer",
        title=say("这张回执", "This receipt"),
        blocks=blocks,
        back=back(say("再查一件", "Another case")),
        main=main(say("看完了，回首页", "Done, to the start")),
        others=(ActionView("rate_later", say("评价或追评", "Rate, or add to your rating"), Do("rate_later")),),
    )


def reasons(say: Say) -> FieldView:
    """What could be better; two are ticked."""
    texts = ("没有一次告诉我要什么", "要了多余的材料", "让我多跑了路", "办得太慢", "态度不好", "收了不该收的钱")
    return FieldView(
        "field.reason",
        "reason",
        say("有哪些要改进？可以选几条，也可以不选", "What could be better? Choose several, or none"),
        Control.TICKS,
        options=tuple(
            OptionView(f"reason.{at}", text, at in (1, 3), Choose("reason", str(at))) for at, text in enumerate(texts)
        ),
    )


def later_rating(say: Say) -> PageView:
    """A service is rated after it was over; nothing was chosen yet, and somebody has touched on."""
    levels = (
        ("非常满意", "Very satisfied"), ("满意", "Satisfied"), ("基本满意", "Basically satisfied"),
        ("不满意", "Dissatisfied"), ("非常不满意", "Very dissatisfied"),
    )  # fmt: skip
    asked = say(
        "您已经评过，可以再追评一次。原来的评价不改，两次都留着。",
        "You have rated it. You can add to it once; your first rating stays as it is, and both are kept.",
    )
    aside = AsideView(
        say("评的是这次服务", "The service you rate"),
        ELDER[0],
        (say("11月23日 收件", "Taken in on 23 Nov"), say("编号 261123 01-0007-X", "No. 261123 01-0007-X")),
    )
    level = FieldView(
        "field.level",
        "level",
        say("您觉得这次服务怎么样？", "How was this service?"),
        Control.OPTIONS,
        options=tuple(
            OptionView(f"level.{5 - at}", say(*words), False, Choose("level", str(5 - at)))
            for at, words in enumerate(levels)
        ),
        error=say("请在五个里选一个", "Please choose one of the five"),
    )
    return PageView(
        place="later_rating",
        title=say("追评", "Add to your rating"),
        hint=say("评不评、评什么，都由您", "Whether and how you rate is up to you"),
        blocks=(Notice(Level.NEUTRAL, asked), Fields((level, reasons(say)))),
        aside=aside,
        back=back(say("返回", "Back")),
        main=main(say("交给县里", "Send it to the county")),
    )


def self_test(say: Say) -> PageView:
    """A self-test that is done, with one fault and one part that was not checked."""
    well, fault = say("正常", "well"), say("有问题", "at fault")
    tested = (
        (say("打印机", "Printer"), Level.GOOD, well, ""),
        (say("评价器", "Rating pad"), Level.BAD, fault, say("“满意”键没反应", "key “Satisfied” is silent")),
        (
            say("读卡器", "Card reader"),
            Level.NEUTRAL,
            say("没有查", "not checked"),
            say("没有装", "not fitted"),
        ),
        (say("触摸屏", "Touch screen"), Level.GOOD, well, ""),
        (say("时钟", "Clock"), Level.GOOD, well, ""),
        (say("网络", "Network"), Level.BAD, fault, say("现在连不上县里", "no line to the county now")),
    )
    rows = tuple(
        RowView(f"part.{at}", part, why, light=LightView(level, words))
        for at, (part, level, words, why) in enumerate(tested)
    )
    signed = say("结果已签名存下：本机第 128 条", "Signed and kept: record 128 of this terminal")
    return PageView(
        place="self_test",
        title=say("设备自检", "Self-test"),
        hint=say(
            "一分钟以内：触摸屏、评价器、打印机，还有时钟、磁盘、网络",
            "Within a minute: screen, pad, printer, and clock, disk, network",
        ),
        blocks=(Notice(Level.GOOD, signed), Rows(rows, heading=say("结果", "Result"))),
        back=back(say("返回", "Back")),
        main=main(say("回办件", "Back to the cases")),
    )


def paper_held(say: Say) -> PageView:
    """The receipt of a new case stands still: its paper has ended in the middle."""
    ended = say(
        "打到一半没有纸了。请换纸，换好后点“接着打”。",
        "The paper ran out in the middle. Put in a new roll, then touch “Go on”.",
    )
    answers = (
        ActionView("paper_resume", say("接着打", "Go on"), Do("paper", "resume"), icon="printer"),
        ActionView("paper_give_up", say("不打了", "Stop here"), Do("paper", "give_up")),
    )
    return _receipt(say, Notice(Level.WARN, ended), Actions(answers))


def paper_in_part(say: Say) -> PageView:
    """The same with a printer that cannot show how far it came, and cannot forget the rest."""
    ended = say(
        "打到一半没有纸了。请看看打全没有；没打全，换好纸再重打。",
        "The paper ran out in the middle. Please look; if it is not whole, put in paper and print again.",
    )
    kept = say(
        "打印机里还有没打完的半张，换纸前请把打印机关一下再开；要是打出来了，请收回。",
        "The printer still holds half a slip. Switch it off and on before the new roll; if it comes out, take it back.",
    )
    answers = (
        ActionView("paper_seen", say("打全了", "It is whole"), Do("paper", "seen")),
        ActionView(
            "paper_in_part", say("没打全，重打一张", "Not whole, print again"), Do("paper", "in_part"), icon="printer"
        ),
    )
    return _receipt(say, Notice(Level.WARN, ended), Actions(answers), Notice(Level.WARN, kept))


def _receipt(say: Say, *paper: Block) -> PageView:
    """The page of a new case, with how its paper stands."""
    blocks: tuple[Block, ...] = (
        Notice(Level.GOOD, say("已保存在本机", "Saved on this machine")),
        BigNumber(say("办件编号", "Case number"), "990101102203 261123 01-0007-X"),
        *paper,
        Facts(((say("事项", "Item"), ELDER[0]), (say("申请人", "Applicant"), "李＊兰"))),
    )
    return PageView(
        place="receipt",
        title=say("收件好了", "Taken in"),
        hint=say("请把回执交给申请人", "Please give the receipt to the applicant"),
        blocks=blocks,
        steps=steps(say, 6),
        main=main(say("请申请人评价", "Ask for a rating")),
        others=(ActionView("done", say("不评价，回到办件", "No rating, to the cases"), Do("done")),),
    )
