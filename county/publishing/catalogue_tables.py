"""The catalogue out of its tables: items with their materials, steps, fees and forms, joined by item code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from county.publishing import cells, tables
from county.publishing.draft import Draft, Plain, grouped
from county.publishing.faults import Cell, Flaw
from county.publishing.sources import Row, Table, Tables
from county.publishing.spelling import Spelling
from sync.model.answers import sample_answers, validate
from sync.model.catalogue import Catalogue, ServiceItem
from sync.model.field_rules import FieldFault, Reason
from sync.model.form import FieldType
from sync.model.profile import Profile

_ITEM_COLUMNS = (
    *("code", "version", "effective", "name", "short_name", "name_en", "theme", "department", "role", "urgency"),
    *("type", "audience", "on_the_spot", "quantity", "result", "place", "hours", "consult_phone", "complaint_phone"),
    *("visits", "retention_years", "card_required"),
)
_JOINED = (tables.BASIS, tables.CONDITIONS, tables.SPECIAL_STEPS, tables.MATERIALS, tables.FEES, tables.QUESTIONS)


class CatalogueAssembly:
    """Builds the plain form of the catalogue on a draft. One use each."""

    def __init__(self, sources: Tables, draft: Draft) -> None:
        self._sources = sources
        self._draft = draft
        self._joined = {shape.code: grouped(sources[shape], "item") for shape in _JOINED}
        self._fields = grouped(sources[tables.FIELDS], "item")
        self._procedures = grouped(sources[tables.PROCEDURES], "procedure")
        self._spelling = Spelling(self._readings())

    def plain(self) -> Plain:
        """The plain form of the whole catalogue."""
        self._blame_strangers()
        draft = self._draft
        return {
            "themes": draft.rows(self._table(tables.THEMES), draft.whole_row),
            "roles": draft.rows(self._table(tables.ROLE_WORDS), self._role),
            "items": draft.rows(self._table(tables.ITEMS), self._item),
        }

    def blame_samples(self, catalogue: Catalogue, profile: Profile) -> None:
        """Fill in every form with its examples, as the sample form shows it, and note what would be refused."""
        for item in catalogue.items:
            self._blame_sample(item, profile)

    def _table(self, shape: tables.TableShape) -> Table:
        return self._sources[shape]

    def _blame_strangers(self) -> None:
        items = {row["code"] for row in self._table(tables.ITEMS).rows}
        shared = {tables.SHARED_START, tables.SHARED_END}
        departments = {row["code"] for row in self._table(tables.DEPARTMENTS).rows}
        used = {row["procedure"] for row in self._table(tables.ITEMS).rows}
        for shape in _JOINED:
            self._blame_unknown(self._table(shape), "item", items, tables.ITEMS.file)
        self._blame_unknown(self._table(tables.FIELDS), "item", items | shared, tables.ITEMS.file)
        self._blame_unknown(self._table(tables.ITEMS), "department", departments, tables.DEPARTMENTS.file)
        self._blame_unknown(self._table(tables.ITEMS), "procedure", set(self._procedures), tables.PROCEDURES.file)
        self._blame_unknown(self._table(tables.PROCEDURES), "procedure", used, tables.ITEMS.file)

    def _blame_unknown(self, table: Table, column: str, known: set[str], where: str) -> None:
        for row in table.rows:
            if row[column] and row[column] not in known:
                self._draft.blame(row.cell(column), Flaw.UNKNOWN_CODE, text=row[column], table=where)

    def _readings(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for row in self._table(tables.READINGS).rows:
            held = self._draft.fill(row, ("pinyin",)).get("pinyin")
            if isinstance(held, tuple):
                found[row["words"]] = held
                if len(held) != len(row["words"]):
                    self._draft.blame(row.cell("pinyin"), Flaw.NOT_A_READING, text=row["pinyin"])
        return found

    def _role(self, row: Row) -> Plain:
        plain = self._draft.whole_row(row)
        plain["name"] = row["role"]
        return plain

    def _item(self, row: Row) -> Plain:
        draft, code = self._draft, row["code"]
        plain = draft.fill(row, _ITEM_COLUMNS)
        plain["keys"] = self._keys(row, plain)
        self._put_term(plain, "legal_limit", row, "legal")
        self._put_term(plain, "promised_limit", row, "promised")
        for key in ("basis", "conditions"):
            plain[key] = [child["text"] for child in self._children(row, key)]
        plain["steps"] = draft.listed(self._procedures.get(row["procedure"], ()), self._step)
        plain["special_steps"] = draft.listed(self._joined["special_steps"].get(code, ()), self._special_step)
        plain["materials"] = draft.listed(self._joined["materials"].get(code, ()), self._child)
        plain["fees"] = draft.listed(self._joined["fees"].get(code, ()), self._child)
        plain["questions"] = draft.listed(self._joined["questions"].get(code, ()), self._child)
        draft.trace(plain, "form", row.cell("role"))
        if row["role"] == "公开告知":
            self._blame_needless(code)
        else:
            plain["form"], types = self._form(code)
            _scale([material.get("needed_when") for material in _plains(plain["materials"])], types)
        return plain

    def _keys(self, row: Row, plain: Plain) -> list[dict[str, object]]:
        aliases = cells.parts(row["aliases"])
        self._draft.trace(plain, "keys", row.cell("aliases"))
        return [self._spelling.search_key(words) for words in dict.fromkeys((row["name"], row["short_name"], *aliases))]

    def _children(self, row: Row, code: str) -> list[Row]:
        """Rows of a table that must have some for every item."""
        found = self._joined[code].get(row["code"], [])
        if not found:
            self._draft.blame(Cell(f"{code}.csv"), Flaw.NO_ROWS, code=row["code"])
        return found

    def _put_term(self, plain: Plain, key: str, row: Row, prefix: str) -> None:
        days, unit = f"{prefix}_days", f"{prefix}_unit"
        if not row[days]:
            if row[unit]:
                self._draft.blame(row.cell(days), Flaw.BLANK)
            return
        term: Plain = {}
        self._draft.put(term, "days", row, days)
        self._draft.put(term, "unit", row, unit)
        self._draft.trace(plain, key, row.cell(days))
        plain[key] = term

    def _child(self, row: Row) -> Plain:
        return self._draft.fill(row, (code for code in _codes(row) if code != "item"))

    def _step(self, row: Row) -> Plain:
        return self._draft.fill(row, (code for code in _codes(row) if code != "procedure"))

    def _special_step(self, row: Row) -> Plain:
        plain = self._draft.fill(row, ("name", "counted", "basis", "fee_basis"))
        plain["limit"] = self._draft.fill(row, ("days", "unit"))
        self._draft.trace(plain, "limit", row.cell("days"))
        return plain

    def _blame_needless(self, code: str) -> None:
        for row in self._fields.get(code, ()):
            self._draft.blame(row.cell("item"), Flaw.FORM_OF_TELL, code=code)

    def _form_rows(self, code: str) -> list[Row]:
        """Rows of an item's form: the shared start, its own, the shared end; its own replace shared ones in place."""
        own = {row["code"]: row for row in self._fields.get(code, ())}
        shared = [*self._fields.get(tables.SHARED_START, ()), *self._fields.get(tables.SHARED_END, ())]
        shared_codes = {row["code"] for row in shared}
        start = [own.get(row["code"], row) for row in self._fields.get(tables.SHARED_START, ())]
        end = [own.get(row["code"], row) for row in self._fields.get(tables.SHARED_END, ())]
        return [*start, *(row for row in self._fields.get(code, ()) if row["code"] not in shared_codes), *end]

    def _form(self, code: str) -> tuple[Plain, dict[str, str]]:
        """The plain form of an item's form, and the type of each of its fields by code."""
        sections: list[Plain] = []
        types: dict[str, str] = {}
        conditions: list[object] = []
        for row in self._form_rows(code):
            if not sections or sections[-1]["title"] != row["section"]:
                self._draft.trace(sections, len(sections), row.cell("section"))
                sections.append({"title": row["section"], "fields": []})
                self._draft.trace(sections[-1], "title", row.cell("section"))
            fields = sections[-1]["fields"]
            field = self._field(row)
            if isinstance(fields, list):
                self._draft.trace(fields, len(fields), row.cell("code"))
                fields.append(field)
            types[row["code"]] = str(field.get("type"))
            conditions.append(field.get("shown_when"))
        _scale(conditions, types)
        return {"sections": sections}, types

    def _field(self, row: Row) -> Plain:
        draft = self._draft
        plain = draft.fill(row, ("code", "label", "need", "options", "default", "example", "shown_when", "hint"))
        draft.trace(plain, "type", row.cell("type"))
        draft.trace(plain, "digits_only", row.cell("type"))
        chosen = tables.FIELD_TYPES.get(row["type"])
        if chosen is None:
            draft.put({}, "type", row, "type")
        plain.update(chosen or {"type": FieldType.TEXT.value})
        read = cells.yuan if plain["type"] == FieldType.AMOUNT else cells.whole
        for column in ("minimum", "maximum"):
            text = row[column]
            if text:
                draft.take(plain, column, row.cell(column), partial(read, text))
        return plain

    def _blame_sample(self, item: ServiceItem, profile: Profile) -> None:
        form = item.form
        if form is None:
            return
        answers = sample_answers(form)
        rows = {row["code"]: row for row in self._form_rows(item.code)}
        for fault in validate(form, answers, item.effective, profile, with_signature=False):
            flaw = Flaw.NO_SAMPLE if fault.reason is Reason.MISSING else Flaw.SAMPLE_WRONG
            self._draft.blame(rows[fault.field].cell("example"), flaw, reason=_reason(fault))


def _codes(row: Row) -> list[str]:
    return [column.code for column in row.shape.columns]


def _scale(conditions: Iterable[object], types: Mapping[str, str]) -> None:
    """Make the yuan of conditions about amounts into fen, in place: only the whole form knows which are amounts."""
    for condition in conditions:
        for test in _plains(condition.get("tests")) if isinstance(condition, dict) else ():
            number = test.get("number")
            if isinstance(number, int) and types.get(str(test["field"])) == FieldType.AMOUNT:
                test["number"] = number * 100


def _plains(found: object) -> list[Plain]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _reason(fault: FieldFault) -> str:
    return " ".join([fault.reason.value, *(f"{name}={value}" for name, value in fault.arguments)])
