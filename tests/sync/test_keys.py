import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as some

from sync import cbor
from sync.certificates import make_root
from sync.key_files import KeyFileRefused, root_key_of
from sync.keys import (
    FileSigner,
    MessageMalformed,
    Purpose,
    SignatureWrong,
    Statement,
    StatementForAnother,
    StatementMalformed,
    StatementNotInForce,
    StatementNotOfRoot,
    StatementRefused,
    Trust,
    sign1,
    sign_detached,
    terminal_subject,
    verify_detached,
    verify_sign1,
)

COUNTY = "990101"
SUBJECT = terminal_subject(COUNTY, "990101102203", "01")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("root") / "root.pem")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return FileSigner.create(tmp_path_factory.mktemp("signer") / "key.pem")


def statement(signer: FileSigner, **changes: object) -> Statement:
    fields: dict[str, object] = {
        "purpose": "ack", "key": signer.public_key, "subject": SUBJECT, "county": COUNTY,
        "not_before_ms": 1_000, "not_after_ms": 2_000,
    }  # fmt: skip
    return Statement(**{**fields, **changes})  # type: ignore[arg-type]  # the tests name fields


def test_a_key_file_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = FileSigner.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert FileSigner.load(path).public_key == made.public_key
    with pytest.raises(FileExistsError):
        FileSigner.create(path)
    assert FileSigner.load(path).public_key == made.public_key
    assert [each.name for each in tmp_path.iterdir()] == ["key.pem"]


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    FileSigner.create(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileRefused, match="read by others"):
        FileSigner.load(path)


def test_a_missing_a_damaged_and_a_foreign_key_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="cannot be read"):
        FileSigner.load(tmp_path / "none.pem")
    path = tmp_path / "key.pem"
    path.write_bytes(b"-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n")
    path.chmod(0o600)
    with pytest.raises(KeyFileRefused, match="no private key"):
        FileSigner.load(path)
    path.write_bytes(
        rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(KeyFileRefused, match="another kind"):
        FileSigner.load(path)


def test_a_key_file_is_the_pkcs_8_that_others_write_and_read(tmp_path: Path) -> None:
    made = FileSigner.create(tmp_path / "made.pem")
    pem = (tmp_path / "made.pem").read_bytes()
    read = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(read, Ed25519PrivateKey)
    assert read.public_key().public_bytes_raw() == made.public_key
    theirs = read.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert theirs == pem
    assert FileSigner.load(tmp_path / "made.pem").public_key == made.public_key


def test_a_detached_signature_is_over_the_sig_structure_of_rfc_9052(signer: FileSigner) -> None:
    to_be_signed = cbor.encode(("Signature1", bytes.fromhex("a10127"), b"", b"payload"))
    assert sign_detached(signer, b"payload") == signer.sign(to_be_signed)
    verify_detached(signer.public_key, b"payload", sign_detached(signer, b"payload"))


@given(place=some.integers(0, 200), flip=some.integers(1, 255))
def test_a_message_with_any_byte_changed_is_refused(signer: FileSigner, place: int, flip: int) -> None:
    message = bytearray(sign1(signer, b"a payload of some bytes"))
    message[place % len(message)] ^= flip
    with pytest.raises((MessageMalformed, SignatureWrong)):
        verify_sign1(signer.public_key, bytes(message), 100)


@given(some.binary(max_size=120))
def test_bytes_that_are_no_message_are_refused(signer: FileSigner, message: bytes) -> None:
    with pytest.raises((MessageMalformed, SignatureWrong)):
        verify_sign1(signer.public_key, b"\xd2" + message, 100)


def test_a_message_with_an_unprotected_header_is_refused(signer: FileSigner) -> None:
    signature = sign_detached(signer, b"payload")
    message = b"\xd2" + cbor.encode((bytes.fromhex("a10127"), {4: b"kid"}, b"payload", signature))
    with pytest.raises(MessageMalformed):
        verify_sign1(signer.public_key, message, 100)


def test_a_message_larger_than_allowed_is_refused(signer: FileSigner) -> None:
    with pytest.raises(MessageMalformed):
        verify_sign1(signer.public_key, sign1(signer, bytes(1000)), 100)


def test_the_roots_word_covers_key_purpose_subject_and_time(root: FileSigner, signer: FileSigner) -> None:
    said = statement(signer)
    trust = Trust(root.public_key, COUNTY)
    assert trust.check(said.sign(root), Purpose.ACKNOWLEDGE, at_ms=1_000, subject=SUBJECT) == said
    assert trust.check(said.sign(root), Purpose.ACKNOWLEDGE, at_ms=2_000) == said
    assert trust.check(said.sign(root), Purpose.ACKNOWLEDGE, at_ms=None) == said


def test_every_other_use_of_a_statement_is_refused_by_its_name(root: FileSigner, signer: FileSigner) -> None:
    trust = Trust(root.public_key, COUNTY)
    said = statement(signer).sign(root)
    for at_ms in (999, 2_001):
        with pytest.raises(StatementNotInForce):
            trust.check(said, Purpose.ACKNOWLEDGE, at_ms=at_ms)
    with pytest.raises(StatementForAnother, match="purpose"):
        trust.check(said, Purpose.PACKS, at_ms=1_500)
    with pytest.raises(StatementForAnother, match="subject"):
        trust.check(said, Purpose.ACKNOWLEDGE, at_ms=1_500, subject=SUBJECT[:-1] + "2")
    with pytest.raises(StatementForAnother, match="county"):
        Trust(root.public_key, "990102").check(said, Purpose.ACKNOWLEDGE, at_ms=1_500)
    with pytest.raises(StatementNotOfRoot):
        trust.check(statement(signer).sign(signer), Purpose.ACKNOWLEDGE, at_ms=1_500)
    with pytest.raises(StatementMalformed):
        trust.check(b"", Purpose.ACKNOWLEDGE, at_ms=1_500)
    with pytest.raises(StatementMalformed):
        trust.check(sign1(root, cbor.encode({0: 1, 1: "ack"})), Purpose.ACKNOWLEDGE, at_ms=1_500)


@given(place=some.integers(0, 400), flip=some.integers(1, 255))
def test_a_statement_with_any_byte_changed_is_refused(
    root: FileSigner, signer: FileSigner, place: int, flip: int
) -> None:
    said = bytearray(statement(signer).sign(root))
    said[place % len(said)] ^= flip
    with pytest.raises(StatementRefused):
        Trust(root.public_key, COUNTY).check(bytes(said), Purpose.ACKNOWLEDGE, at_ms=1_500)


def test_the_roots_key_is_found_in_its_certificate(root: FileSigner) -> None:
    pem = make_root(root.private_key, "990101", "青山县", 1_795_415_520_000).public_bytes(serialization.Encoding.PEM)
    assert root_key_of(pem) == root.public_key


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN X-----\n*\n-----END X-----\n"])
def test_what_is_no_certificate_of_a_root_is_refused(content: bytes) -> None:
    with pytest.raises(KeyFileRefused):
        root_key_of(content)


def test_a_certificate_of_another_kind_of_key_is_refused(root: FileSigner) -> None:
    pem = make_root(root.private_key, "990101", "青山县", 1_795_415_520_000).public_bytes(serialization.Encoding.PEM)
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1])).replace(root.public_key, root.public_key[:-1])
    spoiled = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(der[:60]) + b"\n-----END CERTIFICATE-----\n"
    with pytest.raises(KeyFileRefused, match="Ed25519"):
        root_key_of(spoiled)
