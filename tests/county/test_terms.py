"""What ends soon at the gateway stands at the foot of the county's console, a month before it does."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding
from msgspec.structs import replace

from county.store.clerks import ClerkBook
from county.terms import ending_soon
from provisioning.key_steps import load_issuer
from sync import county_config
from sync.certificates import DAY_MS, SERVER_LIFE_DAYS, issue
from sync.clock import Steering, SystemClock
from sync.gateway import config as files
from sync.keys import FileSigner, Purpose
from sync.passwords import make_verifier
from sync.peer_name import PeerName, PeerRole
from tests.county.browser import Console
from tests.county.disaster import Disaster
from tests.county.hall import PASSWORD
from tests.county.office import SUPERVISOR
from tests.county.village import COUNTY, NOON_MS
from tests.gateway.test_segments import wait_until


def end_soon(county: Disaster) -> None:
    """The gateway's certificate has ten days to go, the statement for its acknowledgements twenty."""
    home = county.gateway_dir
    issuer = load_issuer(home / files.ISSUER_KEY, home / files.AUTHORITIES)
    key = FileSigner.load(home / files.SERVER_KEY).private_key.public_key()
    made_ms = NOON_MS - (SERVER_LIFE_DAYS - 11) * DAY_MS
    own = issue(issuer, key, PeerName(COUNTY, PeerRole.GATEWAY), made_ms, ["127.0.0.1"])
    (home / files.SERVER_CERTIFICATES).write_bytes(own + issuer.certificate.public_bytes(Encoding.PEM))
    path = home / files.ACKNOWLEDGEMENT_STATEMENT
    held = county.trust.check(path.read_bytes(), Purpose.ACKNOWLEDGE, at_ms=None)
    root = FileSigner.load(county.county_dir / county_config.ROOT_KEY)
    path.write_bytes(replace(held, not_before_ms=0, not_after_ms=NOON_MS + 20 * DAY_MS).sign(root))


def test_the_foot_of_every_page_says_what_ends_soon_at_the_gateway_and_what_to_do(county: Disaster) -> None:
    county.stop()
    end_soon(county)
    clock = county.home / "gateway-clock.json"
    Steering(SystemClock().wall_ms(), NOON_MS).write(clock)
    county.start(clock)
    point = county.point()
    point.write(1)
    assert point.sync().returncode == 0
    database = county.database()
    ClerkBook(database).add(SUPERVISOR, make_verifier(PASSWORD), NOON_MS)
    database.close()
    console = Console(county.home)
    console.start()
    try:
        browser = console.browser()
        assert browser.log_in(SUPERVISOR.name, PASSWORD).status == 303
        wait_until(lambda: "外网网关正常" in browser.get("/").words)
        words = browser.get("/").words
    finally:
        console.clean_up()
    assert "网关证书 2026-12-03 到期，请在网关上做 renew-certificate" in words
    assert "网关的回执密钥 2026-12-13 到期，过期后什么也收不下，请做 county-init" in words
    assert "the statement for the acknowledgement key ends on 2026-12-13" in county.log()


def test_nothing_is_said_of_what_lasts_longer_than_a_month_and_what_has_ended_is_said_so() -> None:
    month_ms = 30 * DAY_MS
    assert ending_soon(None, None, NOON_MS) == ""
    assert ending_soon(NOON_MS + month_ms + 1, NOON_MS + month_ms + 1, NOON_MS) == ""
    assert ending_soon(NOON_MS + month_ms, None, NOON_MS).startswith("网关证书 2026-12-23 到期")
    assert ending_soon(NOON_MS - DAY_MS, None, NOON_MS).startswith("网关证书已于 2026-11-22 到期")
