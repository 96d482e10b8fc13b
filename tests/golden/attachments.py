"""`python -m tests.golden.attachments` writes attachments.json: sealed attachments from a fixed key.

Byte n of the content is n modulo 251. Byte strings are in hexadecimal; of what is sealed the beginning, the end, the
size and the SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from sync.attachments.sealed import CHUNK_BYTES, seal

VECTORS = Path(__file__).with_name("attachments.json")
KEY = hashlib.sha256(b"attachment key").digest()
SIZES = (1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 17)
_SHOWN_BYTES = 48


def content(size: int) -> bytes:
    """The content of a vector."""
    return bytes(place % 251 for place in range(size))


def vectors() -> dict[str, object]:
    """Everything that the file holds."""
    made = []
    for size in SIZES:
        sealed = seal(content(size), KEY)
        made.append(
            {
                "content_bytes": size,
                "sealed_bytes": len(sealed.content),
                "digest": sealed.digest.hex(),
                "begins": sealed.content[:_SHOWN_BYTES].hex(),
                "ends": sealed.content[-_SHOWN_BYTES:].hex(),
            }
        )
    return {"key": KEY.hex(), "attachments": made}


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1) + "\n")
