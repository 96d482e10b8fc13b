"""What a struct says of its fields, without looking at their types."""

from __future__ import annotations

from msgspec import NODEFAULT, Struct


def defaults_of(kind: type[Struct]) -> dict[str, object]:
    """The defaults of those fields that have one, by name. A factory of mutable values is no default here."""
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    held = zip(names[len(names) - len(defaults) :], defaults, strict=True)
    return {name: default for name, default in held if default is not NODEFAULT}
