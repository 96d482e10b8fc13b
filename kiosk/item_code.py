"""The code on a guide, a checklist or a printed form: it names an item, and opens it wherever an item can be opened.

`https://<host>/i#<item>`, beside the receipt's `/r#` (`sync.model.receipt`): by its beginning a scanner that types is
told from a hand. A bar code that a county prints on its own paper forms may hold the item's code alone.
"""

from __future__ import annotations

_PATH = "/i#"


def item_qr_text(item_code: str, host: str) -> str:
    """What the QR code of an item holds. `host` comes from the county's profile."""
    return f"https://{host}{_PATH}{item_code}"


def item_code_in(text: str, host: str) -> str:
    """Return the item's code that a scanned text would name: what follows this county's address, or all of it."""
    address, mark, code = text.strip().partition(_PATH)
    return code if mark and address.lower() == f"https://{host}".lower() else text.strip()
