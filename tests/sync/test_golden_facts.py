"""The published catalogue of facts is what the facts declare."""

from tests.golden.facts import VECTORS, text


def test_the_published_catalogue_is_what_is_declared() -> None:
    assert VECTORS.read_text("utf-8") == text()
