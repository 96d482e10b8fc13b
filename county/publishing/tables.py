"""The tables that clerks fill in: their columns, what each cell may hold, and the Chinese words for closed choices.

Every table is one CSV file and one sheet of a workbook. Its first row holds the column codes, its second the Chinese
titles, the rest is data. docs/packs.md explains each table to the people who write it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from county.publishing import cells
from county.publishing.cells import CellReader

ROLES = {"直办": "direct", "代办": "proxy", "协办": "assist", "公开告知": "tell"}
URGENCIES = {"紧急": "urgent", "一般": "ordinary", "特殊": "special"}
ITEM_TYPES = {
    "行政许可": "permit",
    "行政给付": "benefit",
    "行政确认": "confirmation",
    "行政裁决": "ruling",
    "行政奖励": "award",
    "其他行政权力": "other_power",
    "公共服务": "public_service",
}
AUDIENCES = {"自然人": "person", "法人和其他组织": "organisation", "自然人和法人": "anyone"}
NECESSITIES = {"必要": "required", "非必要": "optional", "容缺": "deferrable"}
DAY_UNITS = {"工作日": "working", "自然日": "natural"}
STEP_KINDS = {"开始": "start", "办理": "action", "判断": "decision", "结束": "end"}
NEEDS = {"关键": "key", "必填": "required", "选填": "optional"}
FIELD_TYPES: Mapping[str, Mapping[str, object]] = {
    "文字": {"type": "text"},
    "号码": {"type": "text", "digits_only": 1},
    "姓名": {"type": "name"},
    "身份证号": {"type": "identity"},
    "电话": {"type": "phone"},
    "日期": {"type": "date"},
    "金额": {"type": "amount"},
    "单选": {"type": "choice"},
    "多选": {"type": "choices"},
    "村组": {"type": "region"},
    "签名": {"type": "signature"},
}
DAY_KINDS = {"休": "off", "班": "worked"}
PACKS = {"事项目录": "catalogue", "县情配置": "profile", "工作日历": "calendar"}

SHARED_START = "*"
SHARED_END = "*end"
"""In `fields`, these stand for an item's code: fields of every form, before and after the item's own."""


class Column(Struct, frozen=True):
    """One column. `required`: no cell of it may be empty. `words`: the closed choice, for drop-down lists."""

    code: str
    title: str
    read: CellReader = cells.text
    required: bool = True
    words: tuple[str, ...] = ()


class TableShape(Struct, frozen=True, dict=True):
    """One table: its code, its Chinese name, its columns in their order."""

    code: str
    title: str
    columns: tuple[Column, ...]

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {column.code: place for place, column in enumerate(self.columns)}

    def place(self, column: str) -> int:
        """Where a column stands, from 0. Raises KeyError."""
        return self._places[column]

    def column(self, code: str) -> Column:
        """The column of a code. Raises KeyError."""
        return self.columns[self._places[code]]

    @property
    def file(self) -> str:
        """The name of its CSV file."""
        return f"{self.code}.csv"


def _chosen(code: str, title: str, words: Mapping[str, object], *, required: bool = True) -> Column:
    return Column(code, title, cells.word_of(words), required, tuple(words))


def _yes(code: str, title: str) -> Column:
    return Column(code, title, cells.yes_or_no, required=True, words=("是", "否"))


def _maybe(code: str, title: str, read: CellReader = cells.text) -> Column:
    return Column(code, title, read, required=False)


VERSIONS = TableShape(
    "versions",
    "版本",
    (_chosen("kind", "包", PACKS), Column("version", "版本号", cells.whole), _maybe("note", "本版说明")),
)

THEMES = TableShape(
    "themes",
    "生活主题",
    (Column("code", "主题代码"), Column("name", "主题名称"), Column("icon", "图标"), _maybe("name_en", "英文名称")),
)

ROLE_WORDS = TableShape(
    "roles",
    "村级角色",
    (
        _chosen("role", "角色", ROLES),
        Column("meaning", "对群众的说明"),
        _maybe("name_en", "英文名称"),
        _maybe("meaning_en", "英文说明"),
    ),
)

ITEMS = TableShape(
    "items",
    "服务事项",
    (
        Column("code", "事项代码"),
        Column("version", "版本号", cells.whole),
        Column("effective", "生效日期"),
        Column("name", "事项名称"),
        Column("short_name", "简称"),
        _maybe("aliases", "群众叫法", cells.parts),
        _maybe("name_en", "英文名称"),
        Column("theme", "生活主题"),
        Column("department", "主管部门"),
        _chosen("role", "村级角色", ROLES),
        _chosen("urgency", "紧急程度", URGENCIES),
        _chosen("type", "事项类型", ITEM_TYPES),
        _chosen("audience", "服务对象", AUDIENCES),
        _yes("on_the_spot", "是否即办"),
        _maybe("legal_days", "法定时限", cells.whole),
        _chosen("legal_unit", "法定时限单位", DAY_UNITS, required=False),
        _maybe("promised_days", "承诺时限", cells.whole),
        _chosen("promised_unit", "承诺时限单位", DAY_UNITS, required=False),
        Column("quantity", "数量限制"),
        Column("result", "结果名称"),
        Column("procedure", "办理流程"),
        Column("place", "办理地点"),
        Column("hours", "办理时间"),
        Column("consult_phone", "咨询电话"),
        Column("complaint_phone", "监督投诉电话"),
        Column("visits", "到现场次数", cells.whole),
        _maybe("retention_years", "正文保存年限", cells.whole),
        _yes("card_required", "是否要读身份证"),
    ),
)

BASIS = TableShape("basis", "设定依据", (Column("item", "事项代码"), Column("text", "依据")))
CONDITIONS = TableShape("conditions", "受理条件", (Column("item", "事项代码"), Column("text", "条件")))
QUESTIONS = TableShape(
    "questions", "常见问题", (Column("item", "事项代码"), Column("question", "问"), Column("answer", "答"))
)

PROCEDURES = TableShape(
    "procedures",
    "办理流程",
    (
        Column("procedure", "流程代码"),
        Column("code", "步骤代码"),
        _chosen("kind", "步骤类型", STEP_KINDS),
        Column("title", "做什么"),
        _maybe("who", "谁来做"),
        _maybe("limit", "多长时间"),
        _maybe("ways", "去向", cells.ways),
    ),
)

SPECIAL_STEPS = TableShape(
    "special_steps",
    "特殊环节",
    (
        Column("item", "事项代码"),
        Column("name", "环节名称"),
        Column("days", "所需时间", cells.whole),
        _chosen("unit", "时间单位", DAY_UNITS),
        _yes("counted", "是否计入法定时限"),
        Column("basis", "依据"),
        _maybe("fee_basis", "收费依据"),
    ),
)

READINGS = TableShape("readings", "读音", (Column("words", "词语"), Column("pinyin", "拼音", cells.reading)))

MATERIALS = TableShape(
    "materials",
    "申请材料",
    (
        Column("item", "事项代码"),
        Column("code", "材料代码"),
        Column("name", "材料名称"),
        _chosen("necessity", "必要性", NECESSITIES),
        Column("originals", "原件份数", cells.whole),
        Column("copies", "复印件份数", cells.whole),
        Column("source", "来源"),
        _maybe("deferrable_days", "容缺工作日", cells.whole),
        _maybe("needed_when", "什么情况下需要", cells.condition),
        _maybe("note", "审查要点"),
    ),
)

FEES = TableShape(
    "fees",
    "收费标准",
    (
        Column("item", "事项代码"),
        Column("name", "收费项目"),
        Column("amount_fen", "金额（元）", cells.yuan),
        Column("per", "计费单位"),
        Column("payer", "谁来付"),
        Column("basis", "收费依据"),
        Column("changed_on", "最近调整日期"),
        _maybe("change", "调整说明"),
    ),
)

FIELDS = TableShape(
    "fields",
    "表单栏目",
    (
        Column("item", "事项代码"),
        Column("section", "分段"),
        Column("code", "栏目代码"),
        Column("label", "栏目名称"),
        _chosen("type", "类型", FIELD_TYPES),
        _chosen("need", "填写要求", NEEDS),
        _maybe("minimum", "最小"),
        _maybe("maximum", "最大"),
        _maybe("options", "选项", cells.options),
        _maybe("default", "预填"),
        _maybe("example", "示范填写"),
        _maybe("shown_when", "什么情况下填", cells.condition),
        _maybe("hint", "填写提示"),
    ),
)

PROFILE = TableShape("profile", "县情配置", (Column("code", "项目"), Column("value", "值"), _maybe("note", "说明")))
WORDS = TableShape("words", "固定用语", (Column("code", "用语代码"), Column("text", "内容")))
REGIONS = TableShape(
    "regions",
    "乡镇和村",
    (
        Column("code", "区划代码"),
        Column("name", "名称"),
        Column("since", "启用日期"),
        _maybe("until", "停用日期"),
        _maybe("successor", "并入"),
    ),
)
GROUPS = TableShape(
    "groups", "村民小组", (Column("region", "村代码"), Column("code", "组代码"), Column("name", "组名"))
)
DEPARTMENTS = TableShape(
    "departments",
    "部门",
    (
        Column("code", "部门代码"),
        Column("name", "全称"),
        Column("short_name", "简称"),
        Column("phone", "电话"),
        Column("address", "地址"),
    ),
)
TERMINALS = TableShape(
    "terminals",
    "服务点终端",
    (
        Column("region", "村代码"),
        Column("number", "终端号"),
        Column("name", "服务点名称"),
        Column("address", "地址"),
        Column("phone", "电话"),
        Column("hours", "开放时间"),
    ),
)
AGENTS = TableShape(
    "agents",
    "联络员",
    (
        Column("id", "编号"),
        Column("name", "姓名"),
        Column("region", "村代码"),
        Column("phone", "电话"),
        Column("title", "岗位"),
        Column("since", "上岗日期"),
        _maybe("until", "离岗日期"),
    ),
)

NOTICES = TableShape(
    "notices",
    "放假通知",
    (Column("year", "年份", cells.whole), Column("issued", "发布日期"), Column("notice", "通知")),
)
CALENDAR = TableShape(
    "calendar",
    "放假调休",
    (Column("day", "日期"), _chosen("kind", "休或班", DAY_KINDS), Column("name", "名称")),
)

TABLES: tuple[TableShape, ...] = (
    VERSIONS,
    THEMES,
    ROLE_WORDS,
    ITEMS,
    BASIS,
    CONDITIONS,
    PROCEDURES,
    SPECIAL_STEPS,
    MATERIALS,
    FEES,
    QUESTIONS,
    FIELDS,
    READINGS,
    PROFILE,
    WORDS,
    REGIONS,
    GROUPS,
    DEPARTMENTS,
    TERMINALS,
    AGENTS,
    NOTICES,
    CALENDAR,
)
