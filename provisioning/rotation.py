"""`rotate-key`: a new opening or escrow key, under a new statement of the root.

The old key is kept: it opens what was sealed to it until `python -m county reseal` has sealed that again. The county
tells its terminals with its next start, and they seal to the new key at once; the gateway hands the new statement to
terminals that enrol after its own restart.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import Struct

from provisioning.county_init import READERS_LIFE_DAYS
from provisioning.homes import check_gateway
from provisioning.key_steps import RootStatement, load_key, load_opener
from provisioning.plan import carry_out
from provisioning.speech import Refused, Say, Sentence
from sync import county_config
from sync.clock import Clock
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.durable import sync_directory
from sync.gateway import config as gateway_config
from sync.key_files import KeyKind, create_key_file
from sync.keys import Purpose
from sync.sealing import KeyOpener


class Which(StrEnum):
    """Which of the two keys that open bodies."""

    OPENING = "opening"
    ESCROW = "escrow"


class _Files(Struct, frozen=True):
    key: str
    statement: str
    at_gateway: str
    purpose: Purpose


_FILES = {
    Which.OPENING: _Files(
        county_config.OPENING_KEY,
        county_config.OPENING_STATEMENT,
        gateway_config.OPENING_STATEMENT,
        Purpose.OPENING,
    ),
    Which.ESCROW: _Files(
        county_config.ESCROW_KEY, county_config.ESCROW_STATEMENT, gateway_config.ESCROW_STATEMENT, Purpose.ESCROW
    ),
}


def rotate(county_dir: Path, gateway_dir: Path, which: Which, clock: Clock, say: Say, *, lost: bool = False) -> None:
    """Replace a key that opens bodies. Raises Refused.

    A break on the way is mended by running it again, or `county-init`: the key is replaced at once, and a statement
    that is for another key is signed anew.

    Args:
        county_dir: the county's data directory, the root key in it.
        gateway_dir: the gateway's.
        which: the key.
        clock: dates the statements.
        say: where the sentences go.
        lost: the old key is not there any more; otherwise it has to be.
    """
    try:
        county = CountyConfig.load(county_dir).county
    except CountyConfigRefused as cause:
        raise Refused(f"{county_dir} 不是县的数据目录", str(cause)) from cause
    check_gateway(gateway_dir, county)
    names = _FILES[which]
    load_key(county_dir / county_config.ROOT_KEY)
    path = county_dir / names.key
    old = county_dir / county_config.OLD_KEYS_DIRECTORY
    old.mkdir(mode=0o700, exist_ok=True)
    if path.exists() and not lost:
        held = load_opener(path)
        # An old escrow key belongs back into its safe: the county's program reads what lies in the other directory.
        name = held.recipient.id.hex()
        _keep(held, path.with_name(f"escrow-key-{name}.pem") if which is Which.ESCROW else old / f"{name}.pem")
    elif not lost:
        raise Refused(f"没有 {path.name}；确实丢了请加 --lost", f"{path.name} is not there; say --lost if it is lost")
    fresh = path.with_name(path.name + ".fresh")
    fresh.unlink(missing_ok=True)
    create_key_file(fresh, KeyKind.X25519, X25519PrivateKey.generate().private_bytes_raw())
    fresh.replace(path)
    sync_directory(path.parent)
    title = Sentence("根对新密钥的声明", "the root's statement for the new key")
    carry_out(
        [
            RootStatement(
                statement,
                lambda: load_opener(path).recipient.public_key,
                county_dir / county_config.ROOT_KEY,
                names.purpose,
                f"urn:sunpoint:{county}:{names.purpose.value}",
                county,
                READERS_LIFE_DAYS,
                clock,
                title,
            )
            for statement in (county_dir / names.statement, gateway_dir / names.at_gateway)
        ],
        say,
    )


def _keep(key: KeyOpener, path: Path) -> None:
    if not path.exists():
        create_key_file(path, KeyKind.X25519, key.secret())
