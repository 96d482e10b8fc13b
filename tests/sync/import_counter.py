"""An import page of a village's county: its directory, its process, and somebody of the township at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import requests

from sync.import_page import config as files
from sync.import_page.config import ImportPageConfig, add_member
from sync.keys import FileSigner
from sync.peer_name import PeerName, PeerRole
from tests.sync.village import COUNTY, Village, program

PASSWORD = "qingshan-import"


def make_page(village: Village, gateway_url: str) -> Path:
    """What `import-page-init` and `user-add` leave behind."""
    data = village.home / "import-page"
    (data / "keys").mkdir(parents=True, exist_ok=True)
    key = FileSigner.create(data / files.TLS_KEY)
    pem = village.certificate(key.public_key, PeerName(COUNTY, PeerRole.IMPORT))
    (data / files.TLS_CERTIFICATE).write_bytes(pem)
    root = (village.terminal / "keys" / "root-certificate.pem").read_bytes()
    (data / files.ROOT_CERTIFICATE).write_bytes(root)
    ImportPageConfig(COUNTY, "青山镇便民服务中心", gateway_url).save(data)
    add_member(data, "zhou", "周敏", PASSWORD)
    return data


@contextmanager
def running_page(data: Path) -> Iterator[str]:
    """Run the real page; yields its address."""
    with program("sync.import_page", "--data", str(data), "--listen", "127.0.0.1:0") as process:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(r"(http://\S+)/$", line.strip())
            if found:
                yield found[1]
                return
        raise AssertionError("the import page did not start")


@dataclass
class Visitor:
    """Somebody at the page, without scripts."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=30)

    def post(self, path: str, files_: list[tuple[str, bytes]] | None = None, **fields: str) -> requests.Response:
        sent = [("bundle", (name, content)) for name, content in files_ or []]
        return self.session.post(self.url + path, data=fields, files=sent or None, timeout=60)

    def csrf(self, path: str = "/") -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(path).text)
        assert found is not None
        return found[1]

    def log_in(self, name: str = "zhou", password: str = PASSWORD) -> requests.Response:
        return self.post("/login", csrf=self.csrf("/login"), name=name, password=password)

    def bring(self, *files_: tuple[str, bytes]) -> str:
        """Bring files and return what the page says, in one line."""
        return words(self.post("/import", list(files_), csrf=self.csrf()))

    def fetch(self, page: str) -> list[bytes]:
        """Download every answer that the last page offers."""
        return [self.get(path).content for path in re.findall(r'href="(/visits/[^"]+/\d+)"', page)]


def words(answer: requests.Response) -> str:
    """What a reader sees of a page."""
    body = answer.text.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
