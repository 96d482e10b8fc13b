"""No core dumps: what a program holds in memory, keys and people's papers, must not be left on a disk when it dies."""

from __future__ import annotations

import resource


def refuse() -> None:
    """Let no core of this process and of those that it starts be written, from now on."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
