"""One county with a running gateway for all tests that leave it running, and one of its own for those that do not.

And what the stores' contract runs on: a file, and a database of a PostgreSQL of the tests' own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.gateway.store import Store
from sync.keys import FileSigner
from tests.gateway.county_site import Site, Writer
from tests.gateway.postgres_cluster import Cluster
from tests.gateway.store_ground import TERMINAL, Ground, PostgresGround, SqliteGround, enrol, open_store


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("county"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """For tests that leave it running and configured as it is."""
    made = Cluster()
    yield made
    made.stop()


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """For tests that kill or configure it."""
    made = Cluster()
    yield made
    made.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    """Where the store of the test is; each test runs on both."""
    if request.param == "sqlite":
        return SqliteGround(tmp_path / "gateway.db")
    return PostgresGround(request.getfixturevalue("cluster"))


@pytest.fixture
def store(ground: Ground) -> Iterator[Store]:
    made = open_store(ground.where)
    yield made
    made.close()


@pytest.fixture
def writer(tmp_path: Path, store: Store) -> Writer:
    """A terminal that the store takes records of."""
    made = Writer(FileSigner.create(tmp_path / "record.pem"))
    enrol(store, made, TERMINAL, FileSigner.create(tmp_path / "county.pem"))
    return made
