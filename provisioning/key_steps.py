"""Steps that make keys, certificates and statements. A key that is there is never overwritten."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct

from provisioning.speech import Refused, Sentence
from sync.certificates import (
    CertificateRefused,
    Issuer,
    check_authorities,
    check_issued,
    host_names,
    issue,
    make_issuer,
    make_root,
    read_chain,
    root_fingerprint,
)
from sync.clock import Clock
from sync.durable import replace_file
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, Purpose, Statement, StatementRefused, Trust
from sync.peer_name import PeerName
from sync.sealing import KeyOpener

DAY_MS = 24 * 3600 * 1000
# A statement made by a clock that is a little fast must hold at once elsewhere.
BACKDATED_MS = DAY_MS
RENEWED_BEFORE_MS = 30 * DAY_MS


def load_key(path: Path) -> FileSigner:
    """Read a key. Raises Refused."""
    try:
        return FileSigner.load(path)
    except KeyFileRefused as cause:
        raise Refused(f"密钥文件不能用：{path.name}", str(cause)) from cause


def load_opener(path: Path) -> KeyOpener:
    """Read a key that opens bodies. Raises Refused."""
    try:
        return KeyOpener.load(path)
    except KeyFileRefused as cause:
        raise Refused(f"密钥文件不能用：{path.name}", str(cause)) from cause


def load_issuer(key: Path, authorities: Path) -> Issuer:
    """Read the issuing authority. Raises Refused."""
    return Issuer(load_key(key).private_key, certificates(authorities)[0])


class Directories(Struct, frozen=True):
    """Directories that nobody else may look into."""

    paths: Sequence[Path]
    title = Sentence("数据目录，只有本用户可读", "data directories that only this user may read")

    def is_done(self) -> bool:
        """See `Step`."""
        return all(path.is_dir() and stat.S_IMODE(path.stat().st_mode) == 0o700 for path in self.paths)

    def apply(self) -> None:
        """See `Step`."""
        for path in self.paths:
            try:
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(0o700)
            except OSError as cause:
                raise Refused(f"不能建立目录 {path}", f"{path} cannot be made: {cause.strerror}") from cause


class SigningKey(Struct, frozen=True):
    """An Ed25519 key in a file of its own."""

    path: Path
    title: Sentence

    def is_done(self) -> bool:
        """See `Step`."""
        return self.path.exists() and bool(load_key(self.path).public_key)

    def apply(self) -> None:
        """See `Step`."""
        FileSigner.create(self.path)


class ReadingKey(Struct, frozen=True):
    """An X25519 key in a file of its own: bodies of records are sealed to it."""

    path: Path
    title: Sentence

    def is_done(self) -> bool:
        """See `Step`."""
        return self.path.exists() and bool(load_opener(self.path).recipient)

    def apply(self) -> None:
        """See `Step`."""
        KeyOpener.create(self.path)


class Authorities(Struct, frozen=True):
    """The certificates of the root and of the issuing authority, the same file on both sides."""

    root_key: Path
    issuer_key: Path
    copies: Sequence[Path]
    county: str
    name: str
    machine_clock: Clock
    title = Sentence("根证书和签发机构证书", "the certificates of the root and the issuing authority")

    def is_done(self) -> bool:
        """See `Step`."""
        present = [path for path in self.copies if path.exists()]
        for path in present:
            self._check(path)
        if len({path.read_bytes() for path in present}) > 1:
            raise Refused("县和网关的根证书不一致", "the county and the gateway hold different authorities")
        return len(present) == len(self.copies)

    def apply(self) -> None:
        """See `Step`."""
        present = next((path for path in self.copies if path.exists()), None)
        pem = present.read_bytes() if present else self._make()
        for path in self.copies:
            replace_file(path, pem, mode=0o644)

    def _make(self) -> bytes:
        now_ms = self.machine_clock.wall_ms()
        root_key = load_key(self.root_key).private_key
        root = make_root(root_key, self.county, self.name, now_ms)
        issuer_key = load_key(self.issuer_key).private_key.public_key()
        issuer = make_issuer(Issuer(root_key, root), issuer_key, self.county, now_ms)
        return issuer.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)

    def _check(self, path: Path) -> None:
        chain = certificates(path)
        try:
            check_authorities(chain, root_fingerprint(load_key(self.root_key).public_key))
        except CertificateRefused as cause:
            raise Refused(f"{path.name} 不是这把根密钥签的", f"{path.name}: {cause}") from cause
        if chain[0].public_key() != load_key(self.issuer_key).private_key.public_key():
            raise Refused(f"{path.name} 与签发密钥不符", f"{path.name} is for another issuing key")


class IssuedCertificate(Struct, frozen=True):
    """A TLS certificate for a key of this machine, the authority's after it.

    Issued anew when it does not fit, or ends within 30 days.
    """

    path: Path
    key: Path
    issuer_key: Path
    authorities: Path
    name: PeerName
    hosts: Sequence[str]
    machine_clock: Clock
    title: Sentence

    def is_done(self) -> bool:
        """See `Step`."""
        if not self.path.exists():
            return False
        try:
            own = read_chain(self.path.read_bytes())[0]
            issuer = load_issuer(self.issuer_key, self.authorities)
            check_issued(own, issuer.certificate, self.name, load_key(self.key).public_key)
        except (CertificateRefused, IndexError):
            return False
        renewed_ms = int(own.not_valid_after_utc.timestamp() * 1000) - RENEWED_BEFORE_MS
        return set(self.hosts) <= host_names(own) and self.machine_clock.wall_ms() < renewed_ms

    def apply(self) -> None:
        """See `Step`."""
        issuer = load_issuer(self.issuer_key, self.authorities)
        key: Ed25519PrivateKey = load_key(self.key).private_key
        own = issue(issuer, key.public_key(), self.name, self.machine_clock.wall_ms(), self.hosts)
        replace_file(self.path, own + issuer.certificate.public_bytes(Encoding.PEM), mode=0o644)


class RootStatement(Struct, frozen=True):
    """The root's statement for what `key` returns; made anew when it is for another key or ends within 30 days."""

    path: Path
    key: Callable[[], bytes]
    root_key: Path
    purpose: Purpose
    subject: str
    county: str
    life_days: int
    clock: Clock
    title: Sentence

    def is_done(self) -> bool:
        """See `Step`."""
        if not self.path.exists():
            return False
        trust = Trust(load_key(self.root_key).public_key, self.county)
        now_ms = self.clock.wall_ms()
        try:
            held = trust.check(self.path.read_bytes(), self.purpose, at_ms=now_ms, subject=self.subject)
        except StatementRefused:
            return False
        return held.key == self.key() and held.not_after_ms > now_ms + RENEWED_BEFORE_MS

    def apply(self) -> None:
        """See `Step`."""
        begins_ms = self.clock.wall_ms() - BACKDATED_MS
        statement = Statement(
            self.purpose,
            self.key(),
            self.subject,
            self.county,
            begins_ms,
            begins_ms + self.life_days * DAY_MS,
        )
        replace_file(self.path, statement.sign(load_key(self.root_key)), mode=0o644)


def fingerprint_of(root_key: Path) -> bytes:
    """The fingerprint of a root key. Raises Refused."""
    return root_fingerprint(load_key(root_key).public_key)


def certificates(path: Path) -> list[x509.Certificate]:
    """Read certificates. Raises Refused."""
    try:
        return read_chain(path.read_bytes())
    except (CertificateRefused, OSError) as cause:
        raise Refused(f"证书文件不能用：{path.name}", f"{path.name}: {cause}") from cause
