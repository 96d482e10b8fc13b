"""A text on a screen that has no English, or never passes the translator, is found."""

from __future__ import annotations

from tests.lint.conftest import Found, Write

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def entry(chinese: str, english: str, comment: str = "") -> str:
    """One entry of a .po file."""
    return f'{comment}msgid "{chinese}"\nmsgstr "{english}"\n\n'


def test_a_chinese_text_outside_the_translator_is_found(write: Write, found: Found) -> None:
    write("kiosk/widgets/bare.py", '"""A docstring may 说 Chinese."""\n\nTITLE = "我要测试"\n')
    assert found() == ['kiosk/widgets/bare.py:3: "我要测试" is not given to tr()']


def test_a_kv_file_whose_texts_nobody_checks_is_found(write: Write, found: Found) -> None:
    write("kiosk/screens/bare.kv", '<Bare>:\n    text: "我要测试"\n')
    assert [finding.partition(";")[0] for finding in found()] == ["kiosk/screens/bare.kv:1: a kv file"]


def test_a_text_without_its_english_is_found(write: Write, found: Found) -> None:
    write("kiosk/screens/new.py", '\n\ndef button(self):\n    return self.tr("我要测试")\n')
    write("kiosk/widgets/new.py", 'def title(tr):\n    return tr("测试标题")\n')
    assert found() == [
        'kiosk/screens/new.py:4: "我要测试" has no English in kiosk/i18n/en',
        'kiosk/widgets/new.py:2: "测试标题" has no English in kiosk/i18n/en',
    ]


def test_a_sentence_of_the_tables_needs_its_english_too(write: Write, found: Found) -> None:
    write("sync/model/transitions.py", 'SENTENCES = ["测试标题"]\n')
    assert found() == ['sync/model/transitions.py:1: "测试标题" has no English in kiosk/i18n/en']


def test_a_text_with_its_english_passes(write: Write, found: Found) -> None:
    write("kiosk/screens/new.py", 'def title(tr):\n    return tr("测试{count}件")\n')
    write("kiosk/i18n/en/new.po", HEADER + entry("测试{count}件", "Testing {count}"))
    assert found() == []


def test_an_english_that_forgets_what_is_filled_in_is_found(write: Write, found: Found) -> None:
    write("kiosk/screens/new.py", 'def title(tr):\n    return tr("测试{count}件")\n')
    write("kiosk/i18n/en/new.po", HEADER + entry("测试{count}件", "Testing"))
    assert found() == ['kiosk/screens/new.py:2: "测试{count}件" and its English fill in different things']


def test_a_fuzzy_or_empty_translation_is_found_in_its_file(write: Write, found: Found) -> None:
    write("kiosk/i18n/en/new.po", HEADER + entry("测试一", "One", "#, fuzzy\n") + entry("测试二", ""))
    fuzzy, empty = sorted(found(), key=lambda finding: "msgstr" in finding)
    assert fuzzy.startswith("kiosk/i18n/en/new.po:")
    assert fuzzy.endswith("'测试一' is fuzzy")
    assert empty.startswith("kiosk/i18n/en/new.po:")
    assert empty.endswith("'测试二' has no msgstr")


def test_a_translation_of_what_is_said_nowhere_is_found(write: Write, found: Found) -> None:
    write("kiosk/i18n/en/old.po", HEADER + entry("测试", "Test"))
    (finding,) = found()
    assert finding.startswith("kiosk/i18n/en/old.po:")
    assert finding.endswith("'测试' is said nowhere")
