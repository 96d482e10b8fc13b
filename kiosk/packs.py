"""The county's packs as the screens use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sync.model.calendar_pack import CalendarPack
from sync.model.catalogue import Catalogue, ServiceItem
from sync.model.profile import Agent, Department, Profile
from sync.model.working_calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class PacksInUse:
    """Catalogue, calendar and profile of this county, and the point they are used at."""

    catalogue: Catalogue
    calendar: CalendarPack
    profile: Profile
    region: str
    working_days: WorkingCalendar

    @classmethod
    def at(cls, region: str, catalogue: Catalogue, calendar: CalendarPack, profile: Profile) -> PacksInUse:
        """Use these packs at a point."""
        return cls(catalogue, calendar, profile, region, calendar.calendar())

    @property
    def town_name(self) -> str:
        """The town that this point belongs to, "" when the profile does not name it."""
        return next((each.name for each in self.profile.regions if each.code == self.region[:9] + "000"), "")

    def item(self, code: str) -> ServiceItem | None:
        """Return an item, None when the catalogue in use does not have it any more."""
        return next((each for each in self.catalogue.items if each.code == code), None)

    def item_name(self, code: str) -> str:
        """Return an item's name; its code when the catalogue in use does not have it any more."""
        item = self.item(code)
        return item.name if item else code

    def department(self, code: str) -> Department | None:
        """Return a department."""
        return next((each for each in self.profile.departments if each.code == code), None)

    def agents_on(self, region: str, day: date) -> tuple[Agent, ...]:
        """Return the liaison agents of a point on a day."""
        return tuple(
            each
            for each in self.profile.agents
            if each.region == region and each.since <= day and (each.until is None or day <= each.until)
        )
