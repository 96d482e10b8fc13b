"""How a simulated pad looks from outside, and the levers for its faults."""

from __future__ import annotations

from msgspec import Struct


class PadFace(Struct, frozen=True):
    """What a person in front of the pad sees."""

    is_asking: bool
    levels: int
    timeout_s: int
    greetings: int
    prompts: int
    thanks: int
    last_key: int | None
    staff: str = ""


class PadLevers(Struct, frozen=True):
    """What is wrong with a pad; each can be set on any kind unless it says otherwise.

    `dead` it does nothing at all; `slow` everything it says comes 1.5 s late; `garbage` noise around everything it
    says; `stuck_key` the last key, else the first, is sent ten times a second; `heartbeat_lost` it answers no
    heartbeat, and nothing else is wrong (pads of texts); `unplug` its cable. What its line does to the bytes is the
    line's (`LineLevers`).
    """

    dead: bool = False
    slow: bool = False
    garbage: bool = False
    stuck_key: bool = False
    heartbeat_lost: bool = False
    unplug: bool = False


SLOW_S = 1.5
STUCK_S = 0.1
POWER_OFF_S = 0.3
"""How long a brown-out lasts."""
TIMEOUT_S = 60
"""How long a pad waits for a key when it was told nothing else."""
