"""What a real keyboard, or a reader that types, says: Kivy's events of keys as keys of the panel."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.input.keys import Character, Command, Key

ENTER = frozenset({13, 271})
"""Kivy's key codes of Enter, that of the number block included."""
_COMMANDS_BY_CODE = {
    8: Command.BACKSPACE,
    9: Command.DONE,
    13: Command.DONE,
    27: Command.ESCAPE,
    271: Command.DONE,  # enter of the number block
    275: Command.RIGHT,
    276: Command.LEFT,
    280: Command.PAGE_BACK,
    281: Command.PAGE_ON,
}
"""Kivy's key codes of the keys that are no character."""


def characters_typed(typed: Callable[[Key], None], text: str) -> None:
    """Pass on a text that was typed, character by character."""
    for character in text:
        typed(Character(character))


def command_pressed(typed: Callable[[Key], None], code: int) -> bool:
    """Pass on a key that is no character; whether Kivy's key code `code` is one that means anything here."""
    command = _COMMANDS_BY_CODE.get(code)
    if command is None:
        return False
    typed(command)
    return True
