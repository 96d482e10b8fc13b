"""Key files: who may read them, and that they are what `cryptography` and the openssl command write and read."""

import base64
import stat
import subprocess
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from sync.certificates import make_root
from sync.key_files import KEY_BYTES, KeyFileRefused, KeyKind, create_key_file, read_key_file, root_key_of
from sync.keys import FileSigner
from sync.sealing import KeyOpener, seal_to

BEGIN, END = b"-----BEGIN PRIVATE KEY-----\n", b"-----END PRIVATE KEY-----\n"


class Holder(Protocol):
    """Makes a key in a file and reads it again; answers with the public key."""

    def create(self, path: Path) -> bytes: ...
    def load(self, path: Path) -> bytes: ...


class Signing:
    kind = KeyKind.ED25519
    theirs = Ed25519PrivateKey

    def create(self, path: Path) -> bytes:
        return FileSigner.create(path).public_key

    def load(self, path: Path) -> bytes:
        return FileSigner.load(path).public_key


class Opening:
    kind = KeyKind.X25519
    theirs = X25519PrivateKey

    def create(self, path: Path) -> bytes:
        return KeyOpener.create(path).recipient.public_key

    def load(self, path: Path) -> bytes:
        return KeyOpener.load(path).recipient.public_key


KINDS: tuple[Signing | Opening, ...] = (Signing(), Opening())
both_kinds = pytest.mark.parametrize("holder", KINDS, ids=["Ed25519", "X25519"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "key.pem"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("root") / "root.pem")


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


def pem(der: bytes) -> bytes:
    return BEGIN + base64.encodebytes(der) + END


def pkcs_8(key: Ed25519PrivateKey | X25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def openssl(*arguments: str) -> bytes:
    ran = subprocess.run(["openssl", *arguments], capture_output=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


# --- who may read, and how often a key is made ---------------------------------------------------------------------


@both_kinds
def test_a_key_file_is_made_once_and_only_its_owner_may_read_it(holder: Holder, path: Path) -> None:
    made = holder.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert holder.load(path) == made
    with pytest.raises(FileExistsError):
        holder.create(path)
    assert holder.load(path) == made
    assert [each.name for each in path.parent.iterdir()] == ["key.pem"]


@both_kinds
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_file_that_others_may_read_is_refused(holder: Holder, path: Path, mode: int) -> None:
    holder.create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileRefused, match=f"key.pem may be read by others .mode {mode:04o}"):
        holder.load(path)


@both_kinds
def test_a_missing_a_damaged_and_a_foreign_key_file_are_refused(holder: Holder, path: Path) -> None:
    with pytest.raises(KeyFileRefused, match=r"key.pem cannot be read: No such file"):
        holder.load(path)
    put(path, pkcs_8(rsa.generate_private_key(65537, 2048)))
    with pytest.raises(KeyFileRefused, match="key as RFC 8410 writes one"):
        holder.load(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds nothing in PEM"),
        (b"no key", "holds nothing in PEM"),
        (BEGIN + b"nonsense!\n" + END, "is damaged"),
        (BEGIN + END, "holds no ED25519 key"),
        (pem(b"no DER"), "holds no ED25519 key"),
        (pem(bytes(48)).removesuffix(END), "is not whole"),
        (pem(bytes(48)).replace(b"END PRIVATE", b"END PUBLIC"), "is not whole"),
        (pem(bytes(48)).replace(b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY"), "is encrypted"),
        (pem(bytes(48)).replace(b"PRIVATE KEY", b"CERTIFICATE"), "holds a certificate instead of a private key"),
        (pem(bytes(48)) * 2, "holds 2 blocks"),
    ],
)
def test_what_is_no_key_file_is_called_what_it_is(path: Path, content: bytes, said: str) -> None:
    put(path, content)
    with pytest.raises(KeyFileRefused, match=f"^key.pem {said}"):
        FileSigner.load(path)


@both_kinds
def test_words_before_the_key_and_lines_ended_as_elsewhere_do_no_harm(holder: Holder, path: Path) -> None:
    made = holder.create(path)
    kept = path.read_bytes()
    for odd in (b"the key ----- of box 7\n\n" + kept, kept.replace(b"\n", b"\r\n"), kept + b"\n\n"):
        put(path, odd)
        assert type(holder.load(path)) is type(made)


def test_a_signing_key_is_not_taken_for_one_that_opens_nor_the_other_way_round(tmp_path: Path) -> None:
    signing, opening = tmp_path / "record.pem", tmp_path / "desk.pem"
    FileSigner.create(signing)
    KeyOpener.create(opening)
    with pytest.raises(KeyFileRefused, match=r"record.pem holds a key of another kind than X25519"):
        KeyOpener.load(signing)
    with pytest.raises(KeyFileRefused, match=r"desk.pem holds a key of another kind than ED25519"):
        FileSigner.load(opening)


@both_kinds
@pytest.mark.parametrize("spoil", [lambda der: der[:-1], lambda der: der + b"\x00", lambda der: der + der])
def test_a_key_file_that_was_cut_or_is_too_long_is_refused(
    holder: Signing | Opening, path: Path, spoil: object
) -> None:
    assert callable(spoil)
    put(path, pem(spoil(holder.kind.value + bytes(KEY_BYTES))))
    with pytest.raises(KeyFileRefused, match="another kind"):
        holder.load(path)


# --- what others make of them --------------------------------------------------------------------------------------


@both_kinds
def test_a_key_file_is_the_pkcs_8_that_others_write_and_read(holder: Signing | Opening, path: Path) -> None:
    made = holder.create(path)
    read = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(read, holder.theirs)
    assert read.public_key().public_bytes_raw() == made
    assert pkcs_8(read) == path.read_bytes()
    theirs = holder.theirs.generate()
    put(path, pkcs_8(theirs))
    assert holder.load(path) == theirs.public_key().public_bytes_raw()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=some.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), kind=some.sampled_from(KeyKind))
def test_any_key_is_written_as_others_write_it_and_comes_back(tmp_path: Path, key: bytes, kind: KeyKind) -> None:
    path = tmp_path / f"{kind.name}-{key.hex()}.pem"
    path.unlink(missing_ok=True)
    create_key_file(path, kind, key)
    (holder,) = (each for each in KINDS if each.kind is kind)
    assert path.read_bytes() == pkcs_8(holder.theirs.from_private_bytes(key))
    assert read_key_file(path, kind) == key


@both_kinds
def test_openssl_reads_our_key_files(holder: Signing | Opening, path: Path) -> None:
    made = holder.create(path)
    said = openssl("pkey", "-in", str(path), "-noout", "-text").decode()
    assert said.upper().startswith(f"{holder.kind.name} PRIVATE-KEY:")
    assert openssl("pkey", "-in", str(path), "-pubout", "-outform", "DER")[-KEY_BYTES:] == made


@both_kinds
def test_we_read_the_key_files_of_openssl(holder: Signing | Opening, path: Path) -> None:
    openssl("genpkey", "-algorithm", holder.kind.name, "-out", str(path))
    path.chmod(0o600)
    assert holder.load(path) == openssl("pkey", "-in", str(path), "-pubout", "-outform", "DER")[-KEY_BYTES:]


def test_a_key_that_opens_opens_after_it_was_read_again_and_its_secret_is_what_the_file_holds(path: Path) -> None:
    made = KeyOpener.create(path)
    sealed = seal_to(made.recipient, b"a content key", b"here")
    assert KeyOpener.load(path).open(sealed, b"here") == b"a content key"
    assert KeyOpener.load(path).secret() == made.secret() == read_key_file(path, KeyKind.X25519)


# --- the root's key ------------------------------------------------------------------------------------------------


def test_the_roots_key_is_found_in_its_certificate(root: FileSigner, path: Path) -> None:
    certificate = make_root(root.private_key, "990101", "青山县", 1_795_415_520_000).public_bytes(
        serialization.Encoding.PEM
    )
    put(path, certificate)
    assert root_key_of(path) == root.public_key
    put(path, certificate * 2)
    with pytest.raises(KeyFileRefused, match="holds 2 blocks"):
        root_key_of(path)


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN X-----\n*\n-----END X-----\n"])
def test_what_is_no_certificate_of_a_root_is_refused(path: Path, content: bytes) -> None:
    put(path, content)
    with pytest.raises(KeyFileRefused):
        root_key_of(path)


def test_a_certificate_of_another_kind_of_key_is_refused(root: FileSigner, path: Path) -> None:
    certificate = make_root(root.private_key, "990101", "青山县", 1_795_415_520_000).public_bytes(
        serialization.Encoding.PEM
    )
    der = base64.b64decode(b"".join(certificate.splitlines()[1:-1])).replace(root.public_key, root.public_key[:-1])
    spoiled = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(der[:60]) + b"\n-----END CERTIFICATE-----\n"
    put(path, spoiled)
    with pytest.raises(KeyFileRefused, match="Ed25519"):
        root_key_of(path)
