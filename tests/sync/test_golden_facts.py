"""The published catalogue of facts is what the facts declare, and the published self-test what one is made of."""

import json

from sync import cbor
from sync.model.facts import from_plain
from tests.golden.facts import VECTORS, text
from tests.golden.self_tested import FACT, VECTOR, vector


def test_the_published_catalogue_is_what_is_declared() -> None:
    assert VECTORS.read_text("utf-8") == text()


def test_the_published_self_test_is_what_is_written_and_reads_back() -> None:
    published = json.loads(VECTOR.read_text("utf-8"))
    assert published == vector()
    plain = cbor.decode(bytes.fromhex(published["plain"]), cbor.Limits(1_000))
    assert isinstance(plain, dict)
    assert from_plain(published["kind"], plain, {}) == FACT
