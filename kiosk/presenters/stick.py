"""U 盘带送: the records onto a stick, the county's answers from one. What is written does not count as received."""

from __future__ import annotations

from kiosk.context import Presenter
from kiosk.flow import STICK
from kiosk.i18n import Translator
from kiosk.intents import Back, Do, Next
from kiosk.pages import ActionView, Block, Facts, Notice, PageView, Words
from kiosk.presenters import frames
from kiosk.stick_room import StickNews
from kiosk.views import Intent, Level
from sync.errand import What
from sync.transport.said import StickFault, StickSaid, StickStage


class StickPresenter(Presenter):
    """Shows whether a stick is there, what waits to be carried, and what became of the last errand."""

    def view(self) -> PageView:
        """Return the page."""
        tr, room = self.tr, self.context.stick_room
        is_in, is_busy = room.is_in(), room.waiting and not room.unanswered
        waiting, received = self.context.waiting(), self.context.acknowledged()
        blocks: list[Block] = [self._notice(is_in=is_in)]
        blocks.append(
            Facts(
                (
                    (tr("县里已收到"), tr("前 {count} 条", count=received) if received else tr("还没有")),
                    (tr("待上传"), tr("{count} 条", count=waiting)),
                )
            )
        )
        blocks.append(
            Words(
                tr("写好以后，把 U 盘带到镇上的便民服务中心。那里会存一份县里的回执，带回来点“读回回执”。"),
                heading=tr("怎么带"),
            )
        )
        blocks.append(
            Words(tr("写到 U 盘的记录，本机都还留着。U 盘丢了，捡到的人也看不到村民的信息，再写一次就行。"), soft=True)
        )
        blocks.append(Words(tr("照片、扫描件不走 U 盘，等线路通了再传。"), soft=True))
        return PageView(
            place=STICK,
            title=tr("U 盘带送"),
            hint=tr("线路不通的时候，用 U 盘把记录带给县里"),
            blocks=tuple(blocks),
            back=frames.back(tr, tr("返回")),
            main=frames.main(tr("写到 U 盘"), enabled=is_in and not is_busy),
            others=(ActionView("do.read", tr("读回回执"), Do("read"), enabled=is_in and not is_busy),),
        )

    def handle(self, intent: Intent) -> str | None:
        """Ask for the stick to be written or read, or go back."""
        session, room = self.context.session, self.context.stick_room
        match intent:
            case Back():
                room.forget()
                session.said = None
                return "back"
            case Next():
                what = What.EXPORT
            case Do("read"):
                what = What.IMPORT
            case _:
                return None
        session.said = None
        try:
            room.ask(what, self.context.actor)
        except OSError:
            session.said = lambda tr: tr("本机存不进去了，没有写 U 盘。请报告技术员。")
        return "stay"

    def told(self, event: object) -> str | None:
        """Show what has changed."""
        return "stay" if isinstance(event, StickNews | frozenset) else None

    def _notice(self, *, is_in: bool) -> Notice:
        tr, room = self.tr, self.context.stick_room
        if self.context.said:
            return Notice(Level.BAD, self.context.said)
        if room.unanswered:
            return Notice(Level.BAD, tr("同步程序没有运行，U 盘没有写。请报告技术员。"))
        if room.waiting:
            return Notice(Level.WARN, tr("正在处理，请不要拔 U 盘。线路忙的时候要等一会儿。"))
        if room.said is not None:
            return _result(tr, room.said)
        if is_in:
            return Notice(Level.NOTICE, tr("U 盘已经插好"))
        return Notice(Level.WARN, tr("没有看到 U 盘。请插好 U 盘，等几秒。"))


def _result(tr: Translator, said: StickSaid) -> Notice:
    if said.stage is StickStage.FAILED and said.fault is not None:
        return Notice(Level.BAD, fault_sentence(tr, said.fault))
    if said.what == What.IMPORT:
        if said.news:
            text = tr(
                "已读回。县里已收到前 {count} 条，带回 {news} 条答复。可以拔出 U 盘。",
                count=said.acknowledged, news=said.news,
            )  # fmt: skip
        else:
            text = tr("已读回。县里已收到前 {count} 条。可以拔出 U 盘。", count=said.acknowledged)
        return Notice(Level.GOOD, text)
    if said.left:
        text = tr(
            "已写入 {count} 条记录，可以拔出。还有 {left} 条没装下，这一批送到以后再写一次。",
            count=said.records, left=said.left,
        )  # fmt: skip
    elif said.records:
        text = tr("已写入 {count} 条记录，可以拔出。县里还没有收到，请尽快带到镇上。", count=said.records)
    else:
        text = tr("没有待上传的记录。U 盘里写好了取件单，可以拔出，带到镇上取县里的答复。")
    return Notice(Level.NOTICE, text)


def fault_sentence(tr: Translator, fault: StickFault) -> str:
    """Return what went wrong with a stick, and what to do."""
    return {
        StickFault.MISSING: tr("没有看到 U 盘，什么也没有写。请插好再试。"),
        StickFault.GONE: tr("U 盘中途断开了，或者坏了，这次没有写成。请重新插好再试，还不行就换一个。"),
        StickFault.FULL: tr("U 盘满了，没有写成。请换一个，或者删掉里面没用的文件。"),
        StickFault.READ_ONLY: tr("U 盘不让写。请看侧面的锁扣，或者换一个 U 盘。"),
        StickFault.LIES: tr("U 盘写进去和读出来不一样，不能用了。请换一个。"),
        StickFault.NO_KEY: tr("这台终端还没有县里的 U 盘密钥，要先联网一次。请报告技术员。"),
        StickFault.NOTHING_HERE: tr("U 盘里没有给这台终端的回执。请确认镇上已经把回执存进来。"),
        StickFault.DAMAGED: tr("U 盘里的回执不完整或者坏了，没有用。请到镇上重新存一次。"),
        StickFault.NOT_TRUSTED: tr("U 盘里的回执不是县里发的，没有用。请报告技术员。"),
        StickFault.DISAGREES: tr("县里的回执和本机记录对不上，对得上的已经读回。请报告县里。"),
        StickFault.DISK_REFUSED: tr("本机存不进去了，回执没有读回。请报告技术员。"),
        StickFault.JOURNAL_UNREADABLE: tr("本机记录读不出来，没有写成。请报告技术员。"),
        StickFault.NOT_READY: tr("本机的密钥读不出来，没有写成。请报告技术员。"),
    }[fault]
