"""Letters become characters, and nothing of them stays."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.input.composition import PinyinComposition
from kiosk.input.engine import DICTIONARY_PATHS, LETTERS_MAX, Found, GooglePinyin, PinyinMissing


@pytest.fixture
def engine() -> Iterator[GooglePinyin]:
    engine = GooglePinyin()
    yield engine
    engine.forget()


def _choose(composition: PinyinComposition, word: str) -> str:
    while word not in composition.page:
        assert composition.has_page_after
        composition.turn(1)
    return composition.choose(composition.page.index(word))


def _typed(engine: GooglePinyin, letters: str) -> PinyinComposition:
    composition = PinyinComposition(engine)
    for letter in letters:
        assert composition.type(letter)
    return composition


@pytest.mark.parametrize(
    ("letters", "word"),
    [("zhangsan", "张三"), ("dibaohu", "低保户"), ("liuxicun", "刘西村"), ("gaoling", "高龄"), ("zsan", "张三")],
)
def test_letters_offer_the_word(engine: GooglePinyin, letters: str, word: str) -> None:
    assert word in engine.search(letters).candidates


def test_a_name_is_chosen_piece_by_piece(engine: GooglePinyin) -> None:
    composition = _typed(engine, "liuxicun")
    assert _choose(composition, "柳") == ""
    assert composition.text == "柳xicun"
    assert _choose(composition, "溪") == ""
    assert composition.text == "柳溪cun"
    assert _choose(composition, "村") == "柳溪村"
    assert not composition.active


def test_backspace_opens_what_was_chosen_of_the_word(engine: GooglePinyin) -> None:
    composition = _typed(engine, "liuxicun")
    _choose(composition, "柳")
    composition.backspace()
    assert composition.text == "liuxicu"


def test_a_candidate_beyond_the_page_chooses_nothing(engine: GooglePinyin) -> None:
    composition = _typed(engine, "zhangsan")
    assert composition.choose(99) == ""
    assert composition.choose(-1) == ""
    assert composition.text == "zhangsan"


def test_a_sign_that_is_no_letter_is_not_taken(engine: GooglePinyin) -> None:
    composition = PinyinComposition(engine)
    assert not composition.type("，")
    assert not composition.type("'")
    assert not composition.active


def test_letters_without_end_stop_being_taken(engine: GooglePinyin) -> None:
    composition = _typed(engine, "ni" * (LETTERS_MAX // 2))
    assert not composition.type("n")


def test_letters_the_library_dies_of_have_no_candidates_and_the_next_ones_do(engine: GooglePinyin) -> None:
    deadly = "a" * LETTERS_MAX
    assert engine.search(deadly) == Found(())
    assert "张三" in engine.search("zhangsan").candidates
    composition = _typed(engine, deadly)
    assert composition.text == deadly
    composition.backspace()
    assert composition.text == deadly[:-1]


def test_an_engine_killed_between_typing_and_choosing_offers_the_word_again(engine: GooglePinyin) -> None:
    composition = _typed(engine, "zhangsan")
    assert engine._process is not None
    os.kill(engine._process.pid, signal.SIGKILL)
    assert composition.choose(0) == ""
    assert composition.text == "zhangsan"
    assert _choose(composition, "张三") == "张三"


def test_an_engine_that_hangs_is_replaced(engine: GooglePinyin) -> None:
    engine.search("li")
    assert engine._process is not None
    os.kill(engine._process.pid, signal.SIGSTOP)
    assert engine.search("zhangsan") == Found(())
    assert "张三" in engine.search("zhangsan").candidates


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=12), st.integers(0, 30))))
def test_whatever_is_typed_and_chosen_the_kiosk_goes_on(typed: list[tuple[str, int]]) -> None:
    composition = PinyinComposition(GooglePinyin())
    for letters, wish in typed:
        for letter in letters:
            composition.type(letter)
        composition.choose(wish % composition.page_size)
    composition.wipe()


def test_a_name_typed_by_one_visitor_is_not_offered_to_the_next(engine: GooglePinyin) -> None:
    before = engine.search("lixiulan")
    composition = _typed(engine, "lixiulan")
    while composition.active:
        _choose(composition, next(part for part in ("李秀", "兰", "烂", "李") if part in composition.page))
    learned = engine.search("lixiulan")
    assert learned != before, "the library no longer learns: the test says nothing"
    composition.wipe()
    assert engine.search("lixiulan") == before


def test_nothing_that_was_learned_is_ever_on_the_disk(
    engine: GooglePinyin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    composition = _typed(engine, "lixiulan")
    while composition.active:
        composition.choose(0)
    assert list(tmp_path.iterdir()) == []
    composition.wipe()
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_the_library_says_so() -> None:
    with pytest.raises(PinyinMissing, match="libnowhere"):
        GooglePinyin(library="libnowhere.so.0").search("a")


def test_a_dictionary_that_is_cut_short_is_refused_before_the_library_sees_it(tmp_path: Path) -> None:
    whole = next(path for path in DICTIONARY_PATHS if path.is_file())
    short = tmp_path / "dict_pinyin.dat"
    short.write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(PinyinMissing, match="no dictionary"):
        GooglePinyin(dictionaries=(short,)).search("a")
