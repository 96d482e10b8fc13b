"""What the places of an application share: the application in the session and the item it is for."""

from __future__ import annotations

from kiosk import applying
from kiosk.context import Context, Presenter
from kiosk.projections.drafts import DraftRow
from kiosk.session import Application
from sync.model.catalogue import ServiceItem


class NoApplication(RuntimeError):
    """A place of an application was entered without one: the flow is wrong."""


class ApplicationPresenter(Presenter):
    """Stands at one step of the application that is being made."""

    def __init__(self, context: Context) -> None:
        """Take the application from the session.

        Raises:
            NoApplication: there is none, or its item has left the catalogue.
        """
        super().__init__(context)
        application = context.session.application
        item = context.packs.item(application.item_code) if application is not None else None
        if application is None or item is None:
            raise NoApplication
        self.application: Application = application
        self.item: ServiceItem = item


def take_up(context: Context, draft: DraftRow | None) -> str | None:
    """Go on with a draft where it was left: the outcome that leads there, None when there is nothing to go on with."""
    if draft is None or context.packs.item(draft.item_code) is None:
        return None
    session = context.session
    session.application = applying.resume(context, draft)
    session.errors, session.focus = {}, ""
    session.saved_ms = draft.saved_ms
    place = session.application.place
    return "draft" if place == "checklist" else f"draft_{place}"
