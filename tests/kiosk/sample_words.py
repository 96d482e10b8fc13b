"""Words of sample views in both languages, and the small parts that many of them share."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.intents import Back, Choose, Do, Next, Open
from kiosk.pages import (
    ActionView,
    AsideView,
    CheckView,
    OptionView,
    Progress,
    StepView,
    Weight,
)

Say = Callable[[str, str], str]
"""Takes a text in Chinese and in English, and returns the one of the language that is spoken."""

STEPS = (
    ("选事项", "Pick"),
    ("核对材料", "Papers"),
    ("填表", "Form"),
    ("认材料", "Check papers"),
    ("核对签名", "Sign"),
    ("拿回执", "Receipt"),
)
ELDER = ("高龄津贴申请", "Old-age allowance")
RELIEF = ("临时救助", "Temporary relief")


def chinese(zh: str, en: str) -> str:
    """Speak Chinese."""
    del en
    return zh


def english(zh: str, en: str) -> str:
    """Speak English."""
    del zh
    return en


LANGUAGES: dict[str, Say] = {"zh-Hans": chinese, "en": english}


def steps(say: Say, now: int) -> tuple[StepView, ...]:
    """The rail of an application; `now` counts from 0."""
    return tuple(
        StepView(say(*names), Progress.DONE if at < now else Progress.NOW if at == now else Progress.LATER)
        for at, names in enumerate(STEPS)
    )


def aside(say: Say) -> AsideView:
    """What is being done."""
    lines = (say("承诺 5 个工作日", "Promised in 5 working days"), say("不收费", "Free of charge"))
    return AsideView(say("正在代办", "Being done"), say(*ELDER), lines)


def case_aside(say: Say) -> AsideView:
    """The case that the desk has chosen."""
    return AsideView("261113-01-0021-X", say(*RELIEF), ("李＊兰",))


def back(text: str) -> ActionView:
    """The button at the lower left."""
    return ActionView("back", text, Back(), icon="back")


def main(text: str, *, enabled: bool = True) -> ActionView:
    """The one main action."""
    return ActionView("next", text, Next(), Weight.MAIN, enabled=enabled)


def saved(say: Say) -> str:
    """What stands beside the buttons while a draft is kept."""
    return say("已自动保存在本机 14:32", "Saved on this machine at 14:32")


def option(target_id: str, text: str, *, chosen: bool = False, what: str = "way") -> OptionView:
    """One of several."""
    return OptionView(target_id, text, chosen, Choose(what, target_id))


def material(
    code: str, title: str, note: str, badge: str, texts: tuple[str, ...], chosen: int | None, error: str = ""
) -> CheckView:
    """A material with the ways it can be met."""
    options = tuple(
        OptionView(f"material.{code}.{at}", text, at == chosen, Choose(code, str(at))) for at, text in enumerate(texts)
    )
    return CheckView(f"material.{code}", title, note, options, badge, error)


def printing(target_id: str, text: str) -> ActionView:
    """A button that prints."""
    return ActionView(target_id, text, Do(target_id), icon="printer")


def opening(target_id: str, text: str, what: str, weight: Weight = Weight.PLAIN) -> ActionView:
    """A button that leads on."""
    return ActionView(target_id, text, Open(what), weight)
