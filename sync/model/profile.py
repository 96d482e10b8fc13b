"""The county's profile: its places, people, departments, thresholds and words. No county value stands in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as declared
from datetime import date
from enum import StrEnum
from typing import Annotated

from sync.model.content import (
    Code,
    ContentWrong,
    Line,
    Many,
    Paragraph,
    Phone,
    Text,
    Whole,
    read,
    refuse_repeats,
    write,
)

CountyCode = Annotated[str, Text(most=6, least=6, pattern=r"[0-9]{6}")]
RegionCode = Annotated[str, Text(most=12, least=12, pattern=r"[0-9]{12}")]
GroupCode = Annotated[str, Text(most=3, least=3, pattern=r"[0-9]{3}")]
TerminalNumber = Annotated[str, Text(most=2, least=2, pattern=r"[0-9]{2}")]
AgentId = Annotated[str, Text(most=8, pattern=r"[A-Z][0-9]{2,7}")]


@dataclass(frozen=True, slots=True)
class Group:
    """A group (村民小组) or natural village; with its village's 12 digits its three make the 15-digit code."""

    code: GroupCode
    name: Line


@dataclass(frozen=True, slots=True)
class Region:
    """A town or a village and from when until when (both included) its code is or was valid.

    A case keeps the code that was valid on its day, so ended villages stay listed; `successor` is what they became.
    """

    code: RegionCode
    name: Line
    since: date
    until: date | None = None
    successor: RegionCode | None = None
    groups: Annotated[tuple[Group, ...], Many(most=99)] = ()

    def __post_init__(self) -> None:
        refuse_repeats([group.code for group in self.groups], "groups")
        if self.until is not None and self.until < self.since:
            raise ContentWrong("is before since", "until")

    @property
    def is_town(self) -> bool:
        """Whether this is a town or township: the village segment of its code is 000."""
        return self.code.endswith("000")

    @property
    def town_code(self) -> str:
        """The 12-digit code of its town."""
        return self.code[:9] + "000"

    def valid_on(self, day: date) -> bool:
        """Whether the code is valid on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Department:
    """A department that handles cases; the short name stands where room is small."""

    code: Code
    name: Line
    short_name: Annotated[str, Text(most=8)]
    phone: Phone
    address: Line


@dataclass(frozen=True, slots=True)
class Agent:
    """A liaison agent (民生代理联络员) of one point. PINs are not here: packs are readable by anyone."""

    id: AgentId
    name: Annotated[str, Text(most=20)]
    region: RegionCode
    phone: Phone
    title: Line
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal of a service point: where it stands and what people call it."""

    region: RegionCode
    number: TerminalNumber
    name: Line
    address: Line
    phone: Phone
    hours: Line


@dataclass(frozen=True, slots=True)
class Lights:
    """From how many working days left a case shows blue and yellow; red is overdue by the law of arithmetic."""

    notice_days: Annotated[int, Whole(0, 30)]
    warning_days: Annotated[int, Whole(0, 30)]

    def __post_init__(self) -> None:
        if self.warning_days > self.notice_days:
            raise ContentWrong("is more than notice_days", "warning_days")


@dataclass(frozen=True, slots=True)
class Periods:
    """Days of the agents' and the county's promises. Working days unless the name says otherwise."""

    promise_days: Annotated[int, Whole(1, 60)]
    extension_days_max: Annotated[int, Whole(0, 60)]
    notice_valid_natural_days: Annotated[int, Whole(1, 365)]
    supplement_days: Annotated[int, Whole(1, 60)]
    handover_days: Annotated[int, Whole(1, 60)]


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the kiosk waits for people, in seconds, and how many wrong PINs it takes."""

    idle_s: Annotated[int, Whole(30, 900)]
    idle_warning_s: Annotated[int, Whole(10, 120)]
    desk_lock_s: Annotated[int, Whole(60, 3600)]
    pin_tries: Annotated[int, Whole(3, 10)]
    pin_wait_s: Annotated[int, Whole(5, 600)]
    pad_window_s: Annotated[int, Whole(10, 300)]


class Words(StrEnum):
    """The county's own texts that screens and papers show as written."""

    MANDATE = "mandate"  # 委托书正文
    PRIVACY = "privacy"  # 个人信息告知
    FREE_OF_CHARGE = "free_of_charge"  # 代办不收费的承诺
    TRUTH = "truth"  # 申请人承诺材料真实
    DEFERRAL = "deferral"  # 容缺承诺
    RECEIPT_FOOT = "receipt_foot"  # 回执末尾的话
    NOTICE_FOOT = "notice_foot"  # 一次性告知单末尾的话
    NO_AGENT = "no_agent"  # 联络员不在时怎么办


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything a county sets for itself.

    `demo_identity_regions` are six-digit region codes of identity numbers that belong to nobody and are accepted only
    because this signed profile lists them. `receipt_host` is the host of the URL in the receipt's QR code.
    """

    county: CountyCode
    name: Line
    point_name: Line
    regions: Annotated[tuple[Region, ...], Many(most=2000, least=1)]
    departments: Annotated[tuple[Department, ...], Many(most=80, least=1)]
    terminals: Annotated[tuple[Terminal, ...], Many(most=2000, least=1)]
    agents: Annotated[tuple[Agent, ...], Many(most=4000, least=1)]
    lights: Lights
    periods: Periods
    timings: Timings
    complaint_phone: Phone
    receipt_host: Annotated[str, Text(most=60, pattern=r"[a-z0-9.-]+")]
    words: Mapping[str, Paragraph]
    demo_identity_regions: Annotated[tuple[CountyCode, ...], Many(most=9)] = ()
    _regions_by_code: Mapping[str, tuple[Region, ...]] = declared(init=False, repr=False, compare=False)
    _departments_by_code: Mapping[str, Department] = declared(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spans: dict[str, tuple[Region, ...]] = {}
        for region in self.regions:
            spans[region.code] = (*spans.get(region.code, ()), region)
        object.__setattr__(self, "_regions_by_code", spans)
        object.__setattr__(self, "_departments_by_code", {each.code: each for each in self.departments})

    @classmethod
    def from_plain(cls, plain: object) -> Profile:
        """Read the plain form. Raises ContentWrong, naming the place."""
        return read(cls, plain)

    def to_plain(self) -> dict[str, object]:
        """The plain form, as `from_plain` takes it and the JSON Schema describes it."""
        return write(self)

    def region(self, code: str, on: date) -> Region | None:
        """The town or village that a 12-digit code means on a day, None when it means none then."""
        return next((each for each in self._regions_by_code.get(code, ()) if each.valid_on(on)), None)

    def towns(self, on: date) -> tuple[Region, ...]:
        """Towns valid on a day, in the profile's order."""
        return tuple(region for region in self.regions if region.is_town and region.valid_on(on))

    def villages(self, town_code: str, on: date) -> tuple[Region, ...]:
        """Villages of a town (12 digits) valid on a day, in the profile's order."""
        return tuple(
            region
            for region in self.regions
            if not region.is_town and region.town_code == town_code and region.valid_on(on)
        )

    def department(self, code: str) -> Department:
        """The department of a code. Raises KeyError."""
        return self._departments_by_code[code]

    def terminal(self, region: str, number: str) -> Terminal | None:
        """The terminal of a point, None when the profile does not list it."""
        return next((each for each in self.terminals if (each.region, each.number) == (region, number)), None)

    def agents_of(self, region: str, on: date) -> tuple[Agent, ...]:
        """Agents of a point who serve on a day, in the profile's order."""
        return tuple(
            agent
            for agent in self.agents
            if agent.region == region and agent.since <= on and (agent.until is None or on <= agent.until)
        )
