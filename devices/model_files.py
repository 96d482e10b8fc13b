"""Reads the data file of a device model (TOML) and refuses what it does not know, by name.

A model is found first in the folder that the terminal's configuration names, then among those that
come with the package, so a county adds a model, or corrects one, without touching the code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Sequence
from enum import Enum
from pathlib import Path
from typing import TypeVar

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SIZE_MAX = 65_536
OCTETS_MAX = 64
BAUDS = (110, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
"""Speeds that every serial port can be set to."""
Choice = TypeVar("Choice", bound=Enum)


class ModelRefused(Exception):
    """A model file is missing or says something that cannot be; the text names file and field."""


class Fields:
    """The fields of one table in a model file, each taken once; `done()` refuses what is left over.

    `where` names file and table in a refusal.
    """

    def __init__(self, where: str, table: dict[str, object]) -> None:
        self.where = where
        self._left = dict(table)

    def text(self, name: str) -> str:
        """Take a text of one line that is not empty. Raises `ModelRefused`, as all of these do."""
        value = self._take(name)
        if not isinstance(value, str) or not value:
            raise ModelRefused(f"{self.where}: {name} must be a text")
        if not value.isprintable():
            raise ModelRefused(f"{self.where}: {name} holds a character that cannot be shown")
        return value

    def any_text(self, name: str) -> str:
        """Take a text that may be empty."""
        value = self._take(name)
        if not isinstance(value, str):
            raise ModelRefused(f"{self.where}: {name} must be a text")
        return value

    def number(self, name: str, least: int, most: int) -> int:
        """Take a whole number between `least` and `most`."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ModelRefused(f"{self.where}: {name} must be a whole number from {least} to {most}")
        return value

    def baud(self) -> int:
        """Take the speed of a serial line."""
        value = self._take("baud")
        if not isinstance(value, int) or value not in BAUDS:
            raise ModelRefused(f"{self.where}: baud must be one of {', '.join(map(str, BAUDS))}")
        return value

    def octets(self, name: str, *, missing: bytes | None = None) -> bytes:
        """Take at most 64 bytes, written as hexadecimal digits with or without blanks; none are an empty text.

        `missing` is what a file means that does not say it, None: it must.
        """
        if missing is not None and name not in self._left:
            return missing
        value = self._take(name)
        try:
            octets = bytes.fromhex(value) if isinstance(value, str) else None
        except ValueError:
            octets = None
        if octets is None or len(octets) > OCTETS_MAX:
            raise ModelRefused(f"{self.where}: {name} must be at most {OCTETS_MAX} bytes as hexadecimal digits")
        return octets

    def yes_or_no(self, name: str, *, missing: bool | None = None) -> bool:
        """Take true or false; `missing` is what a file means that does not say it, None: it must."""
        if missing is not None and name not in self._left:
            return missing
        value = self._take(name)
        if not isinstance(value, bool):
            raise ModelRefused(f"{self.where}: {name} must be true or false")
        return value

    def choice(self, name: str, kind: type[Choice], *, missing: Choice | None = None) -> Choice:
        """Take one of the values of an enumeration; `missing` as above."""
        if missing is not None and name not in self._left:
            return missing
        return self._member(name, kind, self._take(name))

    def choices(self, name: str, kind: type[Choice]) -> list[Choice]:
        """Take a list, which may be empty, of values of an enumeration."""
        value = self._take(name)
        if not isinstance(value, list):
            raise ModelRefused(f"{self.where}: {name} must be a list")
        return [self._member(name, kind, each) for each in value]

    def table(self, name: str) -> Fields:
        """Take a table."""
        value = self._take(name)
        if not isinstance(value, dict):
            raise ModelRefused(f"{self.where}: {name} must be a table")
        return Fields(f"{self.where}: {name}", value)

    def tables(self, name: str) -> list[Fields]:
        """Take a list of tables that is not empty."""
        value = self._take(name)
        if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
            raise ModelRefused(f"{self.where}: {name} must be a list of tables")
        return [Fields(f"{self.where}: {name} {count}", row) for count, row in enumerate(value, 1)]

    def has(self, name: str) -> bool:
        """Return whether the field is there."""
        return name in self._left

    def done(self) -> None:
        """Refuse a field that nobody took: most likely a misspelt one."""
        for name in self._left:
            raise ModelRefused(f"{self.where}: there is no field named {name}")

    def _member(self, name: str, kind: type[Choice], value: object) -> Choice:
        for member in kind:
            if member.value == value:
                return member
        known = ", ".join(str(member.value) for member in kind)
        raise ModelRefused(f"{self.where}: {name} must be one of: {known}")

    def _take(self, name: str) -> object:
        if name not in self._left:
            raise ModelRefused(f"{self.where}: {name} is missing")
        return self._left.pop(name)


def read_model(name: str, folders: Sequence[Path]) -> Fields:
    """Return the fields of model `name` from the first of `folders` that has it."""
    if not _NAME.fullmatch(name):
        raise ModelRefused(f"{name!r} is no name of a model (small letters, digits, - . _)")
    for folder in folders:
        path = folder / f"{name}.toml"
        if path.is_fifo():  # opening it would wait for whoever writes
            raise ModelRefused(f"{path} is no file")
        try:
            with path.open("rb") as file:
                data = file.read(_SIZE_MAX + 1)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ModelRefused(f"cannot read {path}: {error.strerror}") from error
        return Fields(path.name, _table(path, data))
    known = ", ".join(model_names(folders)) or "none"
    raise ModelRefused(f"there is no model named {name} (known: {known})")


def _table(path: Path, data: bytes) -> dict[str, object]:
    if len(data) > _SIZE_MAX:
        raise ModelRefused(f"{path} is longer than {_SIZE_MAX} bytes")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ModelRefused(f"{path} is not written in UTF-8") from error
    except RecursionError as error:
        raise ModelRefused(f"{path} is nested too deep") from error
    except ValueError as error:  # also a number of more digits than Python reads
        raise ModelRefused(f"{path} is not TOML: {error}") from error


def model_names(folders: Collection[Path]) -> list[str]:
    """Return the names of all models in `folders`."""
    return sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
