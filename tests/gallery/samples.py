"""What the samples share."""

from __future__ import annotations


def untranslated(text: str, /, **values: object) -> str:
    """Return the source text: the gallery speaks Chinese only."""
    return text.format(**values) if values else text


def nothing(*_arguments: object) -> None:
    """Do nothing when touched."""
