"""What the places of an application share: the application in the session and the item it is for."""

from __future__ import annotations

from kiosk.context import Context, Presenter
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
