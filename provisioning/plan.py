"""Work as steps that can be repeated: each looks first, does only what is missing, and looks again.

A plan that broke in the middle (power, line, disk) is simply run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from provisioning.speech import Refused, Say, Sentence


class Step(Protocol):
    """One thing that must hold."""

    @property
    def title(self) -> Sentence:
        """What holds when the step is done."""

    def is_done(self) -> bool:
        """Look, change nothing. Raises Refused for a state that must not be repaired by overwriting."""

    def apply(self) -> None:
        """Make it hold. Raises Refused."""


def carry_out(steps: Iterable[Step], say: Say) -> int:
    """Do what is missing, in order, and return how many steps had something to do. Raises Refused."""
    applied = 0
    for step in steps:
        if step.is_done():
            say(Sentence(f"已有：{step.title.chinese}", f"there already: {step.title.english}"))
            continue
        step.apply()
        if not step.is_done():
            raise Refused(f"没有做成：{step.title.chinese}", f"done, and yet it does not hold: {step.title.english}")
        applied += 1
        say(Sentence(f"完成：{step.title.chinese}", f"done: {step.title.english}"))
    return applied
