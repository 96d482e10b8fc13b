"""Gateways, as programs, whose store is a database: shared by two of them, away, killed, and named wrongly."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.gateway import config as files
from sync.gateway.config import GatewayConfig
from sync.protocol.segment import decode_segment
from tests.gateway.county_site import Box, Site, push, segments_of, stream_of
from tests.gateway.gateway_pair import configure, make_pair
from tests.gateway.postgres_cluster import Cluster

START_S = 30


@pytest.fixture
def pair(tmp_path: Path, own_cluster: Cluster) -> Iterator[tuple[Site, Site]]:
    first, second = make_pair(tmp_path, own_cluster.new_place())
    first.start()
    second.start()
    yield first, second
    first.stop()
    second.stop()


def at(site: Site, box: Box) -> Box:
    """The same box, on its line to another gateway."""
    box.site = site
    return box


def test_a_terminal_goes_on_at_the_other_gateway_of_its_county(pair: tuple[Site, Site]) -> None:
    first, second = pair
    box = first.enrol_box()
    assert box.push(box.writer.write(60)).acknowledged.link.seq == 60
    answer = at(second, box).push([*box.writer.records[50:], *box.writer.write(5)])
    assert (answer.status, answer.acknowledged.link) == (200, box.writer.link)
    assert at(first, box).head().link == box.writer.link
    segments = [decode_segment(relay.segment) for relay in second.feed()]
    fed = [record.header.seq for each in segments for record in each.open(box.records.public_key)]
    assert fed == list(range(1, 66))
    assert first.feed() == second.feed()
    assert not (first.gateway_dir / files.STORE_FILE).exists()


def test_a_database_that_dies_under_load_is_told_of_and_nothing_answered_is_lost(
    pair: tuple[Site, Site], own_cluster: Cluster
) -> None:
    first, second = pair
    box = first.enrol_box()
    box.push(box.writer.write(10))
    own_cluster.kill()
    refused = push(second, box.context, stream_of(box.writer.write(10)[-10:]))
    assert (refused.status, refused.refusal) == (503, "store-unavailable")
    own_cluster.start()
    # Segment by segment, alternating: whoever comes back first.
    for turn, segment in enumerate(segments_of(box.writer.records, 4)):
        records = list(segment.open(box.records.public_key))
        assert at(pair[turn % 2], box).push(records).status == 200
    assert box.head().link == box.writer.link
    told = first.log() + second.log()
    assert "cannot be reached" in told
    assert "Traceback" not in told


def start_refused(gateway: Path) -> str:
    """What a gateway says that does not start."""
    command = [sys.executable, "-m", "sync.gateway", "--data", str(gateway), "--listen", "127.0.0.1:0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_S, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_gateway_whose_database_is_away_does_not_start_and_says_where_it_looked(tmp_path: Path) -> None:
    site = Site(tmp_path)
    configure(site, store=f"postgresql://gateway@/sunpoint?host={tmp_path}")
    told = start_refused(site.gateway_dir)
    assert told.startswith(f"the gateway does not start: the database sunpoint at {tmp_path} cannot be reached:")


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ("postgresql://gateway:geheim@db/sunpoint", "may not hold a password"),
        ("postgresql://gateway@db/sunpoint?password=geheim", "may not hold a password"),
        ("postgresql://gateway@db/sunpoint?sslpassword=geheim", "may not hold a password"),
        ("mysql://gateway:geheim@db/sunpoint", "is not a postgresql:// address"),
        ("postgresql://[geheim/sunpoint", "is not a postgresql:// address"),
        ("geheim", "is not a postgresql:// address"),
        (7, "is not a postgresql:// address"),
    ],
)
def test_a_store_that_is_named_wrongly_is_refused_without_repeating_it(
    tmp_path: Path, store: object, says: str
) -> None:
    site = Site(tmp_path)
    configure(site, store=store)
    told = start_refused(site.gateway_dir)
    assert says in told
    assert "geheim" not in told


def test_the_choice_of_a_database_survives_saving(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert GatewayConfig.load(site.gateway_dir).store is None
    configure(site, store="postgresql://gateway@db1,db2/sunpoint?passfile=/etc/sunpoint/pgpass")
    held = GatewayConfig.load(site.gateway_dir)
    held.save(site.gateway_dir)
    assert GatewayConfig.load(site.gateway_dir) == held
    assert held.store is not None
