"""The envelope of a bundle: whole or nothing, for one county and one key; and what people can do to a stick."""

from __future__ import annotations

import io
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.bundle.envelope import (
    CHUNK_BYTES,
    PREFACE_BYTES,
    BundleDamaged,
    BundleForAnotherKey,
    BundleMalformed,
    BundleOfAnotherCounty,
    BundleOfAnotherDirection,
    BundleRefused,
    BundleTooLarge,
    Direction,
    NotABundle,
    open_stream,
    seal_stream,
)
from sync.bundle.items import Item, ItemKind, read_items
from sync.bundle.stick import (
    StickFailed,
    StickGone,
    StickMissing,
    bundles,
    copy_from,
    is_another_medium,
    write_file,
)
from sync.sealing import KeyOpener
from tests.sync.village import SOURCES

COUNTY = "990101"
MINE = KeyOpener(X25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = KeyOpener(X25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
LIMIT = 1 << 22


def sealed(content: bytes) -> bytes:
    return b"".join(seal_stream(Direction.UP, COUNTY, MINE.recipient, [content]))


def opened(bundle: bytes, opener: KeyOpener = MINE, county: str = COUNTY, direction: Direction = Direction.UP) -> bytes:
    return b"".join(open_stream(io.BytesIO(bundle).read, direction, county, opener, LIMIT))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_what_goes_in_comes_out_whatever_its_size(size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert opened(sealed(content)) == content
    pieces = [content[at : at + 1000] for at in range(0, size, 1000)]
    assert opened(b"".join(seal_stream(Direction.UP, COUNTY, MINE.recipient, pieces))) == content


def test_a_bundle_is_only_for_its_county_its_direction_and_its_key() -> None:
    bundle = sealed(b"x")
    with pytest.raises(BundleOfAnotherCounty):
        opened(bundle, county="990102")
    with pytest.raises(BundleOfAnotherDirection):
        opened(bundle, direction=Direction.DOWN)
    with pytest.raises(BundleForAnotherKey):
        opened(bundle, opener=OTHER)
    with pytest.raises(NotABundle):
        opened(b"\xff\xd8\xff holiday.jpg" * 100)
    with pytest.raises(NotABundle):
        opened(b"")


def test_a_bundle_that_is_relabelled_for_another_county_does_not_open_there() -> None:
    bundle = sealed(b"x").replace(COUNTY.encode(), b"990102", 1)
    with pytest.raises(BundleDamaged):
        opened(bundle, county="990102")


def test_no_bundle_that_was_changed_or_cut_is_taken() -> None:
    chance = random.Random(20261123)
    content = chance.randbytes(2 * CHUNK_BYTES + 777)
    bundle = sealed(content)
    refused = 0
    for _ in range(1500):
        damaged = bytearray(bundle)
        match chance.randrange(4):
            case 0:
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            case 1:
                del damaged[chance.randrange(len(damaged)) :]
            case 2:
                damaged += chance.randbytes(chance.randint(1, 40))
            case _:
                at = chance.randrange(len(damaged))
                del damaged[at : at + chance.randint(1, 70_000)]
        with pytest.raises(BundleRefused):
            opened(bytes(damaged))
        refused += 1
    assert refused == 1500


def test_chunks_cannot_be_moved_repeated_or_left_out() -> None:
    whole = CHUNK_BYTES + 16
    bundle = sealed(bytes(3 * CHUNK_BYTES + 5))
    head, chunks = bundle[:PREFACE_BYTES], bundle[PREFACE_BYTES:]
    first, second, third, last = (chunks[at * whole : (at + 1) * whole] for at in range(4))
    assert opened(head + first + second + third + last)
    for order in (
        (second, first, third, last),
        (first, first, third, last),
        (first, third, last),
        (first, second, third),
        (last,),
        (first, second, last, third),
    ):
        with pytest.raises(BundleDamaged):
            opened(head + b"".join(order))


def test_a_bundle_larger_than_the_limit_is_refused_before_it_is_held() -> None:
    bundle = sealed(bytes(LIMIT))
    with pytest.raises(BundleTooLarge):
        opened(bundle)


def test_items_that_are_none_are_refused() -> None:
    good = Item(ItemKind.RELAY, b"x" * 100).encode()
    assert [each.kind for each in read_items([good[:7], good[7:] + good])] == [ItemKind.RELAY] * 2
    for stream in (good[:-1], b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", good[:4] + b"\xa0" * 104, good + b"\x00"):
        with pytest.raises(BundleMalformed):
            list(read_items([stream]))


# --- the stick -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scenario",
    [
        "a full stick is named, and the old file stays",
        "a stick that is read-only is named",
        "an empty place is no stick",
    ],
)
def test_a_medium_of_its_own_is_told_from_others_and_its_limits_are_named(tmp_path: Path, scenario: str) -> None:
    # In a mount namespace of its own. Root may make one anywhere; others need a user namespace with it, which there is
    # none of in a chroot. The stick is unmounted in the end: in a chroot mounts are seen outside.
    alone = ["unshare", "--mount", "--propagation", "unchanged"] if os.getuid() == 0 else ["unshare", "-Urm"]
    ran = subprocess.run(
        [*alone, sys.executable, "-m", "tests.sync.small_stick", scenario, str(tmp_path)],
        cwd=SOURCES, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "held\n"), ran.stderr


def test_a_file_too_large_for_the_file_system_is_a_full_stick(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from sync.bundle.stick import StickFull, write_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "try:\n"
        "    write_file(Path(sys.argv[1]), 'up.sun', (bytes(8192) for _ in range(100)))\n"
        "except StickFull:\n"
        "    print('full')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        cwd=SOURCES,
    )
    assert ran.stdout == "full\n", ran.stderr
    assert list(tmp_path.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_stick_that_is_pulled_out_while_it_is_written_is_named(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()

    def pieces() -> Iterator[bytes]:
        yield bytes(100)
        shutil.rmtree(stick)
        yield bytes(100)

    with pytest.raises(StickGone):
        write_file(stick, "up.sun", pieces())
    with pytest.raises(StickMissing):
        write_file(stick, "up.sun", [b"x"])
    with pytest.raises(StickMissing):
        bundles(stick)


def test_what_was_half_written_before_is_no_bundle_and_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "up.sun.part").write_bytes(sealed(b"half")[:50])
    assert bundles(tmp_path) == []
    write_file(tmp_path, "up.sun", [sealed(b"whole")])
    assert [path.name for path, _ in bundles(tmp_path)] == ["up.sun"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["up.sun"]


def test_other_files_and_folders_on_a_stick_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "song.sun").write_bytes(b"not ours")
    (tmp_path / "photos.sun").mkdir()
    (tmp_path / "empty.sun").touch()
    (tmp_path / "回执 (1).SUN").write_bytes(sealed(b"x"))
    assert [path.name for path, _ in bundles(tmp_path)] == ["回执 (1).SUN"]


def test_a_bundle_among_a_thousand_photographs_is_found(tmp_path: Path) -> None:
    for number in range(1_000):
        (tmp_path / f"IMG_{number:04}.JPG").touch()
    (tmp_path / "sunpoint-down.sun").write_bytes(sealed(b"x"))
    assert [path.name for path, _ in bundles(tmp_path)] == ["sunpoint-down.sun"]


def test_of_more_bundles_than_are_looked_at_the_newest_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.bundle.stick.FILES_LOOKED_AT_MAX", 3)
    for age in range(6):
        (tmp_path / f"{age}.sun").write_bytes(sealed(b"x"))
        os.utime(tmp_path / f"{age}.sun", (1_000_000 - age, 1_000_000 - age))
    assert [path.name for path, _ in bundles(tmp_path)] == ["0.sun", "1.sun", "2.sun"]
    monkeypatch.setattr("sync.bundle.stick.NAMES_LOOKED_AT_MAX", 2)
    assert len(bundles(tmp_path)) == 2


def test_links_and_pipes_on_a_stick_are_neither_followed_nor_waited_for(tmp_path: Path) -> None:
    elsewhere, medium = tmp_path / "elsewhere.sun", tmp_path / "stick"
    elsewhere.write_bytes(sealed(b"on the machine's own disk"))
    medium.mkdir()
    (medium / "link.sun").symlink_to(elsewhere)
    os.mkfifo(medium / "pipe.sun")
    assert bundles(medium) == []
    with pytest.raises(StickFailed):
        copy_from(medium / "link.sun", tmp_path / "copy")
    copy_from(medium / "pipe.sun", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b""


def test_a_file_that_is_too_large_is_not_copied_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "bomb.sun").write_bytes(bytes(1000))
    copy_from(tmp_path / "bomb.sun", tmp_path / "copy", bytes_max=100)
    assert (tmp_path / "copy").stat().st_size == 101
    with pytest.raises(StickFailed):
        copy_from(tmp_path / "gone.sun", tmp_path / "copy")


def test_the_system_s_own_disk_is_no_stick_also_where_the_data_has_another_partition() -> None:
    with tempfile.TemporaryDirectory(prefix="sunpoint-partition-", dir="/dev/shm") as partition:
        assert not is_another_medium(Path("/"), Path(partition))
