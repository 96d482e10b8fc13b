"""What the county has published: the catalogue, the calendar and the profile in force. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import Struct

from sync.model.calendar_pack import CalendarPack
from sync.model.case import Case
from sync.model.catalogue import Catalogue, ServiceItem
from sync.model.deadline import Term
from sync.model.moment import local_date
from sync.model.profile import Profile
from sync.model.region import RegionNotValid
from sync.model.working_calendar import WorkingCalendar


class Library(Struct, frozen=True):
    """The packs in force, read once and never changed; `versions` by pack name."""

    catalogue: Catalogue
    profile: Profile
    calendar: WorkingCalendar
    versions: Mapping[str, int]

    @classmethod
    def of(cls, catalogue: Catalogue, profile: Profile, pack: CalendarPack, versions: Mapping[str, int]) -> Library:
        """Put the contents of the three packs together."""
        return cls(catalogue, profile, pack.calendar(), versions)

    def item(self, code: str) -> ServiceItem | None:
        """The item of a code, None when it is not published (any more)."""
        try:
            return self.catalogue.item(code)
        except KeyError:
            return None

    def item_name(self, code: str) -> str:
        """What an item is called; its code when it is not published."""
        item = self.item(code)
        return item.name if item is not None else f"目录里没有的事项（{code or '未知'}）"

    def legal_limit(self, case: Case) -> Term | None:
        """The statutory limit of a case's item, None where there is none or the item is not published."""
        item = self.item(case.item_code)
        return None if item is None else item.legal_limit

    def kept_until(self, item_code: str, day: date) -> date:
        """The last day on which the bodies of a case are kept in which nothing happened after `day`.

        An item that is not published any more has no figure of its own that could be known: the longest of all holds.
        """
        item, by_profile = self.item(item_code), day + timedelta(self.profile.periods.retention_natural_days)
        if item is not None:
            return by_profile if item.retention_years is None else _years_after(day, item.retention_years)
        own = (each.retention_years for each in self.catalogue.items if each.retention_years is not None)
        return max(by_profile, *(_years_after(day, years) for years in own))

    def department(self, item_code: str) -> str | None:
        """The code of the department that handles an item, None when the item is not published."""
        item = self.item(item_code)
        return None if item is None else item.department

    def department_name(self, code: str | None) -> str:
        """What a department is called; empty for none, its code when the profile does not list it."""
        if code is None:
            return ""
        try:
            return self.profile.department(code).name
        except KeyError:
            return code

    def region_name(self, code: str, at_ms: int) -> str:
        """What a village (12 digits) or a group of one (15) was called on the day of `at_ms`; else the code itself."""
        try:
            village = self.profile.region(code[:12], local_date(at_ms))
        except RegionNotValid:
            return code
        group = next((each.name for each in village.groups if each.code == code[12:]), "")
        return village.name + group

    def items_of(self, department: str | None) -> frozenset[str]:
        """The codes of the items that a department handles."""
        return frozenset(item.code for item in self.catalogue.items if item.department == department)


def _years_after(day: date, years: int) -> date:
    """The same day so many years later; where there is none, the end of the month (民法典 第二百零二条)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
