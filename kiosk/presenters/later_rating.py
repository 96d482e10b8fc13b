"""事后评价: a service is rated where nobody did, or a 追评 is added, with the receipt in hand."""

from __future__ import annotations

from kiosk.context import Context, Presenter
from kiosk.flow import LATER_RATING
from kiosk.i18n import Translator
from kiosk.intents import Back, Choose, Do, Next, Scanned
from kiosk.later_rating import Offer, case_in_question, give, offer, proof_of
from kiosk.pages import ActionView, AsideView, Block, Control, Fields, FieldView, Notice, OptionView, PageView
from kiosk.phrases import day
from kiosk.presenters import frames
from kiosk.presenters.reasons import REASON, tick, ticked, ticks
from kiosk.presenters.scanned import open_in_query
from kiosk.session import Entry, Query
from kiosk.views import Intent
from kiosk.views import Level as NoticeLevel
from sync.model.case_number import parse_case_number
from sync.model.facts import Stage
from sync.model.later import LaterEffect
from sync.model.moment import local_date
from sync.model.rating import Level

LEVEL = "level"


def way_in(context: Context) -> tuple[ActionView, ...]:
    """Return the button that leads here, for a place where somebody has shown what they can be told by."""
    if proof_of(context) is None:
        return ()
    offered = offer(context)
    if offered.effect is LaterEffect.NO_SERVICE:
        return ()
    return (ActionView("rate_later", _names(context.tr, offered), Do("rate_later")),)


def enter(context: Context) -> str:
    """Begin: nothing of another question is left."""
    context.session.entry, context.session.thanked, context.session.errors = Entry(), False, {}
    return "rate_later"


def _names(tr: Translator, offered: Offer) -> str:
    if offered.effect is LaterEffect.FOLLOWED:
        return tr("追评")
    return tr("评价这次服务") if offered.effect is not None else tr("评价或追评")


class LaterRatingPresenter(Presenter):
    """Asks for the five levels and for reasons, once."""

    def view(self) -> PageView:
        """Return the question, why it cannot be asked any more, or thanks."""
        tr, context = self.tr, self.context
        if context.session.thanked:
            thanks = Notice(NoticeLevel.GOOD, self._thanks(context.session.entry.texts.get("given", "")))
            return self._page(tr("谢谢您的评价"), [thanks], tr("完成"))
        offered = offer(context)
        title = _names(tr, offered)
        if not offered.is_open:
            return self._page(title, [Notice(NoticeLevel.NOTICE, self._sorry(offered))], "", about=offered)
        asked = Notice(NoticeLevel.NEUTRAL, self._asked(offered))
        fields = Fields((self._levels(), ticks(context)))
        return self._page(title, [asked, fields], tr("交给县里"), about=offered)

    def _page(self, title: str, blocks: list[Block], main: str, *, about: Offer | None = None) -> PageView:
        tr = self.tr
        return PageView(
            place=LATER_RATING,
            title=title,
            hint=tr("评不评、评什么，都由您") if about is not None else "",
            blocks=tuple(blocks),
            aside=self._service(about) if about is not None else None,
            back=frames.back(tr, tr("返回")) if about is not None else None,
            main=frames.main(main) if main else None,
        )

    def _service(self, offered: Offer) -> AsideView:
        """Say which service is rated, as far as that is known here."""
        tr, context = self.tr, self.context
        text = case_in_question(context)
        number, row = parse_case_number(text).short_grouped(), context.desk.cases.row(text)
        lines = [tr("编号 {number}", number=number)]
        if offered.at_ms is not None:
            on = day(context.session.language, local_date(offered.at_ms))
            words = {
                Stage.TAKEN_IN: tr("{day} 收件", day=on),
                Stage.DELIVERED: tr("{day} 送达结果", day=on),
                None: on,
            }
            lines.insert(0, words[offered.stage])
        title = context.item_name(row.item_code) if row is not None else tr("这张回执的办件")
        return AsideView(tr("评的是这次服务"), title, tuple(lines))

    def _asked(self, offered: Offer) -> str:
        tr = self.tr
        if offered.effect is LaterEffect.RATED:
            return tr("当时没有评，现在还可以评一次。")
        if offered.effect is LaterEffect.FOLLOWED:
            return tr("您已经评过，可以再追评一次。原来的评价不改，两次都留着。")
        return tr("以前没评过，就算评价；评过了，就算追评。县里核对后计入。")

    def _sorry(self, offered: Offer) -> str:
        tr, phone = self.tr, self.context.packs.profile.complaint_phone
        if offered.effect is LaterEffect.ONCE_MORE:
            return tr("这次服务已经评过，也追评过了。还有意见，请打监督电话 {phone}。", phone=phone)
        if offered.effect is LaterEffect.TOO_LATE:
            return tr("这次服务已经过了评价的期限。还有意见，请打监督电话 {phone}。", phone=phone)
        return tr("这件事还没有收件，现在没有可以评价的服务。")

    def _thanks(self, given: str) -> str:
        tr = self.tr
        if given == LaterEffect.RATED:
            return tr("评价已经记下，会直接送到县里。")
        if given == LaterEffect.FOLLOWED:
            return tr("追评已经记下，会直接送到县里。原来的评价不改，两次都留着。")
        return tr("已经记下，会直接送到县里，县里核对后计入。")

    def _levels(self) -> FieldView:
        tr, chosen = self.tr, self.context.session.entry.texts.get(LEVEL)
        words = {
            Level.VERY_SATISFIED: tr("非常满意"),
            Level.SATISFIED: tr("满意"),
            Level.BASICALLY_SATISFIED: tr("基本满意"),
            Level.DISSATISFIED: tr("不满意"),
            Level.VERY_DISSATISFIED: tr("非常不满意"),
        }
        options = tuple(
            OptionView(f"level.{int(level)}", text, chosen == str(int(level)), Choose(LEVEL, str(int(level))))
            for level, text in words.items()
        )
        label, error = tr("您觉得这次服务怎么样？"), self.context.error(LEVEL)
        return FieldView("field.level", LEVEL, label, Control.OPTIONS, options=options, error=error)

    def handle(self, intent: Intent) -> str | None:
        """Take what is chosen, or what was chosen to the county."""
        context, session = self.context, self.context.session
        match intent:
            case Scanned(text):
                return open_in_query(context, text)
            case Back():
                session.entry, session.errors = Entry(), {}
                return "answer" if session.query.found else "back"
            case Next() if session.thanked:
                session.query, session.entry, session.thanked = Query(), Entry(), False
                return "home"
            case Choose(code, value) if code == LEVEL and value in [str(int(level)) for level in Level]:
                session.entry.texts[LEVEL] = value
                session.errors.pop(LEVEL, None)
            case Choose(code, value) if code == REASON and value.isdecimal():
                tick(context, value)
            case Next():
                return self._give()
            case _:
                return None
        return "stay"

    def _give(self) -> str:
        context, session = self.context, self.context.session
        offered, chosen = offer(context), session.entry.texts.get(LEVEL)
        if not offered.is_open:
            return "stay"
        if chosen is None:
            session.errors[LEVEL] = lambda tr: tr("请在五个里选一个")
            return "stay"
        give(context, Level(int(chosen)), ticked(context))
        # What was chosen is never shown again.
        session.entry, session.thanked = Entry({"given": offered.effect.value if offered.effect else ""}), True
        return "stay"
