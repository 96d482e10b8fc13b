"""Which characters a printer has in ROM, and their bytes. Pure.

No byte of a character is a control byte: the second byte of GB 2312, GBK and GB18030's pairs is 40 or more, the second
and fourth of its quadruples are 30 to 39, and every byte of UTF-8 beyond ASCII is 80 or more. So nothing in a name can
begin a command.
"""

from __future__ import annotations

from devices.printer.profile import Coding

_ROMS = {
    Coding.GB2312: "gb2312",
    Coding.GBK: "gbk",
    Coding.GB18030: "gb18030",
    Coding.GB18030_FOUR_BYTE: "gb18030",
    Coding.UTF_8: "gbk",
}
_DASH = "—"
_DASH_IN_GB2312 = b"\xa1\xaa"
"""Python's gb2312 has another dash (U+2015) there; printers show the same."""


def encode_character(character: str, coding: Coding) -> bytes | None:
    """Return the bytes that print a character, or None if the printer does not have it.

    GB18030's private area is in nobody's ROM. Of its four-byte part printers that have any have CJK extension A.
    """
    if " " <= character <= "~":
        return character.encode("ascii")
    code = _in_rom(character, coding)
    return character.encode("utf-8") if code is not None and coding is Coding.UTF_8 else code


def _in_rom(character: str, coding: Coding) -> bytes | None:
    if coding is Coding.ASCII or "\ue000" <= character <= "\uf8ff":
        return None
    if character == _DASH and coding is Coding.GB2312:
        return _DASH_IN_GB2312
    try:
        code = character.encode(_ROMS[coding])
    except UnicodeEncodeError:
        return None
    if len(code) == 2:
        return code
    is_extension_a = "\u3400" <= character <= "\u4dbf"
    return code if coding is Coding.GB18030_FOUR_BYTE and is_extension_a else None
