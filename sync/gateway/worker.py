"""gunicorn's worker with threads, for a port that anybody can reach.

Its own one ends connections in the loop that also takes new ones, and waits there up to two seconds for each whose
other end does not close: a few dozen of them, sick or hostile, and nobody else is answered. And it dies of too many.
"""

from __future__ import annotations

import errno
import logging
import resource
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from sync.tls import part

FILES_WANTED = 4096
"""Open at once: up to two for each of gunicorn's 1,000 connections, and those of the stores."""
_PAUSE_S = 0.05
_log = logging.getLogger(__name__)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Ends connections in the thread that has answered, and outlives more of them than it can hold."""

    nr_conns: int

    def init_process(self) -> None:
        """See gunicorn; takes the files that it may have."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        super().init_process()

    def accept(self, listener: Any) -> None:
        """See gunicorn; without a file for it, a connection waits in the system's queue."""
        try:
            super().accept(listener)
        except OSError as cause:
            if cause.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            _log.error("no more connections can be opened: %s", cause.strerror)
            time.sleep(_PAUSE_S)

    def handle(self, conn: Any) -> Any:
        """See gunicorn."""
        goes_on = super().handle(conn)
        if goes_on is False:
            part(conn.sock)
        return goes_on

    def finish_request(self, conn: Any, fs: Any) -> None:
        """See gunicorn, which counts a connection whose handshake failed as two that ended."""
        connections: int = self.nr_conns
        super().finish_request(conn, fs)
        self.nr_conns = max(self.nr_conns, connections - 1)
