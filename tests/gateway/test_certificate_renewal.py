"""The gateway's certificate ends, is renewed under load, and is judged by openssl: no request is lost to it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path
from typing import Self

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.__main__ import main as provisioning
from sync.certificates import DAY_MS, SERVER_LIFE_DAYS, issue
from sync.clock import SystemClock
from sync.gateway import config as files
from sync.keys import FileSigner
from sync.peer_name import PeerName, PeerRole
from tests.gateway.county_site import COUNTY, Box, Site, stream_of
from tests.gateway.test_segments import wait_until
from tests.gateway.test_who_asks import issuer_of


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.stop()


def put_certificate(site: Site, days_left: int) -> bytes:
    """Let the gateway have a certificate of its authority with so many days to go, and return it as PEM."""
    issuer = issuer_of(site)
    key = FileSigner.load(site.gateway_dir / files.SERVER_KEY).private_key.public_key()
    made_ms = SystemClock().wall_ms() - (SERVER_LIFE_DAYS - 1 - days_left) * DAY_MS
    own = issue(issuer, key, PeerName(COUNTY, PeerRole.GATEWAY), made_ms, ["127.0.0.1"])
    (site.gateway_dir / files.SERVER_CERTIFICATES).write_bytes(own + issuer.certificate.public_bytes(Encoding.PEM))
    return own


def openssl(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, timeout=20, check=False)


def seen_by_openssl(site: Site) -> tuple[bool, str, bytes]:
    """Whether openssl verifies the gateway, dates and all, what it says to that, and the certificate it was shown."""
    root = str(site.county_dir / "keys/authorities.pem")
    address = f"127.0.0.1:{site.port}"
    ran = openssl("s_client", "-connect", address, "-CAfile", root, "-verify_ip", "127.0.0.1", "-verify_return_error")
    shown = openssl("x509", "-outform", "PEM", given=openssl("s_client", "-connect", address).stdout).stdout
    return ran.returncode == 0, (ran.stdout + ran.stderr).decode(), shown


def lasts(certificate: bytes, days: int) -> bool:
    return openssl("x509", "-noout", "-checkend", str(days * 86_400), given=certificate).returncode == 0


class Load:
    """A terminal that sends one record after the other, each on a connection of its own, until it is left."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.statuses: list[int] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._done.is_set():
            try:
                self.statuses.append(self.box.push(self.box.writer.write()).status)
            except Exception:
                self.statuses.append(0)
                raise

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: len(self.statuses) >= 3)
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(30)


def test_a_certificate_near_its_end_is_told_of_and_renewed_under_load_without_a_lost_request(stopped: Site) -> None:
    site = stopped
    old = put_certificate(site, days_left=10)
    assert lasts(old, 9)
    assert not lasts(old, 11)
    site.start()
    assert site.log().count("the gateway's certificate ends on") == 1
    box, slow = site.enrol_box(), site.enrol_box()
    stream = stream_of(slow.writer.write(40), records_max=10)
    begun = HTTPSConnection("127.0.0.1", site.port, timeout=20, context=slow.context)
    begun.putrequest("POST", "/v1/segments")
    begun.putheader("Content-Length", str(len(stream)))
    begun.endheaders(stream[: len(stream) // 2])
    with Load(box) as load:
        assert seen_by_openssl(site)[2] == old
        before = len(load.statuses)
        assert provisioning(["renew-certificate", "--gateway-dir", str(site.gateway_dir)]) == 0
        wait_until(lambda: len(load.statuses) >= before + 5)
    begun.send(stream[len(stream) // 2 :])
    assert begun.getresponse().status == 200, "a request that was under way was lost"
    begun.close()
    assert set(load.statuses) == {200}
    assert box.head().link.seq == len(load.statuses)
    verified, said, new = seen_by_openssl(site)
    assert verified, said
    assert lasts(new, 1000)
    assert site.log().count("was renewed") == 1
    assert site.log().count("the gateway's certificate ends on") == 1, "said twice in a day"
    # Not due any more: nothing is changed, unless somebody insists.
    assert provisioning(["renew-certificate", "--gateway-dir", str(site.gateway_dir)]) == 0
    assert seen_by_openssl(site)[2] == new
    assert provisioning(["renew-certificate", "--gateway-dir", str(site.gateway_dir), "--now"]) == 0
    assert seen_by_openssl(site)[2] not in (old, new)


def test_a_certificate_that_has_ended_keeps_no_terminal_away_and_a_spoiled_one_is_not_taken_up(stopped: Site) -> None:
    site = stopped
    ended = put_certificate(site, days_left=-3)
    site.start()
    assert "the gateway's certificate has ended on" in site.log()
    verified, said, shown = seen_by_openssl(site)
    assert (verified, shown) == (False, ended)
    assert "certificate has expired" in said, "openssl does not judge what this is about"
    box = site.enrol_box()
    assert box.push(box.writer.write(2)).status == 200
    path = site.gateway_dir / files.SERVER_CERTIFICATES
    for spoiled in (b"no certificate", ended[: len(ended) // 2]):
        path.write_bytes(spoiled)
        assert box.push(box.writer.write(1)).status == 200
    path.unlink()
    assert box.push(box.writer.write(1)).status == 200
    assert site.log().count("the old one is kept") == 3
    assert provisioning(["renew-certificate", "--gateway-dir", str(site.gateway_dir)]) == 1, "for which hosts?"
    put_certificate(site, days_left=300)
    verified, said, _ = seen_by_openssl(site)
    assert verified, said


def test_renewing_elsewhere_than_at_a_gateway_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert provisioning(["renew-certificate", "--gateway-dir", str(tmp_path)]) == 1
    assert "不是网关的数据目录" in capsys.readouterr().err
