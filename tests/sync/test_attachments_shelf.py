"""Where a terminal keeps its sealed attachments."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sync.attachments.sealed import Sealed, seal
from sync.attachments.shelf import AttachmentShelf, DiskNearlyFull, QuotaUsedUp


def sealed(number: int, size: int = 100) -> Sealed:
    return seal(bytes([number]) * size, bytes([number]) * 32)


@pytest.fixture
def shelf(tmp_path: Path) -> AttachmentShelf:
    return AttachmentShelf(tmp_path / "attachments", quota_bytes=1_000, free_bytes_least=0)


def test_what_is_put_down_is_there_under_its_digest_and_for_nobody_else(shelf: AttachmentShelf) -> None:
    one = sealed(1)
    shelf.put(one)
    path = shelf.path(one.digest)
    assert path.read_bytes() == one.content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    shelf.put(one)
    assert shelf.used_bytes() == len(one.content)


def test_the_quota_is_of_all_together_and_what_is_here_stays(shelf: AttachmentShelf) -> None:
    for number in range(1, 9):
        shelf.put(sealed(number))
    with pytest.raises(QuotaUsedUp):
        shelf.put(sealed(9))
    assert shelf.used_bytes() == 8 * 116
    shelf.remove(sealed(1).digest)
    shelf.put(sealed(9))


def test_room_on_the_disk_is_left_for_records(tmp_path: Path) -> None:
    shelf = AttachmentShelf(tmp_path / "attachments", free_bytes_least=1 << 60)
    with pytest.raises(DiskNearlyFull):
        shelf.put(sealed(1))
    assert shelf.used_bytes() == 0


def test_what_nothing_names_and_what_a_power_cut_left_is_swept_and_nothing_else(shelf: AttachmentShelf) -> None:
    kept, orphan = sealed(1), sealed(2)
    shelf.put(kept)
    shelf.put(orphan)
    directory = shelf.path(kept.digest).parent
    (directory / (sealed(3).digest.hex() + ".new")).write_bytes(b"half")
    (directory / "a technician's note").write_bytes(b"not ours")
    assert shelf.sweep({kept.digest}) == 2
    assert sorted(each.name for each in directory.iterdir()) == sorted([kept.digest.hex(), "a technician's note"])


def test_an_empty_shelf_is_swept_and_asked_without_being_made(shelf: AttachmentShelf) -> None:
    assert (shelf.used_bytes(), shelf.sweep(set())) == (0, 0)
    shelf.remove(sealed(1).digest)
