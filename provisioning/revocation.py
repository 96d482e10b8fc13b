"""`revoke-key`: a key or certificate that was stolen is ended before its statement is, by the root's signed list.

Run where the root key is. The list is laid into the county's and the gateway's directory, which heed it at once and
hand it to terminals by line and by stick. What was in use under the revoked key is put aside, so that `county-init`
makes the next one; a key that opens bodies is replaced with `rotate-key` before, for the old one still has to open.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct

from provisioning.key_steps import load_key, load_opener
from provisioning.speech import Refused
from sync import county_config
from sync.certificates import CertificateRefused, read_chain
from sync.clock import Clock
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.durable import sync_directory
from sync.gateway import config as gateway_config
from sync.gateway.config import GatewayConfig, GatewayConfigRefused
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, Purpose, StatementRefused, Trust
from sync.model.moment import COUNTY_TIME
from sync.protocol.revocations import TLS, Revocations, RevocationsRefused, Revoked, nothing_revoked
from sync.revocation_file import RevocationFile
from sync.sealing import KeyOpener

_FINGERPRINT = re.compile(r"[0-9a-fA-F]{64}")


class What(StrEnum):
    """What kind of key or certificate is revoked: the purpose of its entry in the list."""

    ACK = Purpose.ACKNOWLEDGE.value
    PACKS = Purpose.PACKS.value
    COUNTY_CHAIN = Purpose.COUNTY_CHAIN.value
    OPENING = Purpose.OPENING.value
    ESCROW = Purpose.ESCROW.value
    STICK = Purpose.STICK.value
    TLS = TLS


class ToRevoke(Struct, frozen=True):
    """What is to be revoked.

    Attributes:
        county_dir: the county's data directory, the root key in it.
        gateway_dir: the gateway's.
        what: which kind.
        key: a statement, a private key or a certificate as a file, or the SHA-256 of the raw public key (of the
            certificate in DER) in 64 hexadecimal digits; None: the one in use, where there is only one of its kind.
        since_ms: from when on it is not believed, milliseconds since 1970 UTC.
    """

    county_dir: Path
    gateway_dir: Path
    what: What
    key: str | None
    since_ms: int


class Ended(Struct, frozen=True):
    """What was done: the number of the list, the digest in it, and which files were put aside."""

    number: int
    digest: bytes
    put_aside: tuple[Path, ...]


def since_of(text: str | None, clock: Clock) -> int:
    """Read a county time like 2026-11-22 or 2026-11-22T09:30; None is now. Raises Refused."""
    now_ms = clock.wall_ms()
    if text is None:
        return now_ms
    try:
        said = datetime.fromisoformat(text)
        since_ms = int((said if said.tzinfo else said.replace(tzinfo=COUNTY_TIME)).timestamp() * 1000)
    except (ValueError, OverflowError) as cause:
        raise Refused(f"时间写法不对：{text}，例如 2026-11-22T09:30", f"{text!r} is no time") from cause
    if not 0 <= since_ms <= now_ms:
        raise Refused(f"时间不能晚于现在：{text}", "a key is revoked from now or from earlier on, not from later")
    return since_ms


def revoke_key(wanted: ToRevoke, clock: Clock) -> Ended:
    """Sign the next list, lay it where county and gateway find it, and put aside what was in use. Raises Refused.

    A break on the way is mended by running it again: what the list says already is not said twice.
    """
    try:
        config = CountyConfig.load(wanted.county_dir)
        trust = config.trust(wanted.county_dir)
        gateway = GatewayConfig.load(wanted.gateway_dir)
    except (CountyConfigRefused, GatewayConfigRefused) as cause:
        raise Refused("县或网关的数据目录不能用", str(cause)) from cause
    if gateway.county != config.county:
        raise Refused(f"网关属于另一个县（{gateway.county}）", f"the gateway is of county {gateway.county}")
    root = load_key(wanted.county_dir / county_config.ROOT_KEY)
    in_use = _in_use(wanted)
    digest = _named(wanted, trust, in_use)
    affected = next((each for each in in_use if each.digest == digest), None)
    if affected is not None and not affected.replaceable:
        raise Refused(
            "这把密钥正在使用，请先用 rotate-key 更换，再作废旧的",
            "this key is in use and opens what was sealed to it: rotate-key first, then revoke the old one",
        )
    copies = [
        RevocationFile(wanted.county_dir / county_config.REVOCATIONS, trust),
        RevocationFile(wanted.gateway_dir / gateway_config.REVOCATIONS, trust),
    ]
    try:
        newest = _newest(copies, config.county)
        said = newest.with_also(Revoked(wanted.what.value, digest, wanted.since_ms), clock.wall_ms())
        message = said.sign(root)
        for copy in copies:
            copy.take(message)
    except RevocationsRefused as cause:
        raise Refused("不能作废", str(cause)) from cause
    return Ended(said.number, digest, _put_aside(affected) if affected is not None else ())


class _InUse(Struct, frozen=True):
    """A key that is in use now, with its statement or certificate; `replaceable`: county-init makes the next one."""

    digest: bytes
    files: tuple[Path, ...]
    replaceable: bool = True


def _in_use(wanted: ToRevoke) -> list[_InUse]:
    """Return what of this kind is in use, as far as its files are there. Raises Refused."""
    home, gateway = wanted.county_dir, wanted.gateway_dir
    signing = {
        What.ACK: (gateway / gateway_config.ACKNOWLEDGEMENT_KEY, gateway / gateway_config.ACKNOWLEDGEMENT_STATEMENT),
        What.PACKS: (home / county_config.PACKS_KEY, home / county_config.PACKS_STATEMENT),
    }
    opening = {
        What.OPENING: (home / county_config.OPENING_KEY, home / county_config.OPENING_STATEMENT),
        What.ESCROW: (home / county_config.ESCROW_KEY, home / county_config.ESCROW_STATEMENT),
        What.STICK: (gateway / gateway_config.STICK_KEY, gateway / gateway_config.STICK_STATEMENT),
    }
    certificates = (
        (gateway / gateway_config.SERVER_KEY, gateway / gateway_config.SERVER_CERTIFICATES),
        (home / county_config.TLS_KEY, home / county_config.TLS_CERTIFICATE),
    )
    what = wanted.what
    if what in signing:
        files = signing[what]
        return [_InUse(_digest(load_key(files[0]).public_key), files)] if files[0].exists() else []
    if what in opening:
        files = opening[what]
        if not files[0].exists():
            return []
        return [_InUse(_digest(load_opener(files[0]).recipient.public_key), files, what is What.STICK)]
    if what is What.TLS:
        return [_InUse(_certificate(each[1].read_bytes()), each) for each in certificates if each[1].exists()]
    return []


def _named(wanted: ToRevoke, trust: Trust, in_use: list[_InUse]) -> bytes:
    """Return the digest of what was named. Raises Refused."""
    if wanted.key is None:
        if len(in_use) != 1:
            raise Refused("请用 --key 指定是哪一把", "say with --key which one is meant")
        return in_use[0].digest
    if _FINGERPRINT.fullmatch(wanted.key):
        return bytes.fromhex(wanted.key)
    path = Path(wanted.key)
    try:
        content = path.read_bytes()
    except OSError as cause:
        raise Refused(f"读不了 {path}", f"{path} cannot be read, and is no fingerprint: {cause.strerror}") from cause
    try:
        if wanted.what is What.TLS:
            return _certificate(content)
        if content.startswith(b"-----"):
            return _digest(_public_key(path, wanted.what))
        return _digest(trust.vouched(content, Purpose(wanted.what.value)).key)
    except (KeyFileRefused, StatementRefused) as cause:
        raise Refused(
            f"{path.name} 不是这种密钥或它的声明", f"{path.name} is no key or statement for {wanted.what}: {cause}"
        ) from cause


def _public_key(path: Path, what: What) -> bytes:
    """Read the public half of a private key of the kind that the purpose takes. Raises KeyFileRefused."""
    if what in (What.OPENING, What.ESCROW, What.STICK):
        return KeyOpener.load(path).recipient.public_key
    return FileSigner.load(path).public_key


def _certificate(pem: bytes) -> bytes:
    try:
        return _digest(read_chain(pem)[0].public_bytes(Encoding.DER))
    except (CertificateRefused, IndexError) as cause:
        raise Refused("这不是证书文件", f"not a certificate: {cause}") from cause


def _digest(thing: bytes) -> bytes:
    return hashlib.sha256(thing).digest()


def _newest(copies: list[RevocationFile], county: str) -> Revocations:
    """Return the newest list of either directory: one of them may have been put back from a backup."""
    return max((copy.held() for copy in copies), key=lambda held: held.number, default=nothing_revoked(county))


def _put_aside(affected: _InUse) -> tuple[Path, ...]:
    """Take files out of use under names of their own; they are evidence, and nothing reads them again."""
    moved = []
    for path in affected.files:
        if path.exists():
            aside = path.with_name(f"{path.name}.revoked-{affected.digest.hex()[:16]}")
            path.replace(aside)
            sync_directory(path.parent)
            moved.append(aside)
    return tuple(moved)
