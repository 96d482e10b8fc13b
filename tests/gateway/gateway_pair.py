"""Two gateways of one county on one database: the same keys, each with a directory of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from provisioning.stage import ENDS_WITH_PARENT
from sync.gateway import config as files
from tests.gateway.county_site import Site

READY_S = 30.0


def configure(site: Site, **entries: object) -> None:
    """Change what gateway.json says."""
    path = site.gateway_dir / files.FILE_NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def make_pair(home: Path, store: str) -> tuple[Site, Site]:
    """Both are set up and not started."""
    first = Site(home / "first")
    configure(first, store=store)
    second = Site(home / "second")
    shutil.rmtree(second.home)
    shutil.copytree(first.home, second.home)
    configure(second, listen=f"127.0.0.1:{second.port}")
    return first, second


class Proxy:
    """A real nginx with the configuration that is shipped, before gateways that listen on Unix sockets."""

    def __init__(self, home: Path, shipped: Path, sites: tuple[Site, Site]) -> None:
        self.home = home
        self.sites = sites
        self.process: subprocess.Popen[bytes] | None = None
        self.sockets = [home / f"gateway-{number}.sock" for number in (1, 2)]
        keys = sites[0].gateway_dir / "keys"
        text = shipped.read_text("utf-8")
        for named, here in (
            ("/run/sunpoint/", f"{home}/"),
            ("listen 8443 ssl", f"listen 127.0.0.1:{sites[0].port} ssl"),
            ("/etc/sunpoint/", f"{keys}/"),
            ("/var/log/nginx/", f"{home}/"),
        ):
            assert named in text, named
            text = text.replace(named, here)
        temporary = "".join(
            f"{kind}_temp_path {home}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if Path("/proc/self").owner() == "root" else ""
        (home / "nginx.conf").write_text(
            f"{user} daemon off; pid {home}/nginx.pid; worker_processes 1; error_log {home}/nginx.log;\n"
            f"events {{ worker_connections 128; }}\nhttp {{\n{temporary}{text}\n}}\n",
            "utf-8",
        )

    def start(self) -> None:
        """Start the gateways, then nginx."""
        for number in (0, 1):
            self.start_gateway(number)
        log = (self.home / "nginx.out").open("ab")
        self.process = subprocess.Popen(
            [*ENDS_WITH_PARENT, "nginx", "-p", str(self.home), "-c", str(self.home / "nginx.conf")],
            stdout=log, stderr=log,
        )  # fmt: skip
        log.close()
        self.wait_for((self.home / "nginx.pid").exists)

    def start_gateway(self, number: int) -> None:
        """Start one on its socket."""
        site = self.sites[number]
        self.sockets[number].unlink(missing_ok=True)
        command = [*ENDS_WITH_PARENT, sys.executable, "-m", "sync.gateway", "--data", str(site.gateway_dir)]
        with (site.home / "gateway.log").open("ab") as log:
            site.process = subprocess.Popen(
                [*command, "--listen", f"unix:{self.sockets[number]}"], stdout=log, stderr=log, start_new_session=True
            )
        self.wait_for(lambda: self.sockets[number].exists() and "gateway of county" in site.log())

    def stop(self) -> None:
        """End everything."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
        for site in self.sites:
            site.stop()

    def wait_for(self, reached: Callable[[], object]) -> None:
        """Wait until it is so."""
        until = time.monotonic() + READY_S
        while not reached():
            assert time.monotonic() < until, self.told()
            time.sleep(0.05)

    def told(self) -> str:
        """All logs there are."""
        logs = [self.home / "nginx.out", self.home / "nginx.log", *(site.home / "gateway.log" for site in self.sites)]
        return "\n".join(log.read_text("utf-8") for log in logs if log.exists())
