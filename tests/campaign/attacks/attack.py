"""What an attack is, and what the threat model says of it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tests.campaign.attacks.scene import Scene


class Attack(Struct, frozen=True):
    """One attack.

    Attributes:
        name: in the results.
        about: one sentence, as in docs/threat-model.md.
        strike: does it on a scene and lets everything be carried; what is noticed stands in `Scene.notices`.
        noticed_by: at least one of these must stand there. Empty: the model says plainly that nobody notices, and so
            nothing may stand there.
    """

    name: str
    about: str
    strike: Callable[[Scene], None]
    noticed_by: frozenset[str] = frozenset()


class OutcomeNotAsStated(AssertionError):
    """An attack ended otherwise than the threat model says."""


def check(attack: Attack, scene: Scene) -> None:
    """Raises OutcomeNotAsStated."""
    if attack.noticed_by:
        if not scene.notices & attack.noticed_by:
            raise OutcomeNotAsStated(f"{attack.name}: noticed only as {sorted(scene.notices)}")
    elif scene.notices:
        raise OutcomeNotAsStated(f"{attack.name}: said not to be noticed, and was: {sorted(scene.notices)}")
