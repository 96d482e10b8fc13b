"""`county-recover`: the county's log was put back from an old backup, and the root says that it may go on.

Run where the root key is, with the gateway stopped and its store already put back. The gateway takes the recovery up
when it is started again, and terminals that have seen a longer log go on only then.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from provisioning.key_steps import load_key
from provisioning.speech import Refused
from sync import county_config
from sync.clock import Clock
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.durable import replace_file
from sync.gateway import config as gateway_config
from sync.gateway.config import GatewayConfig, GatewayConfigRefused
from sync.gateway.store import Store, StoreUnavailable
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.store.tree_growth import NO_TREE
from sync.keys import Trust
from sync.lock import HeldElsewhere, ProcessLock
from sync.protocol.recovery import Begun, Kept, Recovery, RecoveryRefused, recovery_after, verify_recovery


class PutBack(Struct, frozen=True):
    """What is to be recovered.

    Attributes:
        county_dir: the county's data directory, the root key in it.
        gateway_dir: the gateway's, its store put back.
        last_epoch: an epoch that the log may have been in when it was lost, as the doctor of any terminal says it;
            1 where no earlier recovery can have been lost.
    """

    county_dir: Path
    gateway_dir: Path
    last_epoch: int = 1


def recover(wanted: PutBack, clock: Clock) -> Begun:
    """Sign the recovery, lay it where county and gateway find it, and return what begins. Raises Refused."""
    try:
        county = CountyConfig.load(wanted.county_dir)
        trust = county.trust(wanted.county_dir)
        config = GatewayConfig.load(wanted.gateway_dir)
    except (CountyConfigRefused, GatewayConfigRefused) as cause:
        raise Refused("县或网关的数据目录不能用", str(cause)) from cause
    if config.county != county.county:
        raise Refused(f"网关属于另一个县（{config.county}）", f"the gateway is of county {config.county}")
    root = load_key(wanted.county_dir / county_config.ROOT_KEY)
    try:
        lock = ProcessLock(wanted.gateway_dir / "gateway.lock")
    except HeldElsewhere as cause:
        raise Refused("网关还在运行，请先停下", "the gateway is running; stop it first") from cause
    try:
        epoch, standing = _standing(wanted.gateway_dir, config)
        recovery = recovery_after(
            _known(wanted, trust), county.county, epoch, standing, clock.wall_ms(), wanted.last_epoch
        )
        message = recovery.sign(root)
        for path in (wanted.county_dir / county_config.RECOVERY, wanted.gateway_dir / gateway_config.RECOVERY):
            replace_file(path, message, mode=0o644)
    except RecoveryRefused as cause:
        raise Refused("不能再恢复", str(cause)) from cause
    finally:
        lock.release()
    return recovery.newest


def _standing(gateway_dir: Path, config: GatewayConfig) -> tuple[int, Kept]:
    """Return the epoch and the log of the store as it was put back; an empty log when nothing was left."""
    try:
        store = _open_store(gateway_dir, config)
        try:
            held = store.checkpoint() or NO_TREE
        finally:
            store.close()
    except StoreUnavailable as cause:
        raise Refused("网关的库打不开，请先恢复备份", str(cause)) from cause
    return held.epoch, Kept(held.size, held.root)


def _open_store(gateway_dir: Path, config: GatewayConfig) -> Store:
    if config.store is None:
        return SqliteStore(gateway_dir / gateway_config.STORE_FILE)
    # psycopg needs the system's libpq, which a county on a file does not have.
    from sync.gateway.store.postgres import PostgresStore  # noqa: PLC0415 - see above

    return PostgresStore(config.store)


def _known(wanted: PutBack, trust: Trust) -> Recovery | None:
    """Return the newest earlier recovery that either directory still has. Raises RecoveryRefused."""
    paths = (wanted.county_dir / county_config.RECOVERY, wanted.gateway_dir / gateway_config.RECOVERY)
    found = [verify_recovery(path.read_bytes(), trust) for path in paths if path.exists()]
    return max(found, key=lambda each: each.newest.epoch, default=None)
