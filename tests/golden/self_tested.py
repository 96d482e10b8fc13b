"""`python -m tests.golden.self_tested` writes self_tested.json: a self-test (kind 82) as values and as bytes."""

from __future__ import annotations

import json
from pathlib import Path

from sync import cbor
from sync.model.facts import CheckedPart, Kind, SelfTested, Verdict, to_plain

VECTOR = Path(__file__).with_name("self_tested.json")
FACT = SelfTested(
    parts=(
        CheckedPart(part="receipt_printer", verdict=Verdict.OK),
        CheckedPart(part="rating_pad", verdict=Verdict.FAULT, reason="key_satisfied_silent"),
        CheckedPart(part="id_reader", verdict=Verdict.NOT_CHECKED, reason="not_configured"),
    ),
    took_ms=41_250,
)


def vector() -> dict[str, object]:
    """The fact in the words of the catalogue, and its plain fields as they stand in a header."""
    plain, body = to_plain(FACT)
    assert body == {}
    parts = [
        {"part": part.part, "verdict": part.verdict.value} | ({"reason": part.reason} if part.reason else {})
        for part in FACT.parts
    ]
    told = {"parts": parts, "took_ms": FACT.took_ms}
    return {"kind": int(Kind.SELF_TESTED), "fact": told, "plain": cbor.encode(plain).hex()}


if __name__ == "__main__":
    VECTOR.write_text(json.dumps(vector(), indent=2) + "\n", encoding="utf-8")
