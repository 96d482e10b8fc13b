"""The words of the screens: Chinese is the source, other languages are looked up by it."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from pathlib import Path

ZH, EN = "zh-Hans", "en"
LANGUAGES = (ZH, EN)
_DOMAIN = "sunpoint"


class Translator:
    """Gives the text of the current language for a Chinese source text.

    `translator("已保存 {count} 条", count=3)` fills the names after translating. A text without a translation is shown
    in Chinese; lint refuses such texts.
    """

    def __init__(self, locale_directory: Path) -> None:
        """Read catalogues under `locale_directory` when a language is first chosen."""
        self._directory = locale_directory
        self._catalogues: dict[str, gettext.NullTranslations] = {ZH: gettext.NullTranslations()}
        self._language = ZH

    @property
    def language(self) -> str:
        """The language that is spoken now."""
        return self._language

    def speak(self, language: str) -> None:
        """Change the language for everything that is asked from now on."""
        if language not in self._catalogues:
            self._catalogues[language] = gettext.translation(
                _DOMAIN, self._directory, languages=[language], fallback=True
            )
        self._language = language

    def __call__(self, text: str, /, **values: object) -> str:
        """Return the text to show; without values its {names} stay, to be filled later."""
        translated = self._catalogues[self._language].gettext(text)
        return translated.format(**values) if values else translated


Sentence = Callable[[Translator], str]
"""Something to say, worded when it is shown: what stays on the screen follows a change of the language."""
