"""What could be better, ticked beside a rating.

The same is asked whatever the level is, so that nobody who looks on learns from the screen how it was rated.
"""

from __future__ import annotations

from kiosk.context import Context
from kiosk.intents import Choose
from kiosk.pages import Control, FieldView, OptionView

REASON = "reason"


def ticks(context: Context) -> FieldView:
    """Return the county's reasons, with what is ticked of them."""
    held = context.session.entry.texts
    options = tuple(
        OptionView(f"reason.{at}", text, f"{REASON}.{at}" in held, Choose(REASON, str(at)))
        for at, text in enumerate(context.packs.profile.rating_reasons)
    )
    label = context.tr("有哪些要改进？可以选几条，也可以不选")
    return FieldView("field.reason", REASON, label, Control.TICKS, options=options)


def tick(context: Context, at: str) -> None:
    """Tick a reason, or take its tick away."""
    texts = context.session.entry.texts
    if texts.pop(f"{REASON}.{at}", None) is None:
        texts[f"{REASON}.{at}"] = "1"


def ticked(context: Context) -> tuple[str, ...]:
    """Return what is ticked, in the county's words and order."""
    held = context.session.entry.texts
    return tuple(text for at, text in enumerate(context.packs.profile.rating_reasons) if f"{REASON}.{at}" in held)
