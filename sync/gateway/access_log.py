"""The gateway's access log: who asked is not in it, and whoever asks writes nothing into it but their own line."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from gunicorn.glogging import Logger

FORMAT = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"  # no address, no query, no agent


class AccessLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log, in which an address stands as it was asked for: no line feed in it begins a line of its own."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Return what `FORMAT` is made of."""
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return atoms | {"U": quote(atoms["U"] or "-", encoding="latin-1")}
