"""The demo county: what a village hall of today offers, and that it can be found and filled in."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from county.publishing.assembly import Contents, contents_of
from county.publishing.spelling import Spelling
from sync.model.answers import sample_answers, validate
from sync.model.facts import Role
from sync.model.form import APPLICANT_FIELDS, Form
from sync.model.identity import Identity, read_identity
from sync.model.search import search_items
from tests.county.demo import DEMO

TOUR_DAY = date(2026, 11, 23)
TOLD_ONLY = Role.TELL


@pytest.fixture(scope="module")
def contents() -> Contents:
    return contents_of(DEMO)


def test_there_are_forty_items_and_more_in_all_four_roles(contents: Contents) -> None:
    items = contents.catalogue.items
    assert len(items) >= 40
    roles = Counter(item.role for item in items)
    assert all(roles[role] >= 5 for role in Role)
    assert sum(item.role is Role.DIRECT and item.on_the_spot for item in items) >= 2


def test_every_item_shows_its_published_aspects(contents: Contents) -> None:
    for item in contents.catalogue.items:
        assert item.basis, item.code
        assert item.conditions, item.code
        assert item.on_the_spot or item.promised_limit is not None, item.code
        assert item.materials or item.role is TOLD_ONLY, item.code
        contents.profile.department(item.department)


def test_no_two_forms_are_equal(contents: Contents) -> None:
    forms = [item.form for item in contents.catalogue.items if item.form is not None]
    assert len({form.sections for form in forms}) == len(forms)


def test_fifteen_items_have_a_form_of_their_own_with_eight_fields_and_a_condition(contents: Contents) -> None:
    rich = [
        item.code
        for item in contents.catalogue.items
        if item.form is not None and _own(item.form) >= 8 and any(field.shown_when for field in item.form.fields())
    ]
    assert len(rich) >= 15
    assert {"elder_allowance", "pension_join", "temporary_relief", "birth_register", "disability_subsidy"} <= set(rich)


def _own(form: Form) -> int:
    shared = {*APPLICANT_FIELDS, "applicant_address", "remark", "applicant_signature"}
    return sum(field.code not in shared for field in form.fields())


def test_every_form_ends_with_a_signature(contents: Contents) -> None:
    for item in contents.catalogue.items:
        if item.form is not None:
            assert item.form.signature == list(item.form.fields())[-1], item.code


def test_a_sample_filled_in_on_the_day_of_its_pack_is_taken(contents: Contents) -> None:
    for item in contents.catalogue.items:
        if item.form is not None:
            answers = sample_answers(item.form)
            assert validate(item.form, answers, item.effective, contents.profile, with_signature=False) == ()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("老人补贴", "elder_allowance"),
        ("gaolingjintie", "elder_allowance"),
        ("gljt", "elder_allowance"),
        ("高龄", "elder_allowance"),
        ("办社保卡", "card_apply"),
        ("sbk", "card_apply"),
        ("低保", "minimum_living"),
        ("残疾", "disability_subsidy"),
        ("盖房", "homestead"),
        ("准生证", "birth_register"),
        ("12345", "opinion"),
        ("讨薪", "legal_advice"),
        ("shengyudengji", "birth_register"),
        ("mimachongzhi", "card_password"),
        ("chongqing", ""),
    ],
)
def test_an_item_is_found_as_people_call_it(contents: Contents, query: str, code: str) -> None:
    hits = search_items(contents.catalogue.items, query)
    assert ([hit.item.code for hit in hits[:1]] or [""]) == [code]


def test_characters_with_several_readings_are_read_by_their_word() -> None:
    syllables = Spelling({}).syllables
    assert syllables("重度残疾") == ["zhong", "du", "can", "ji"]
    assert syllables("重庆") == ["chong", "qing"]
    assert syllables("长期照护") == ["chang", "qi", "zhao", "hu"]
    assert syllables("银行账户") == ["yin", "hang", "zhang", "hu"]
    assert syllables("社保卡（三代）A4") == ["she", "bao", "ka", "san", "dai", "a4"]


def test_a_word_that_the_dictionary_reads_wrongly_can_be_corrected() -> None:
    assert Spelling({}).syllables("密码重置A") == ["mi", "ma", "zhong", "zhi", "a"]
    assert Spelling({"重置": ("chong", "zhi")}).syllables("密码重置A") == ["mi", "ma", "chong", "zhi", "a"]


def test_identity_numbers_of_examples_belong_to_nobody(contents: Contents) -> None:
    for item in contents.catalogue.items:
        for answer in sample_answers(item.form).values() if item.form else ():
            if isinstance(answer, str) and len(answer) == 18 and answer.startswith("990101"):
                allowed = frozenset(contents.profile.demo_identity_regions)
                assert isinstance(read_identity(answer, TOUR_DAY, allowed), Identity)
                assert not isinstance(read_identity(answer, TOUR_DAY), Identity)


def test_the_demo_point_is_there_with_its_agent(contents: Contents) -> None:
    terminal = contents.profile.terminal("990101102203", "01")
    assert terminal is not None
    assert terminal.name == "柳溪村便民服务点"
    agent = next(each for each in contents.profile.agents if each.region == "990101102203")
    assert (agent.id, agent.name, agent.phone) == ("A01", "王建国", "000-5550-123")
