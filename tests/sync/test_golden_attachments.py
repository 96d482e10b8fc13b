"""The published attachments are what the protocol's page says, reckoned here once more from its words alone."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.golden.attachments import SIZES, VECTORS, content, vectors

PUBLISHED = json.loads(VECTORS.read_text())


def test_this_version_seals_as_was_published() -> None:
    assert vectors() == PUBLISHED
    assert [each["content_bytes"] for each in PUBLISHED["attachments"]] == list(SIZES)


@pytest.mark.parametrize("vector", PUBLISHED["attachments"], ids=lambda vector: str(vector["content_bytes"]))
def test_the_words_of_the_page_make_the_published_bytes(vector: dict[str, object]) -> None:
    cipher = AESGCM(bytes.fromhex(PUBLISHED["key"]))
    plain = content(int(str(vector["content_bytes"])))
    chunks = [plain[at : at + 65_536] for at in range(0, len(plain), 65_536)]
    sealed = b""
    for number, chunk in enumerate(chunks):
        last = b"\x01" if number == len(chunks) - 1 else b"\x00"
        sealed += cipher.encrypt(b"\0" * 7 + number.to_bytes(4, "big") + last, chunk, b"sunpoint 1 attachment")
    assert len(sealed) == vector["sealed_bytes"]
    assert hashlib.sha256(sealed).hexdigest() == vector["digest"]
    assert (sealed[:48].hex(), sealed[-48:].hex()) == (vector["begins"], vector["ends"])
