"""Searching: words, pinyin, initials, and mixtures of them."""

from __future__ import annotations

import pytest

from sync.model.catalogue import Catalogue
from sync.model.search import QUERY_LENGTH_MAX, query_words, search_items, spells
from tests.model.contents import a_catalogue, an_item

ALLOWANCE = ("gao", "ling", "jin", "tie")


def key(words: str, *syllables: str) -> dict[str, object]:
    return {"words": words, "syllables": list(syllables)}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.from_plain(
        a_catalogue(
            an_item(
                "elder_allowance",
                keys=[
                    key("高龄津贴申请", *ALLOWANCE, "shen", "qing"),
                    key("高龄津贴", *ALLOWANCE),
                    key("老人补贴", "lao", "ren", "bu", "tie"),
                ],
            ),
            an_item(
                "land_subsidy",
                name="耕地地力保护补贴申报",
                short_name="耕地地力补贴",
                keys=[
                    key("耕地地力保护补贴申报", "geng", "di", "di", "li", "bao", "hu", "bu", "tie", "shen", "bao"),
                    key("耕地地力补贴", "geng", "di", "di", "li", "bu", "tie"),
                    key("种粮补贴", "zhong", "liang", "bu", "tie"),
                ],
            ),
            an_item(
                "hotline",
                name="提意见",
                short_name="提意见",
                keys=[key("提意见", "ti", "yi", "jian"), key("12345", "12345")],
            ),
        )
    )


FOUND = [
    ("老人补贴", ["elder_allowance"]),
    ("gaolingjintie", ["elder_allowance"]),
    ("gljt", ["elder_allowance"]),
    ("GLJT", ["elder_allowance"]),
    ("ｇｌｊｔ", ["elder_allowance"]),
    ("gaoljt", ["elder_allowance"]),
    ("gao'ling", ["elder_allowance"]),
    ("jintie", ["elder_allowance"]),
    ("补贴", ["land_subsidy", "elder_allowance"]),  # a name that holds it comes before a life word that does
    ("butie", ["land_subsidy", "elder_allowance"]),
    ("zhl", ["land_subsidy"]),
    ("ti", ["hotline", "elder_allowance", "land_subsidy"]),  # a beginning comes before a middle
    ("老人 补贴", ["elder_allowance"]),
    ("高龄，津贴", ["elder_allowance"]),
    ("123", ["hotline"]),
    ("高龄 种粮", []),
    ("gaolingx", []),
    ("。。", []),
    ("", []),
]


@pytest.mark.parametrize(("query", "codes"), FOUND)
def test_a_query_finds_its_items_best_first(catalogue: Catalogue, query: str, codes: list[str]) -> None:
    assert [hit.item.code for hit in search_items(catalogue.items, query)] == codes


def test_a_hit_says_which_words_matched(catalogue: Catalogue) -> None:
    assert [hit.words for hit in search_items(catalogue.items, "老人补")] == ["老人补贴"]


def test_a_long_query_counts_only_as_far_as_it_is_read() -> None:
    assert query_words("a" * 1000) == ("a" * QUERY_LENGTH_MAX,)


def test_letters_spell_syllables_only_from_their_beginnings() -> None:
    assert spells(ALLOWANCE, 0, "galijt")
    assert spells(ALLOWANCE, 2, "jtie")
    assert not spells(ALLOWANCE, 0, "aoling")
    assert not spells(ALLOWANCE, 0, "gltie")
    assert not spells(ALLOWANCE, 0, "gljtx")


def test_a_syllable_may_end_where_the_next_begins_the_same() -> None:
    assert spells(("xi", "an"), 0, "xian")
    assert spells(("xian",), 0, "xian")
    assert spells(("di", "di", "li"), 0, "ddl")
    assert spells(("ge", "en", "geng"), 0, "geeng")
