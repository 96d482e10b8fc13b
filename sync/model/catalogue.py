"""The catalogue of service items: what a village point does for people, all of it data of a signed pack.

Nothing of an item is in code. An item is found by its code, its theme of life, its department, its role, or by words,
pinyin and initials; the spelling of every name (`SearchKey`) is computed when the pack is built, so that searching
needs no dictionary (`sync.model.search`). Elements follow 行政许可法第三十条 and the usual 实施清单 (GB/T 39554).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from msgspec import Struct

from sync.model.condition import Condition
from sync.model.content import (
    Code,
    ContentWrong,
    Line,
    Many,
    Paragraph,
    Phone,
    Problem,
    Text,
    Version,
    Whole,
    refuse_repeats,
)
from sync.model.content_reading import read, write
from sync.model.deadline import Term
from sync.model.facts import Role, Urgency
from sync.model.form import Form, refuse_senseless_test


class ItemType(StrEnum):
    """事项类型, as the national rating scheme sorts them."""

    PERMIT = "permit"  # 行政许可
    BENEFIT = "benefit"  # 行政给付
    CONFIRMATION = "confirmation"  # 行政确认
    RULING = "ruling"  # 行政裁决
    AWARD = "award"  # 行政奖励
    OTHER_POWER = "other_power"  # 其他行政权力
    PUBLIC_SERVICE = "public_service"  # 公共服务


class Audience(StrEnum):
    """服务对象."""

    PERSON = "person"  # 自然人
    ORGANISATION = "organisation"  # 法人和其他组织
    ANYONE = "anyone"  # 自然人、法人和其他组织


class Necessity(StrEnum):
    """How much a material is needed."""

    REQUIRED = "required"  # 必要
    OPTIONAL = "optional"  # 非必要
    DEFERRABLE = "deferrable"  # 容缺: may follow against a written promise


class StepKind(StrEnum):
    """The shape of a step in the flow chart."""

    START = "start"
    ACTION = "action"
    DECISION = "decision"
    END = "end"


class Theme(Struct, frozen=True):
    """A theme of life that villagers browse by. `icon` names one of the kiosk's drawings."""

    code: Code
    name: Line
    icon: Code
    name_en: Line | None = None


class RoleWords(Struct, frozen=True):
    """What the screens say of a role: its name (直办) and one sentence of what it means for the villager."""

    role: Role
    name: Line
    meaning: Line
    name_en: Line | None = None
    meaning_en: Line | None = None


class Branch(Struct, frozen=True):
    """A way on from a step; `when` is the answer that leads there, None when there is only one way."""

    to: Code
    when: Line | None = None


class ProcedureStep(Struct, frozen=True):
    """One box of the flow chart: what is done, by whom, in how long (words)."""

    code: Code
    kind: StepKind
    title: Line
    who: Line | None = None
    limit: Line | None = None
    ways: Annotated[tuple[Branch, ...], Many(most=4)] = ()

    def __post_init__(self) -> None:
        ways = len(self.ways)
        fits = {StepKind.END: ways == 0, StepKind.DECISION: ways >= 2}.get(self.kind, ways == 1)
        if not fits:
            raise ContentWrong(Problem.STEP_WAYS, "ways", count=ways, kind=self.kind.value)
        if self.kind is StepKind.DECISION and any(way.when is None for way in self.ways):
            raise ContentWrong(Problem.STEP_ANSWERS, "ways")


class SpecialStep(Struct, frozen=True):
    """特殊环节: a hearing, an inspection, a public notice.

    `counted`: whether it runs within the legal limit; when it does not, the clock stops for it (行政许可法第四十五条).
    """

    name: Line
    limit: Term
    counted: bool
    basis: Line
    fee_basis: Line | None = None


class Material(Struct, frozen=True):
    """One material of an item. `needed_when` looks at the form; without it the material is always asked for.

    `deferrable_days` are the working days a deferrable material may follow later.
    """

    code: Code
    name: Line
    necessity: Necessity
    source: Line
    originals: Annotated[int, Whole(0, 9)] = 0
    copies: Annotated[int, Whole(0, 9)] = 0
    note: Paragraph | None = None
    deferrable_days: Annotated[int, Whole(1, 60)] | None = None
    needed_when: Condition | None = None

    def __post_init__(self) -> None:
        if (self.necessity is Necessity.DEFERRABLE) != (self.deferrable_days is not None):
            raise ContentWrong(Problem.MISFIT, "deferrable_days", other=self.necessity.value)
        if self.originals + self.copies == 0:
            raise ContentWrong(Problem.NO_COPY, "originals")


class FeeLine(Struct, frozen=True):
    """A fee or a statutory contribution: 100 fen are one yuan; `per` is what it is charged for (证, 人·年)."""

    name: Line
    amount_fen: Annotated[int, Whole(1, 10_000_000)]
    per: Line
    payer: Line
    basis: Line
    changed_on: date
    change: Line | None = None


class Question(Struct, frozen=True):
    """常见问题."""

    question: Line
    answer: Paragraph


class SearchKey(Struct, frozen=True):
    """A name or life word of an item, and its pinyin, one syllable a character: ("gao", "ling", "jin", "tie")."""

    words: Line
    syllables: Annotated[tuple[Annotated[str, Text(most=40, pattern=r"[a-z0-9]+")], ...], Many(most=120)]


class ServiceItem(Struct, frozen=True):
    """A service item with all its published aspects (办事指南).

    `urgency` is what the case starts with. `on_the_spot` is 即办件. `legal_limit` and `promised_limit` are the county's
    time from acceptance; the agent's own promise from taking in comes from the profile. `visits` is how often the
    applicant has to come. `fees` empty: free of charge. Only items with role TELL have no form. `retention_years` is
    how long the bodies of a case are kept after it ended, calendar years; None: as long as the profile says.
    `card_required`: the applicant's number is read from a card, or a reason why not is taken down.
    """

    code: Code
    version: Version
    effective: date
    name: Line
    short_name: Annotated[str, Text(most=12)]
    theme: Code
    department: Code
    role: Role
    urgency: Urgency
    type: ItemType
    audience: Audience
    basis: Annotated[tuple[Line, ...], Many(most=12, least=1)]
    conditions: Annotated[tuple[Line, ...], Many(most=12, least=1)]
    quantity: Line
    steps: Annotated[tuple[ProcedureStep, ...], Many(most=16, least=2)]
    result: Line
    place: Line
    hours: Line
    consult_phone: Phone
    complaint_phone: Phone
    visits: Annotated[int, Whole(0, 9)]
    keys: Annotated[tuple[SearchKey, ...], Many(most=24, least=1)]
    on_the_spot: bool = False
    legal_limit: Term | None = None
    promised_limit: Term | None = None
    special_steps: Annotated[tuple[SpecialStep, ...], Many(most=8)] = ()
    materials: Annotated[tuple[Material, ...], Many(most=20)] = ()
    fees: Annotated[tuple[FeeLine, ...], Many(most=8)] = ()
    questions: Annotated[tuple[Question, ...], Many(most=12)] = ()
    form: Form | None = None
    name_en: Line | None = None
    retention_years: Annotated[int, Whole(1, 100)] | None = None
    card_required: bool = False

    def __post_init__(self) -> None:
        if (self.form is None) != (self.role is Role.TELL):
            raise ContentWrong(Problem.MISFIT, "role", other="form" if self.form else "no form")
        if self.on_the_spot and self.special_steps:
            raise ContentWrong(Problem.MISFIT, "special_steps", other="on_the_spot")
        refuse_repeats([material.code for material in self.materials], "materials")
        for index, material in enumerate(self.materials):
            self._refuse_senseless_need(material, f"materials[{index}].needed_when")
        self._refuse_lost_steps()

    def _refuse_senseless_need(self, material: Material, where: str) -> None:
        for test in material.needed_when.tests if material.needed_when else ():
            fields = {field.code: field for field in self.form.fields()} if self.form else {}
            if test.field not in fields:
                raise ContentWrong(Problem.NO_FIELD, where, field=test.field)
            refuse_senseless_test(test, fields[test.field], where)

    def _refuse_lost_steps(self) -> None:
        """The flow chart starts once, reaches every step, and every way leads on to a step that stands later."""
        refuse_repeats([step.code for step in self.steps], "steps")
        places = {step.code: place for place, step in enumerate(self.steps)}
        reached = {self.steps[0].code}
        for place, step in enumerate(self.steps):
            if (step.kind is StepKind.START) != (place == 0):
                raise ContentWrong(Problem.STEP_START, f"steps[{place}].kind")
            if step.code not in reached:
                raise ContentWrong(Problem.STEP_LOST, f"steps[{place}].code")
            for way in step.ways:
                if places.get(way.to, -1) <= place:
                    raise ContentWrong(Problem.STEP_BACK, f"steps[{place}].ways", to=way.to)
                reached.add(way.to)

    @property
    def free(self) -> bool:
        """Whether nothing is charged."""
        return not self.fees


class Catalogue(Struct, frozen=True, dict=True):
    """All items of a county, with the themes and the words for the roles."""

    themes: Annotated[tuple[Theme, ...], Many(most=24, least=1)]
    roles: Annotated[tuple[RoleWords, ...], Many(most=len(Role), least=len(Role))]
    items: Annotated[tuple[ServiceItem, ...], Many(most=2000, least=1)]

    def __post_init__(self) -> None:
        refuse_repeats([theme.code for theme in self.themes], "themes")
        refuse_repeats([words.role for words in self.roles], "roles")
        refuse_repeats([item.code for item in self.items], "items")
        for place, item in enumerate(self.items):
            if item.theme not in self._themes_by_code:
                raise ContentWrong(Problem.UNKNOWN_NAME, f"items[{place}].theme", value=item.theme)

    @classmethod
    def from_plain(cls, plain: object) -> Catalogue:
        """Read the plain form. Raises ContentWrong, naming the place."""
        return read(cls, plain)

    def to_plain(self) -> dict[str, object]:
        """The plain form, as `from_plain` takes it and the JSON Schema describes it."""
        return write(self)

    @cached_property
    def _items_by_code(self) -> Mapping[str, ServiceItem]:
        return {item.code: item for item in self.items}

    @cached_property
    def _themes_by_code(self) -> Mapping[str, Theme]:
        return {theme.code: theme for theme in self.themes}

    @cached_property
    def _words_by_role(self) -> Mapping[Role, RoleWords]:
        return {words.role: words for words in self.roles}

    def item(self, code: str) -> ServiceItem:
        """The item of a code. Raises KeyError."""
        return self._items_by_code[code]

    def theme(self, code: str) -> Theme:
        """The theme of a code. Raises KeyError."""
        return self._themes_by_code[code]

    def words(self, role: Role) -> RoleWords:
        """The words for a role."""
        return self._words_by_role[role]
