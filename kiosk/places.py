"""Every place of the kiosk: the screen that draws it and the presenter that stands in it. To add one, add its row here
and its ways in `kiosk.flow`.
"""

from __future__ import annotations

from kiosk import flow
from kiosk.presenters.checklist import ChecklistPresenter
from kiosk.presenters.closing import (
    DelayPresenter,
    DeliverPresenter,
    FinishPresenter,
    SupplementPresenter,
    WithdrawPresenter,
)
from kiosk.presenters.desk import DeskPresenter
from kiosk.presenters.form import FormPresenter
from kiosk.presenters.guide import GuidePresenter, PickPresenter
from kiosk.presenters.home import AskPresenter, HomePresenter
from kiosk.presenters.item import ItemPresenter
from kiosk.presenters.marks import MarksPresenter
from kiosk.presenters.progress import AnswerPresenter, ProgressPresenter
from kiosk.presenters.rating import RatingPresenter
from kiosk.presenters.receipt import ReceiptPresenter
from kiosk.presenters.review import ReviewPresenter
from kiosk.presenters.sign_in import SignInPresenter
from kiosk.presenters.slips import NoticeGivenPresenter, SlipPresenter
from kiosk.visit import Presenters

PLACES: Presenters = {
    flow.HOME: ("home", HomePresenter),
    flow.GUIDE: ("guide", GuidePresenter),
    flow.ITEM: ("page", ItemPresenter),
    flow.ASK: ("page", AskPresenter),
    flow.SIGN_IN: ("sign_in", SignInPresenter),
    flow.DESK: ("desk", DeskPresenter),
    flow.PICK: ("guide", PickPresenter),
    flow.CHECKLIST: ("page", ChecklistPresenter),
    flow.NOTICE_GIVEN: ("page", NoticeGivenPresenter),
    flow.FORM: ("page", FormPresenter),
    flow.MARKS: ("page", MarksPresenter),
    flow.REVIEW: ("page", ReviewPresenter),
    flow.RECEIPT: ("page", ReceiptPresenter),
    flow.RATING: ("rating", RatingPresenter),
    flow.FINISH: ("page", FinishPresenter),
    flow.PROGRESS: ("page", ProgressPresenter),
    flow.ANSWER: ("page", AnswerPresenter),
    flow.DELIVER: ("page", DeliverPresenter),
    flow.SUPPLEMENT: ("page", SupplementPresenter),
    flow.WITHDRAW: ("page", WithdrawPresenter),
    flow.DELAY: ("page", DelayPresenter),
    flow.SLIP: ("page", SlipPresenter),
}
