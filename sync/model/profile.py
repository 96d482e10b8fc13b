"""The county's profile: its places, people, departments, thresholds and words. No county value stands in code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from msgspec import Struct

from sync.model.content import (
    Code,
    ContentWrong,
    Line,
    Many,
    Paragraph,
    Phone,
    Problem,
    Text,
    Whole,
    refuse_repeats,
)
from sync.model.content_reading import read, write
from sync.model.region import NotARegionCode, RegionBook, RegionBookContradictsItself, RegionCode, RegionLevel

CountyCode = Annotated[str, Text(most=6, least=6, pattern=r"[0-9]{6}")]
RegionDigits = Annotated[str, Text(most=12, least=12, pattern=r"[0-9]{12}")]
GroupCode = Annotated[str, Text(most=3, least=3, pattern=r"[0-9]{3}")]
TerminalNumber = Annotated[str, Text(most=2, least=2, pattern=r"[0-9]{2}")]
RatingReason = Annotated[str, Text(most=16)]
AgentId = Annotated[str, Text(most=8, pattern=r"[A-Z][0-9]{2,7}")]


class Group(Struct, frozen=True):
    """A group (村民小组) or natural village; with its village's 12 digits its three make the 15-digit code."""

    code: GroupCode
    name: Line


class Region(Struct, frozen=True):
    """A town or a village and from when until when (both included) its code is or was valid.

    A case keeps the code that was valid on its day, so ended villages stay listed; `successor` is what they became.
    """

    code: RegionDigits
    name: Line
    since: date
    until: date | None = None
    successor: RegionDigits | None = None
    groups: Annotated[tuple[Group, ...], Many(most=99)] = ()

    def __post_init__(self) -> None:
        refuse_repeats([group.code for group in self.groups], "groups")

    @property
    def is_town(self) -> bool:
        """Whether it is a town or township, not a village."""
        return RegionCode(self.code).level is RegionLevel.TOWN


class Department(Struct, frozen=True):
    """A department that handles cases; the short name stands where room is small."""

    code: Code
    name: Line
    short_name: Annotated[str, Text(most=8)]
    phone: Phone
    address: Line


class Agent(Struct, frozen=True):
    """A liaison agent (民生代理联络员) of one point. PINs are not here: packs are readable by anyone."""

    id: AgentId
    name: Annotated[str, Text(most=20)]
    region: RegionDigits
    phone: Phone
    title: Line
    since: date
    until: date | None = None


class Terminal(Struct, frozen=True):
    """A terminal of a service point: where it stands and what people call it."""

    region: RegionDigits
    number: TerminalNumber
    name: Line
    address: Line
    phone: Phone
    hours: Line


class Lights(Struct, frozen=True):
    """From how many working days left a case shows blue and yellow; red is overdue by the law of arithmetic."""

    notice_days: Annotated[int, Whole(0, 30)]
    warning_days: Annotated[int, Whole(0, 30)]

    def __post_init__(self) -> None:
        if self.warning_days > self.notice_days:
            raise ContentWrong(Problem.ABOVE, "warning_days", other="notice_days")


class Periods(Struct, frozen=True):
    """Days of the agents' and the county's promises. Working days unless the name says otherwise."""

    promise_days: Annotated[int, Whole(1, 60)]
    extension_days_max: Annotated[int, Whole(0, 60)]
    notice_valid_natural_days: Annotated[int, Whole(1, 365)]
    supplement_days: Annotated[int, Whole(1, 60)]
    handover_days: Annotated[int, Whole(1, 60)]
    retention_natural_days: Annotated[int, Whole(90, 36_500)]  # of bodies, after the case ended; 90: the backup window


class Timings(Struct, frozen=True):
    """How long the kiosk waits for people, in seconds, and how many wrong PINs it takes."""

    idle_s: Annotated[int, Whole(30, 900)]
    idle_warning_s: Annotated[int, Whole(10, 120)]
    desk_lock_s: Annotated[int, Whole(60, 3600)]
    pin_tries: Annotated[int, Whole(3, 10)]
    pin_wait_s: Annotated[int, Whole(5, 600)]
    pad_window_s: Annotated[int, Whole(10, 255)]  # a pad is told in one byte


class Cards(Struct, frozen=True):
    """What the county takes of identity cards: up to how many days after its last one a card may still be used."""

    expired_days_max: Annotated[int, Whole(0, 3_650)] = 0


class Evidence(Struct, frozen=True):
    """From where on the county doubts the time of a record, in seconds; 0 seconds: not judged.

    `clock_tolerance_s` is how far a clock may be out against what the county can prove. The others are the least that
    something takes: a decision after acceptance, one that a point takes itself (直办) after taking in, bringing a
    supplement after it was asked for, taking in one case after another.
    """

    clock_tolerance_s: Annotated[int, Whole(60, 86_400)] = 300
    decision_s: Annotated[int, Whole(0, 86_400)] = 120
    direct_s: Annotated[int, Whole(0, 86_400)] = 0
    supplement_s: Annotated[int, Whole(0, 86_400)] = 60
    take_in_s: Annotated[int, Whole(0, 3_600)] = 20


class PadWords(Struct, frozen=True):
    """How the keys of rating pads that have not the standard's five words count, as levels (5 best … 1 worst).

    The five words count as the standard has them, but for 满意 and 不满意 on a pad where no key says more than they
    do: the county may take them for the outermost. No county can count a complaint as good, or praise as bad.
    """

    quite_satisfied: Annotated[int, Whole(4, 5)] = 5  # 很满意
    average: Annotated[int, Whole(2, 3)] = 3  # 一般
    quite_dissatisfied: Annotated[int, Whole(1, 2)] = 1  # 很不满意
    best_satisfied: Annotated[int, Whole(4, 5)] = 4  # 满意, where it is the best key
    worst_dissatisfied: Annotated[int, Whole(1, 2)] = 2  # 不满意, where it is the worst key


class LaterRatings(Struct, frozen=True):
    """For how long after a service it can be rated where nobody did, and a 追评 be added to a rating.

    Natural days, both counted from the day of the service, which does not count; 0: on that day only. What the regions
    set differs, and no figure was found that holds everywhere.
    """

    rating_natural_days: Annotated[int, Whole(0, 365)] = 30
    follow_up_natural_days: Annotated[int, Whole(0, 730)] = 90

    def __post_init__(self) -> None:
        if self.rating_natural_days > self.follow_up_natural_days:
            raise ContentWrong(Problem.ABOVE, "rating_natural_days", other="follow_up_natural_days")


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


class Profile(Struct, frozen=True, dict=True):
    """Everything a county sets for itself.

    `demo_identity_regions` are six-digit region codes of identity numbers that belong to nobody and are accepted only
    because this signed profile lists them. `receipt_host` is the host of the URL in the receipt's QR code.
    `rating_reasons` is what can be ticked beside a rating that is given later.
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
    words: Mapping[Words, Paragraph]
    demo_identity_regions: Annotated[tuple[CountyCode, ...], Many(most=9)] = ()
    evidence: Evidence = Evidence()
    pad_words: PadWords = PadWords()
    cards: Cards = Cards()
    later_ratings: LaterRatings = LaterRatings()
    rating_reasons: Annotated[tuple[RatingReason, ...], Many(most=8)] = (
        "没有一次告诉我要什么",
        "要了多余的材料",
        "让我多跑了路",
        "办得太慢",
        "态度不好",
        "收了不该收的钱",
    )

    def __post_init__(self) -> None:
        try:
            self._regions  # noqa: B018 - made now, so that a book that contradicts itself is refused
        except (NotARegionCode, RegionBookContradictsItself) as refusal:
            raise ContentWrong(Problem.CONTRADICTION, "regions", how=str(refusal)) from refusal
        refuse_repeats(self.rating_reasons, "rating_reasons")
        refuse_repeats([each.code for each in self.departments], "departments")
        refuse_repeats([f"{each.region} {each.number}" for each in self.terminals], "terminals")
        refuse_repeats([f"{each.region} {each.id}" for each in self.agents], "agents")
        known = {region.code for region in self.regions}
        for place, terminal in enumerate(self.terminals):
            if terminal.region not in known:
                raise ContentWrong(Problem.UNKNOWN_NAME, f"terminals[{place}].region", value=terminal.region)
        for place, agent in enumerate(self.agents):
            if agent.region not in known:
                raise ContentWrong(Problem.UNKNOWN_NAME, f"agents[{place}].region", value=agent.region)
        for key in Words:
            if key not in self.words:
                raise ContentWrong(Problem.MISSING, f"words.{key.value}")

    @classmethod
    def from_plain(cls, plain: object) -> Profile:
        """Read the plain form. Raises ContentWrong, naming the place."""
        return read(cls, plain)

    def to_plain(self) -> dict[str, object]:
        """The plain form, as `from_plain` takes it and the JSON Schema describes it."""
        return write(self)

    @cached_property
    def _regions(self) -> RegionBook[Region]:
        return RegionBook(self.regions)

    @cached_property
    def _departments_by_code(self) -> Mapping[str, Department]:
        return {each.code: each for each in self.departments}

    def region(self, code: str, on: date) -> Region:
        """The town or village that a 12-digit code means on a day. Raises RegionNotValid, which names the successor."""
        return self._regions.on(code, on)

    def villages(self, town_code: str, on: date) -> tuple[Region, ...]:
        """Villages of a town (12 digits) valid on a day, by code."""
        return tuple(self._regions.children(town_code, on))

    def department(self, code: str) -> Department:
        """The department of a code. Raises KeyError."""
        return self._departments_by_code[code]

    def terminal(self, region: str, number: str) -> Terminal | None:
        """The terminal of a point, None when the profile does not list it."""
        return next((each for each in self.terminals if (each.region, each.number) == (region, number)), None)
