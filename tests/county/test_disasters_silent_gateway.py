"""A running gateway whose key runs out, or whose clock is years off, claims nothing; put right, it goes on."""

from __future__ import annotations

import hashlib

from county.store.database import Database
from provisioning.county_init import county_keys
from provisioning.line_findings import line_findings
from provisioning.plan import carry_out
from sync import county_config
from sync.clock import SteeredClock, Steering, SystemClock
from sync.gateway import config as gateway_config
from sync.keyring import Keyring
from sync.keys import FileSigner, Purpose
from sync.protocol.revocations import Revocations, Revoked
from sync.transport.line_state import LineFault
from tests.county.disaster import Disaster, Point
from tests.county.village import COUNTY

YEAR_MS = 365 * 24 * 3600 * 1000


def check_is_told(county: Disaster, point: Point) -> None:
    """A record was written, it is not claimed to be at the county, and technicians at both ends are told why."""
    stood = point.acknowledged()
    point.write()
    assert point.sync().returncode == 1
    assert point.said.line().fault is LineFault.NOT_VOUCHED
    assert point.acknowledged() == stood
    [said] = [sentence for is_trouble, sentence in line_findings(point.data) if is_trouble]
    assert "网关的回执密钥过期了，或者网关的时钟不对" in str(said)
    database = Database(county.county_dir / "county.db", Keyring([]))
    courier = county.courier(database)
    assert not courier.exchange()
    assert "网关的回执密钥不在有效期内" in courier.status().problem
    database.close()


def test_a_gateway_whose_key_has_run_out_or_whose_clock_is_years_off_acknowledges_nothing_until_it_is_put_right(
    county: Disaster,
) -> None:
    system, file = SystemClock(), county.home / "clock.json"
    real_ms = system.wall_ms()
    Steering(real_ms, real_ms).write(file)
    clock = SteeredClock(file, system)
    county.stop()
    county.start(file)
    point = county.point()
    point.write(2)
    assert point.sync().returncode == 0
    for years in (-12, 2):
        Steering(real_ms, real_ms + years * YEAR_MS).write(file)
        check_is_told(county, point)
    assert county.log().count("nothing is acknowledged") == 1, "the log says one thing again and again"
    assert county.log().count("renew it with county-init") >= 1
    assert len(county.feed()) == 1, "stored what it did not acknowledge"
    # The root's next word for the same key; nobody starts the gateway anew.
    carry_out(county_keys(county.county, clock, system), lambda _: None)
    assert point.sync().returncode == 0
    assert point.acknowledged() == point.journal.head().seq
    assert point.evidence() == [], "a checkpoint was signed at a time that was none"
    assert county.log().count("acknowledging again") == 1

    key = FileSigner.load(county.gateway_dir / gateway_config.ACKNOWLEDGEMENT_KEY).public_key
    ended = Revoked(Purpose.ACKNOWLEDGE.value, hashlib.sha256(key).digest(), real_ms)
    root = FileSigner.load(county.county_dir / county_config.ROOT_KEY)
    listed = Revocations(COUNTY, 1, real_ms, (ended,)).sign(root)
    (county.gateway_dir / gateway_config.REVOCATIONS).write_bytes(listed)
    check_is_told(county, point)
    assert "the county has revoked this key" in county.log()
    for name in (gateway_config.ACKNOWLEDGEMENT_KEY, gateway_config.ACKNOWLEDGEMENT_STATEMENT):
        (county.gateway_dir / name).unlink()
    carry_out(county_keys(county.county, clock, system), lambda _: None)
    assert point.sync().returncode == 0, "the next key is not taken up by a running gateway"
    assert point.acknowledged() == point.journal.head().seq
    assert county.log().count("acknowledging again") == 2
