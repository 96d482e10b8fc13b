"""The county's packs as one point uses them, and what the technician is told of packs that were refused."""

from __future__ import annotations

from datetime import date, timedelta

from kiosk.i18n import Translator
from sync.known_day import Sealed
from sync.model.catalogue import Catalogue, ServiceItem
from sync.model.profile import Agent, Department, Profile
from sync.model.region import RegionNotValid
from sync.model.working_calendar import WorkingCalendar
from sync.pack_shelf import PackOutcome, PackShelf, PacksInUse
from sync.packs import PackRefused

CALENDAR_WARNING_DAYS = 30


class PointPacks:
    """Catalogue, calendar and profile in use at a point. New packs come into use while the program runs."""

    def __init__(self, in_use: PacksInUse, region: str) -> None:
        """Use `in_use` at the point with this 12-digit code."""
        self.region = region
        self.refused: PackOutcome | None = None
        self.arrived: tuple[PackOutcome, ...] = ()
        """What was installed before the program could begin, and is not written down yet."""
        self.use(in_use)

    @classmethod
    def of_shelf(cls, shelf: PackShelf, region: str) -> PointPacks:
        """Use the packs of a shelf; where one is missing or damaged, those that have come are installed first.

        Raises PackRefused when the shelf is not complete then either, OSError when the disk takes nothing.
        """
        arrived: tuple[PackOutcome, ...] = ()
        try:
            in_use = shelf.in_use()
        except PackRefused:
            arrived = shelf.install_incoming()
            in_use = shelf.in_use()
        packs = cls(in_use, region)
        packs.arrived = arrived
        return packs

    @property
    def sealed(self) -> Sealed:
        """What these packs say of the time."""
        return Sealed(self.issued_ms, self.working_days.last_day)

    def use(self, in_use: PacksInUse) -> None:
        """Use these packs from now on."""
        self.catalogue: Catalogue = in_use.catalogue
        self.profile: Profile = in_use.profile
        self.issued_ms = in_use.issued_ms
        self.working_days: WorkingCalendar = in_use.calendar.calendar()
        self._items = {item.code: item for item in self.catalogue.items}

    def town_name(self, today: date) -> str:
        """The town that this point belongs to, "" when the profile does not name it."""
        try:
            return self.profile.region(self.region[:9] + "000", today).name
        except RegionNotValid:
            return ""

    def item(self, code: str) -> ServiceItem | None:
        """Return an item, None when the catalogue in use does not have it any more."""
        return self._items.get(code)

    def item_name(self, code: str) -> str:
        """Return an item's name as the county uses it; its code when the catalogue in use does not have it any more."""
        item = self._items.get(code)
        return item.name if item else code

    def department(self, code: str) -> Department | None:
        """Return a department, None when the profile does not have it."""
        return next((each for each in self.profile.departments if each.code == code), None)

    def agents_on(self, region: str, day: date) -> tuple[Agent, ...]:
        """Return the liaison agents of a point on a day."""
        return tuple(
            each
            for each in self.profile.agents
            if each.region == region and each.since <= day and (each.until is None or day <= each.until)
        )

    def technician_line(self, tr: Translator, today: date) -> str:
        """Return what a technician must know of the packs, "" when all is well."""
        if self.refused is not None:
            return tr("资料包 {file} 没有启用（{reason}），仍用旧的", file=self.refused.file, reason=self.refused.code)
        left = (self.working_days.last_day - today) / timedelta(days=1)
        if left < CALENDAR_WARNING_DAYS:
            return tr("工作日历只到 {day}，请联系县里更新", day=self.working_days.last_day.isoformat())
        return ""
