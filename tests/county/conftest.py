"""A county of its own for every test, copied from one that the technician's tool has set up once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from county.store.database import Database
from provisioning.county_init import SAMPLE_TABLES, County, county_init
from sync.clock import SteeredClock, Steering, SystemClock
from sync.passwords import make_verifier
from tests.county.browser import Console
from tests.county.disaster import Disaster
from tests.county.hall import CLERKS, PASSWORD, Hall
from tests.county.kiosk_end import Kiosk
from tests.county.office import CountyOffice, grant_chain, open_office
from tests.county.village import COUNTY, LIUXI, NOON_MS, SHIQIAO


@pytest.fixture(scope="session")
def made_county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with county/ and gateway/ of the demo county, the way from the county to terminal 01 granted."""
    home = tmp_path_factory.mktemp("county")
    machine = SystemClock()
    steering = home / "clock.json"
    Steering(machine.wall_ms(), NOON_MS - 3_600_000).write(steering)
    county = County(COUNTY, "青山县", home / "county", home / "gateway", "127.0.0.1", 8443, SAMPLE_TABLES / COUNTY)
    county_init(county, SteeredClock(steering), machine, lambda _: None, steering)
    grant_chain(home / "county", LIUXI)
    return home


@pytest.fixture
def home(made_county: Path, tmp_path: Path) -> Path:
    """A copy of the demo county that a test may spoil."""
    shutil.copytree(made_county, tmp_path / "made")
    return tmp_path / "made"


@pytest.fixture
def office(home: Path) -> Iterator[CountyOffice]:
    """The county without its gateway."""
    made = open_office(home)
    yield made
    made.database.close()


@pytest.fixture
def liuxi(office: CountyOffice, tmp_path: Path) -> Iterator[Kiosk]:
    """The kiosk of 柳溪村, whose chain the county reads."""
    made = Kiosk(office, tmp_path / "liuxi", LIUXI).tell_desk_key()
    yield made
    made.close()


@pytest.fixture
def shiqiao(office: CountyOffice, tmp_path: Path) -> Iterator[Kiosk]:
    """The kiosk of another village of the county, up to date."""
    grant_chain(office.directory, SHIQIAO)
    made = Kiosk(office, tmp_path / "shiqiao", SHIQIAO).tell_desk_key()
    made.carry()
    yield made
    made.close()


@pytest.fixture(scope="session")
def hall(made_county: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A county whose console runs, for every test that leaves it running."""
    home = tmp_path_factory.mktemp("console") / "made"
    shutil.copytree(made_county, home)
    office = open_office(home)
    verifier = make_verifier(PASSWORD)
    for clerk in CLERKS:
        office.clerks.add(clerk, verifier, NOON_MS)
    console = Console(home)
    console.start()
    yield Hall(console, office)
    console.clean_up()
    office.database.close()


@pytest.fixture
def county(made_county: Path, tmp_path: Path) -> Iterator[Disaster]:
    """A copy of the demo county to which disasters happen: its gateway runs, its terminals are still to come."""
    shutil.copytree(made_county, tmp_path / "site")
    made = Disaster(tmp_path / "site")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def database(county: Disaster) -> Iterator[Database]:
    """The store of that county."""
    made = county.database()
    yield made
    made.close()
