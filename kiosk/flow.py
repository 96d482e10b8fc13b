"""Which place follows which: the whole navigation of the kiosk as one table.

A presenter answers an intent with an outcome, a word of its own; the table says where that leads. What is not in the
table is a mistake of the program and is found by a test that asks every presenter for its outcomes.
"""

from __future__ import annotations

HOME, GUIDE, ITEM, ASK = "home", "guide", "item", "ask"
SIGN_IN, CARD, DESK = "sign_in", "card", "desk"
STICK = "stick"
SELF_TEST, TOUCH_GRID = "self_test", "touch_grid"
ACCESS, NEW_PIN, CARD_MADE = "access", "new_pin", "card_made"
FIND = "find"
PICK, CHECKLIST, NOTICE_GIVEN, FORM, DOUBLE, MARKS, REVIEW, RECEIPT, RATING, FINISH = (
    "pick",
    "checklist",
    "notice_given",
    "form",
    "double",
    "marks",
    "review",
    "receipt",
    "rating",
    "finish",
)
PROGRESS, ANSWER, LATER_RATING = "progress", "answer", "later_rating"
DOCUMENTS = "documents"
DELIVER, SUPPLEMENT, WITHDRAW, DELAY, SLIP = "deliver", "supplement", "withdraw", "delay", "slip"

APPLICATION_STEPS = (PICK, CHECKLIST, FORM, MARKS, REVIEW, RECEIPT)
"""选事项 核对材料 填表 认材料 核对签名 拿回执."""

FLOW: dict[tuple[str, str], str] = {
    (HOME, "guide"): GUIDE,
    (HOME, "item"): ITEM,
    (HOME, "ask"): ASK,
    (HOME, "progress"): PROGRESS,
    (HOME, "sign_in"): SIGN_IN,
    (GUIDE, "back"): HOME,
    (GUIDE, "item"): ITEM,
    (GUIDE, "progress"): PROGRESS,
    (GUIDE, "sign_in"): SIGN_IN,
    (ITEM, "back"): GUIDE,
    (ITEM, "ask"): ASK,
    (ITEM, "apply"): CHECKLIST,
    (ITEM, "item"): ITEM,
    (ITEM, "progress"): PROGRESS,
    (ITEM, "sign_in"): SIGN_IN,
    (ASK, "back"): HOME,
    (ASK, "guide"): GUIDE,
    (ASK, "item"): ITEM,
    (ASK, "progress"): PROGRESS,
    (ASK, "sign_in"): SIGN_IN,
    (SIGN_IN, "back"): HOME,
    (SIGN_IN, "card"): CARD,
    (SIGN_IN, "in"): DESK,
    (SIGN_IN, "ask_paper"): SLIP,
    (CARD, "back"): SIGN_IN,
    (CARD, "read"): SIGN_IN,
    (DESK, "find"): FIND,
    (FIND, "back"): DESK,
    (FIND, "found"): DESK,
    (DESK, "access"): ACCESS,
    (ACCESS, "back"): DESK,
    (ACCESS, "new_pin"): NEW_PIN,
    (NEW_PIN, "back"): ACCESS,
    (NEW_PIN, "made"): CARD_MADE,
    (CARD_MADE, "done"): ACCESS,
    (DESK, "new"): PICK,
    (DESK, "picked"): CHECKLIST,
    (DESK, "draft"): CHECKLIST,
    (DESK, "draft_form"): FORM,
    (DESK, "draft_marks"): MARKS,
    (DESK, "draft_review"): REVIEW,
    (DESK, "double"): DOUBLE,
    (DESK, "deliver"): DELIVER,
    (DESK, "supplement"): SUPPLEMENT,
    (DESK, "withdraw"): WITHDRAW,
    (DESK, "delay"): DELAY,
    (DESK, "finish"): FINISH,
    (DESK, "slip"): SLIP,
    (DESK, "rating"): RATING,
    (DESK, "stick"): STICK,
    (STICK, "back"): DESK,
    (DESK, "self_test"): SELF_TEST,
    (SELF_TEST, "back"): DESK,
    (SELF_TEST, "touch"): TOUCH_GRID,
    (TOUCH_GRID, "done"): SELF_TEST,
    (PICK, "back"): DESK,
    (PICK, "picked"): CHECKLIST,
    (CHECKLIST, "back"): PICK,
    (CHECKLIST, "next"): FORM,
    (CHECKLIST, "notice"): NOTICE_GIVEN,
    (NOTICE_GIVEN, "done"): DESK,
    (FORM, "back"): CHECKLIST,
    (FORM, "next"): MARKS,
    (FORM, "double"): DOUBLE,
    (DOUBLE, "back"): FORM,
    (DOUBLE, "form"): FORM,
    (DOUBLE, "marks"): MARKS,
    (DOUBLE, "review"): REVIEW,
    (DOUBLE, "case"): DESK,
    (DOUBLE, "draft"): CHECKLIST,
    (DOUBLE, "draft_form"): FORM,
    (DOUBLE, "draft_marks"): MARKS,
    (DOUBLE, "draft_review"): REVIEW,
    (MARKS, "back"): FORM,
    (MARKS, "next"): REVIEW,
    (MARKS, "documents"): DOCUMENTS,
    (DOCUMENTS, "back"): MARKS,
    (REVIEW, "back"): MARKS,
    (REVIEW, "form"): FORM,
    (REVIEW, "marks"): MARKS,
    (REVIEW, "taken_in"): RECEIPT,
    (RECEIPT, "rating"): RATING,
    (RECEIPT, "finish"): FINISH,
    (RECEIPT, "done"): DESK,
    (FINISH, "back"): DESK,
    (FINISH, "done"): DELIVER,
    (RATING, "done"): DESK,
    (PROGRESS, "back"): HOME,
    (PROGRESS, "found"): ANSWER,
    (PROGRESS, "progress"): PROGRESS,
    (PROGRESS, "sign_in"): SIGN_IN,
    (PROGRESS, "rate_later"): LATER_RATING,
    (ANSWER, "back"): PROGRESS,
    (ANSWER, "home"): HOME,
    (ANSWER, "progress"): PROGRESS,
    (ANSWER, "sign_in"): SIGN_IN,
    (ANSWER, "rate_later"): LATER_RATING,
    (LATER_RATING, "back"): PROGRESS,
    (LATER_RATING, "answer"): ANSWER,
    (LATER_RATING, "home"): HOME,
    (LATER_RATING, "progress"): PROGRESS,
    (LATER_RATING, "sign_in"): SIGN_IN,
    (DELIVER, "back"): DESK,
    (DELIVER, "done"): SLIP,
    (SUPPLEMENT, "back"): DESK,
    (SUPPLEMENT, "done"): SLIP,
    (WITHDRAW, "back"): DESK,
    (WITHDRAW, "done"): SLIP,
    (DELAY, "back"): DESK,
    (DELAY, "done"): SLIP,
    (SLIP, "done"): DESK,
    (SLIP, "rating"): RATING,
}


class NowhereToGo(LookupError):
    """A presenter gave an outcome that the table does not know."""


def next_place(place: str, outcome: str) -> str:
    """Return the place that follows.

    Raises:
        NowhereToGo: the table has no such row.
    """
    try:
        return FLOW[place, outcome]
    except KeyError:
        raise NowhereToGo(f"{outcome!r} leads nowhere from {place!r}") from None
