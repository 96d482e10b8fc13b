"""`python tests/judges/cose.py VECTORS`: verify every COSE message of the published vectors with cwt.

Prints a JSON object: name of each message → what cwt says of it as it stands, and with one byte of it changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cwt import COSE, COSEKey

OKP, ED25519, EDDSA, VERIFY = 1, 6, -8, 2


def key_of(raw: str) -> Any:
    """The COSE key of an Ed25519 public key in hexadecimal."""
    return COSEKey.new({1: OKP, -1: ED25519, -2: bytes.fromhex(raw), 3: EDDSA, 4: [VERIFY]})


def verdict(message: bytes, key: Any, payload: bytes | None) -> str:
    """What cwt says of a message: "verified" or the name of its error."""
    try:
        COSE.new().decode(message, key, detached_payload=payload)
    except Exception as error:
        return type(error).__name__
    return "verified"


def changed(message: bytes) -> bytes:
    """The message with its last byte changed: a byte of the signature."""
    return message[:-1] + bytes([message[-1] ^ 1])


def main(vectors: Path) -> None:
    """Judge and print."""
    golden = json.loads(vectors.read_text())
    keys = {name: key_of(raw) for name, raw in golden["public_keys"].items()}
    messages: dict[str, tuple[bytes, Any, bytes | None]] = {
        f"record {number}": (bytes.fromhex(each["cose_sign1"]), keys["terminal"], bytes.fromhex(each["header"]))
        for number, each in enumerate(golden["records"], 1)
    }
    messages["statement"] = (bytes.fromhex(golden["statement"]), keys["root"], None)
    messages["acknowledgement"] = (bytes.fromhex(golden["acknowledgement"]), keys["gateway"], None)
    judged = {
        name: [verdict(message, key, payload), verdict(changed(message), key, payload)]
        for name, (message, key, payload) in messages.items()
    }
    print(json.dumps(judged))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
