"""Names that people write: of counties, points and agents. Screens, slips and certificates show them."""

from __future__ import annotations

import re

# Controls, marks that turn the direction of writing or are not seen, line ends, lone surrogates. Characters that
# Unicode took up late, or not yet, are none of these: people are called by them.
_CHARACTER = r"[^\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"


def name_form(chars_max: int) -> re.Pattern[str]:
    """What the whole of a name matches: one line of at most so many characters, which are not all spaces."""
    return re.compile(rf"(?=.*\S){_CHARACTER}{{1,{chars_max}}}")
