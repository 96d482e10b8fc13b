"""From a directory of tables to the contents of the packs, or to the list of everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from county.publishing import tables
from county.publishing.catalogue_tables import CatalogueAssembly
from county.publishing.county_tables import calendar_plain, profile_plain
from county.publishing.draft import Draft
from county.publishing.faults import Flaw
from county.publishing.sources import HEADER_ROWS, Tables, read_directory
from sync.model.calendar_pack import CalendarPack
from sync.model.catalogue import Catalogue
from sync.model.profile import Profile


class Contents(Struct, frozen=True):
    """What the packs of a county hold, and the version of each pack by its kind."""

    catalogue: Catalogue
    profile: Profile
    calendar: CalendarPack
    versions: Mapping[str, int]


def contents_of(directory: Path) -> Contents:
    """Read and check all tables of a directory. Raises TablesWrong with every fault that was found."""
    sources = read_directory(directory)
    draft = Draft(sources.faults)
    if any(fault.cell.row <= HEADER_ROWS for fault in sources.faults):
        draft.refuse()  # without a table, every row that names one of its codes would be blamed too
    versions = _versions(sources, draft)
    assembly = CatalogueAssembly(sources, draft)
    catalogue = draft.build(Catalogue.from_plain, assembly.plain(), sources[tables.ITEMS].whole)
    profile = draft.build(Profile.from_plain, profile_plain(sources, draft), sources[tables.PROFILE].whole)
    calendar = draft.build(CalendarPack.from_plain, calendar_plain(sources, draft), sources[tables.CALENDAR].whole)
    if catalogue is not None and profile is not None:
        assembly.blame_samples(catalogue, profile)
    draft.refuse()
    if catalogue is None or profile is None or calendar is None:
        raise AssertionError("a content that could not be built left no fault")
    return Contents(catalogue, profile, calendar, versions)


def _versions(sources: Tables, draft: Draft) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in sources[tables.VERSIONS].rows:
        plain = draft.fill(row, ("kind", "version"))
        kind, version = plain.get("kind"), plain.get("version")
        if not isinstance(kind, str) or not isinstance(version, int):
            continue
        if kind in found:
            draft.blame(row.cell("kind"), Flaw.TWO_VALUES, text=row["kind"])
        if version < 1:
            draft.blame(row.cell("version"), Flaw.NOT_A_NUMBER, text=row["version"])
        found[kind] = version
    for word, kind in tables.PACKS.items():
        if kind not in found:
            draft.blame(sources[tables.VERSIONS].whole, Flaw.NO_ROWS, code=word)
    return found
