"""The promised day on paper: large, with its weekday, and how it was counted."""

from __future__ import annotations

from devices.printer.document import Block, Text
from kiosk.context import Context
from kiosk.deadlines import promise_of
from kiosk.phrases import dates_of, day, deadlines_of
from kiosk.receipts import parts
from sync.model.case import Case
from sync.model.deadline import Deadline, Reckoning
from sync.model.deadline_words import explanation, headline
from sync.model.moment import weekday_in_words


def promise_blocks(context: Context, case: Case) -> list[Block]:
    """Return until when the case is to be done and why that day; nothing before it was taken in."""
    reckoned = promise_of(context, case)
    if reckoned is None:
        return []
    words = headline(reckoned, deadlines_of(context.session.language))
    return [parts.headline(words), *reckoning_blocks(context, reckoned)]


def reckoning_blocks(context: Context, reckoned: Reckoning) -> list[Block]:
    """Return how a day was counted: 11月30日是星期一。11月23日收件，次日起算，5个工作日，周末和节假日不算."""
    language = context.session.language
    because = explanation(reckoned, deadlines_of(language))
    if isinstance(reckoned, Deadline):
        weekday = weekday_in_words(reckoned.last_day, dates_of(language))
        which = context.tr("{day}是{weekday}。", day=day(language, reckoned.last_day), weekday=weekday)
        because = f"{which}{because}"
    return [Text(because)] if because else []
