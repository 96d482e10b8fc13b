"""What is wrong with a clerk's table: which file, row and column, and one sentence in Chinese and in English."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from sync.model.content import ContentWrong, Problem


class Flaw(Enum):
    """What can be wrong before a table has become content. The sentences are (Chinese, English)."""

    NO_TABLE = ("没有这个文件", "the file is not there")
    STRANGE_TABLE = ("不认识这个文件，应是：{known}", "no table is called that; known are {known}")
    NOT_UTF8 = ("不是 UTF-8 编码，请另存为“CSV UTF-8”", "the file is not UTF-8; save it as CSV UTF-8")
    BROKEN_CSV = ("不是完整的 CSV 文件：{how}", "the file is not whole CSV: {how}")
    HEADER = ("第一行应是列代码 {expected}", "the first row must hold the column codes {expected}")
    TITLES = ("第二行应是列名 {expected}", "the second row must hold the column titles {expected}")
    ROW_WIDTH = ("这一行有 {count} 格，应有 {expected} 格", "the row has {count} cells, not {expected}")
    BLANK = ("不能空着", "must not be empty")
    EDGE_SPACE = ("前后有空格或不可见的字符", "has spaces or invisible characters at its edge")
    NOT_A_WORD = ("“{text}”应是 {known} 中的一个", "is {text!r}, not one of {known}")
    NOT_A_NUMBER = ("“{text}”不是整数", "is {text!r}, which is no whole number")
    NOT_YUAN = ("“{text}”不是以元为单位的金额", "is {text!r}, which is no amount in yuan")
    NOT_AN_OPTION_LIST = ("“{text}”应写成 1=甲;2=乙", "is {text!r}, which must be written 1=first;2=second")
    NOT_A_CONDITION = ("条件“{text}”看不懂：{how}", "is {text!r}, which is no condition: {how}")
    NOT_A_WAY = (
        "“{text}”应写成 下一步代码，或 回答:步骤代码;回答:步骤代码",
        "is {text!r}, which is no list of ways on",
    )
    NOT_A_READING = ("“{text}”不是拼音，应写成 chong zhi", "is {text!r}, which is no pinyin such as chong zhi")
    UNKNOWN_CODE = ("{table} 表里没有“{text}”", "is {text!r}, which stands in no row of {table}")
    NO_ROWS = ("事项“{code}”在这个表里一行也没有", "holds no row for {code!r}")
    TWO_VALUES = ("“{text}”写了两次", "{text!r} is given twice")
    NOT_EXPECTED = ("不认识“{text}”这一项，应是：{known}", "{text!r} is not expected here; known are {known}")
    YEAR_GAP = ("年份“{text}”不接着上一年", "{text} is no year that follows the one before")
    FORM_OF_TELL = ("“{code}”是公开告知事项，不收件，不能有表单", "{code!r} only tells, so it has no form")
    SAMPLE_WRONG = ("示范填写通不过检查（{reason}）", "the example would be refused ({reason})")
    NO_SAMPLE = ("缺少示范填写", "lacks an example for the sample form")
    FORMULA = ("是公式，请改成文字", "holds a formula; make it plain text")
    NOT_XLSX = ("不是可以打开的 xlsx 文件", "the file is no xlsx workbook that can be opened")


CHINESE_OF_PROBLEMS = {
    Problem.MISSING: "没有填写",
    Problem.UNKNOWN_KEY: "这个版本不认识这一项",
    Problem.EMPTY: "是空的",
    Problem.WRONG_TYPE: "应是 {expected}",
    Problem.LENGTH: "有 {length} 个字，应在 {least} 到 {most} 个字之间",
    Problem.WRONG_FORM: "“{value}”的写法不对，应符合 {pattern}",
    Problem.RANGE: "是 {value}，应在 {least} 到 {most} 之间",
    Problem.COUNT: "有 {count} 项，应在 {least} 到 {most} 项之间",
    Problem.NO_DAY: "“{value}”不是日期，应写成 2026-01-31",
    Problem.NOT_ONE_OF: "“{value}”应是 {known} 中的一个",
    Problem.REPEATED: "“{value}”重复了",
    Problem.UNKNOWN_NAME: "“{value}”没有定义",
    Problem.MISFIT: "与“{other}”不相配",
    Problem.ABOVE: "大于“{other}”",
    Problem.CONTRADICTION: "自相矛盾：{how}",
    Problem.NO_COPY: "原件和复印件都是 0 份",
    Problem.NO_EARLIER_FIELD: "条件里的“{field}”不在它前面",
    Problem.NO_FIELD: "条件里的“{field}”不是表单的栏目",
    Problem.NO_OPTION: "“{option}”不是“{field}”的选项",
    Problem.SENSELESS_TEST: "条件不适用于“{field}”（类型 {type}）",
    Problem.LACKS_FIELD: "表单缺少“{field}”",
    Problem.SECOND_SIGNATURE: "表单要求签两次名",
    Problem.STEP_WAYS: "有 {count} 个去向，与步骤类型“{kind}”不相配",
    Problem.STEP_ANSWERS: "是判断，每个去向都要写明回答",
    Problem.STEP_START: "第一步应是“开始”，其他步骤不能是“开始”",
    Problem.STEP_LOST: "前面没有步骤通到这里",
    Problem.STEP_BACK: "去向“{to}”不在后面的步骤里",
}


class Cell(Struct, frozen=True):
    """A place in a table: `row` from 1 as spreadsheets count, 0 for the whole file; `column` is its code.

    `letter` is the column as spreadsheets name it, empty when no one column is meant; `title` its Chinese title.
    """

    file: str
    row: int = 0
    column: str = ""
    letter: str = ""
    title: str = ""

    def place(self) -> tuple[str, str]:
        """Where it is, in Chinese and in English."""
        if self.row == 0:
            return self.file, self.file
        chinese, english = f"{self.file} 第{self.row}行", f"{self.file} row {self.row}"
        if self.column:
            chinese += f" {self.letter}列 {self.column}（{self.title}）"
            english += f" column {self.letter} {self.column}"
        return chinese, english


class CellFault(Struct, frozen=True):
    """One thing wrong at one place. `code` is the name of a Flaw or a Problem."""

    cell: Cell
    code: str
    chinese: str
    english: str

    def sentence(self) -> str:
        """One line for people: place and fault in Chinese, then the same in English."""
        chinese, english = self.cell.place()
        return f"{chinese}：{self.chinese}。 / {english}: {self.english}."


class CellRefused(ValueError):
    """The text of a cell cannot be read; raised by cell readers, which do not know where the cell is."""

    def __init__(self, flaw: Flaw, **arguments: object) -> None:
        super().__init__(flaw.value[1].format(**arguments))
        self.flaw = flaw
        self.arguments = arguments


class TablesWrong(Exception):
    """Tables that cannot become packs; `faults` say why, in the order of files and rows."""

    def __init__(self, faults: tuple[CellFault, ...]) -> None:
        super().__init__("\n".join(fault.sentence() for fault in faults))
        self.faults = faults


def flaw_at(cell: Cell, flaw: Flaw, **arguments: object) -> CellFault:
    """A fault of the tables themselves."""
    chinese, english = flaw.value
    return CellFault(cell, flaw.name, chinese.format(**arguments), english.format(**arguments))


def complaint_at(cell: Cell, complaint: ContentWrong) -> CellFault:
    """A fault that the content type found."""
    chinese = CHINESE_OF_PROBLEMS[complaint.problem].format(**complaint.arguments)
    english = complaint.problem.value.format(**complaint.arguments)
    return CellFault(cell, complaint.problem.name, chinese, english)
