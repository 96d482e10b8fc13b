"""The drawn life of a case is the one that the program follows."""

from __future__ import annotations

from tests.diagram import PAGE, page


def test_the_page_in_the_docs_shows_the_tables_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"
