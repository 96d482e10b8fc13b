"""What many places share: the rail of steps, the card beside it, the buttons at the lower edge, fields as views."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from kiosk import by_card
from kiosk.context import Context
from kiosk.flow import APPLICATION_STEPS
from kiosk.i18n import Translator
from kiosk.intents import Back, Choose, Do, Next
from kiosk.pages import (
    ActionView,
    AsideView,
    Block,
    Control,
    Fields,
    FieldView,
    OptionView,
    Progress,
    SignatureView,
    StepView,
    Weight,
)
from kiosk.session import Application
from sync.model.catalogue import ServiceItem
from sync.model.facts import Strokes
from sync.model.form import Field, FieldType, Need
from sync.model.moment import time_of_day


def steps(tr: Translator, now: str) -> tuple[StepView, ...]:
    """Return the rail of an application; `now` is the place."""
    names = (tr("选事项"), tr("核对材料"), tr("填表"), tr("认材料"), tr("核对签名"), tr("拿回执"))
    here = APPLICATION_STEPS.index(now)
    return tuple(
        StepView(name, Progress.DONE if at < here else Progress.NOW if at == here else Progress.LATER)
        for at, name in enumerate(names)
    )


def aside(context: Context, item: ServiceItem) -> AsideView:
    """Return the card that says what is being done."""
    tr = context.tr
    promise = tr("承诺 {days} 个工作日", days=context.packs.profile.periods.promise_days)
    return AsideView(
        caption=tr("正在代办"),
        title=context.name_of(item),
        lines=(promise, tr("不收费") if item.free else tr("按标准收费")),
    )


def back(tr: Translator, text: str | None = None) -> ActionView:
    """Return the button at the lower left."""
    return ActionView("back", text or tr("上一步"), Back(), Weight.PLAIN, icon="back")


def main(text: str, *, enabled: bool = True) -> ActionView:
    """Return the one main action."""
    return ActionView("next", text, Next(), Weight.MAIN, enabled=enabled)


def saved(context: Context) -> str:
    """Return the words beside the buttons while a draft is kept."""
    at_ms = context.session.saved_ms
    return context.tr("已自动保存在本机 {time}", time=time_of_day(at_ms)) if at_ms is not None else ""


def signature(tr: Translator, caption: str, strokes: Strokes, error: str = "") -> SignatureView:
    """Return the glass to sign on."""
    clear = ActionView("signature.clear", tr("擦掉重签"), Do("clear_signature"), Weight.QUIET, enabled=bool(strokes))
    return SignatureView("signature", "signature", caption, strokes, clear, error)


def after(blocks: Iterable[Block], code: str) -> str:
    """Return the field to type into after this one, "" after the last."""
    fields = [field for block in blocks if isinstance(block, Fields) for field in block.fields]
    typed = [field.field for field in fields if field.control in (Control.TEXT, Control.DIGITS, Control.LETTERS)]
    return next((then for now, then in pairwise(typed) if now == code), "")


def field_view(context: Context, field: Field, application: Application) -> FieldView:
    """Return one question of a form as it stands."""
    held = application.typed.get(field.code, "")
    session = context.session
    return FieldView(
        target_id=f"field.{field.code}",
        field=field.code,
        label=_label(context, field, application),
        control=_CONTROLS.get(field.type, Control.DIGITS if field.digits_only else Control.TEXT),
        text=held if isinstance(held, str) else "",
        hint=field.hint or "",
        error=context.error(field.code),
        options=_options(context, field, held),
        focused=session.focus == field.code,
        optional=field.need is Need.OPTIONAL,
        extra_key=_EXTRA_KEYS.get(field.type, ""),
        length_max=_length(field),
    )


def _label(context: Context, field: Field, application: Application) -> str:
    """Say beside the question where its answer comes from, when a card gave it."""
    if field.code not in application.from_card:
        return field.label
    changed = by_card.was_changed(application, field.code)
    from_where = context.tr("读身份证后手工改过") if changed else context.tr("来自身份证")
    return f"{field.label} · {from_where}"


_CONTROLS = {
    FieldType.IDENTITY: Control.DIGITS,
    FieldType.PHONE: Control.DIGITS,
    FieldType.DATE: Control.DIGITS,
    FieldType.AMOUNT: Control.DIGITS,
    FieldType.CHOICE: Control.OPTIONS,
    FieldType.REGION: Control.OPTIONS,
    FieldType.CHOICES: Control.TICKS,
}
_EXTRA_KEYS = {FieldType.IDENTITY: "X", FieldType.AMOUNT: "."}
_LENGTHS = {FieldType.IDENTITY: 18, FieldType.PHONE: 12, FieldType.DATE: 10, FieldType.AMOUNT: 12, FieldType.NAME: 40}


def _length(field: Field) -> int:
    if field.type is FieldType.TEXT:
        return field.maximum or 200
    return _LENGTHS.get(field.type, 40)


def _options(context: Context, field: Field, held: str | tuple[str, ...]) -> tuple[OptionView, ...]:
    choices = (
        _regions(context)
        if field.type is FieldType.REGION
        else [(option.code, option.label) for option in field.options]
    )
    return tuple(
        OptionView(
            target_id=f"field.{field.code}.{code}",
            text=label,
            chosen=code == held or (isinstance(held, tuple) and code in held),
            intent=Choose(field.code, code),
        )
        for code, label in choices
    )


def _regions(context: Context) -> list[tuple[str, str]]:
    """Return the groups of this village, then the other villages of its town."""
    here, packs = context.terminal.region, context.packs
    choices: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for village in packs.profile.villages(here[:9] + "000", context.today):
        if village.code == here:
            groups = [(village.code + group.code, village.name + group.name) for group in village.groups]
            choices = groups or [(village.code, village.name)]
        else:
            others.append((village.code, village.name))
    return choices + others
