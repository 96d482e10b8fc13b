"""Every place of the kiosk: the screen that draws it and the presenter that stands in it. To add one, add its row here
and its ways in `kiosk.flow`.

A presenter is imported when its place is first entered, so that the first screen does not wait for all the others;
`load_places` does it for all of them once that screen stands.
"""

from __future__ import annotations

from importlib import import_module

from msgspec import Struct

from kiosk import flow
from kiosk.context import Context, Presenter


class _In(Struct, frozen=True):
    """Makes the presenter `name` of `kiosk.presenters.<module>`."""

    module: str
    name: str

    def __call__(self, context: Context) -> Presenter:
        return self.load()(context)

    def load(self) -> type[Presenter]:
        """Return the presenter's class, imported the first time."""
        found: type[Presenter] = getattr(import_module(f"kiosk.presenters.{self.module}"), self.name)
        return found


PLACES: dict[str, tuple[str, _In]] = {
    flow.HOME: ("home", _In("home", "HomePresenter")),
    flow.GUIDE: ("guide", _In("guide", "GuidePresenter")),
    flow.ITEM: ("page", _In("item", "ItemPresenter")),
    flow.ASK: ("page", _In("home", "AskPresenter")),
    flow.SIGN_IN: ("sign_in", _In("sign_in", "SignInPresenter")),
    flow.CARD: ("page", _In("sign_in", "CardPresenter")),
    flow.DESK: ("desk", _In("desk", "DeskPresenter")),
    flow.FIND: ("page", _In("find", "FindPresenter")),
    flow.SELF_TEST: ("page", _In("self_test", "SelfTestPresenter")),
    flow.TOUCH_GRID: ("touch_grid", _In("self_test", "TouchGridPresenter")),
    flow.STICK: ("page", _In("stick", "StickPresenter")),
    flow.ACCESS: ("page", _In("access", "AccessPresenter")),
    flow.NEW_PIN: ("sign_in", _In("access", "NewPinPresenter")),
    flow.CARD_MADE: ("page", _In("access", "CardMadePresenter")),
    flow.PICK: ("guide", _In("guide", "PickPresenter")),
    flow.CHECKLIST: ("page", _In("checklist", "ChecklistPresenter")),
    flow.NOTICE_GIVEN: ("page", _In("slips", "NoticeGivenPresenter")),
    flow.FORM: ("page", _In("form", "FormPresenter")),
    flow.DOUBLE: ("page", _In("double", "DoublePresenter")),
    flow.MARKS: ("page", _In("marks", "MarksPresenter")),
    flow.DOCUMENTS: ("page", _In("documents", "DocumentsPresenter")),
    flow.REVIEW: ("page", _In("review", "ReviewPresenter")),
    flow.RECEIPT: ("page", _In("receipt", "ReceiptPresenter")),
    flow.RATING: ("rating", _In("rating", "RatingPresenter")),
    flow.FINISH: ("page", _In("closing", "FinishPresenter")),
    flow.PROGRESS: ("page", _In("progress", "ProgressPresenter")),
    flow.ANSWER: ("page", _In("progress", "AnswerPresenter")),
    flow.LATER_RATING: ("page", _In("later_rating", "LaterRatingPresenter")),
    flow.DELIVER: ("page", _In("closing", "DeliverPresenter")),
    flow.SUPPLEMENT: ("page", _In("closing", "SupplementPresenter")),
    flow.WITHDRAW: ("page", _In("closing", "WithdrawPresenter")),
    flow.DELAY: ("page", _In("closing", "DelayPresenter")),
    flow.SLIP: ("page", _In("slips", "SlipPresenter")),
}


def load_places() -> None:
    """Import every presenter, so that nobody waits for one later."""
    for _, presenter in PLACES.values():
        presenter.load()
