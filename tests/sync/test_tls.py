"""Keys and certificates that cannot be used are named, and nobody is asked for a password."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from sync.clock import SystemClock
from sync.keys import FileSigner
from sync.tls import TlsFileRefused, client_context, gateway_context
from tests.sync.village import SOURCES, Village

PATIENCE_S = 30.0


def _encrypt(path: Path) -> None:
    key = load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def _swap(path: Path) -> None:
    path.unlink()
    FileSigner.create(path)


FAULTS: tuple[tuple[str, Callable[[Path], object], str], ...] = (
    ("tls-key.pem", _encrypt, "tls-key.pem is encrypted"),
    ("tls-key.pem", _cut, "tls-key.pem holds no private key"),
    ("tls-key.pem", lambda path: path.write_bytes(b""), "tls-key.pem holds no private key"),
    ("tls-key.pem", _swap, "tls-key.pem is not the key of the certificate in"),
    ("tls-certificate.pem", _cut, "tls-certificate.pem holds no certificate"),
    ("tls-certificate.pem", lambda path: path.write_bytes(b""), "tls-certificate.pem holds no certificate"),
    ("tls-certificate.pem", _swap, "tls-certificate.pem holds no certificate"),
    ("root-certificate.pem", _cut, "root-certificate.pem holds no certificate"),
    ("root-certificate.pem", lambda path: path.write_bytes(b"text"), "root-certificate.pem holds no certificate"),
)


@pytest.mark.parametrize(("name", "damage", "said"), FAULTS)
def test_a_key_or_certificate_that_cannot_be_used_is_named(
    village: Village, name: str, damage: Callable[[Path], object], said: str
) -> None:
    keys = village.terminal / "keys"
    paths = keys / "root-certificate.pem", keys / "tls-certificate.pem", keys / "tls-key.pem"
    client_context(*paths)
    damage(keys / name)
    with pytest.raises(TlsFileRefused, match=said):
        client_context(*paths)
    with pytest.raises(TlsFileRefused, match=said):
        gateway_context(paths[1], paths[2], paths[0], SystemClock())
    ran = village.sync_once()
    assert ran.returncode == 1
    assert name in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_file_that_is_not_there_is_named(village: Village) -> None:
    missing = village.terminal / "keys" / "tls-key.pem"
    missing.unlink()
    assert str(missing) in village.sync_once().stderr


def test_nobody_at_a_terminal_is_asked_for_the_password_of_a_key(village: Village) -> None:
    _encrypt(village.terminal / "keys" / "tls-key.pem")
    master, terminal = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-m", "sync.client", "--data", str(village.terminal), "--once"],
        cwd=SOURCES, stdin=terminal, stdout=terminal, stderr=terminal, timeout=PATIENCE_S, check=False,
        start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    said = os.read(master, 4096).decode()
    os.close(master)
    assert ran.returncode == 1
    assert "tls-key.pem is encrypted" in said
    assert "pass phrase" not in said
