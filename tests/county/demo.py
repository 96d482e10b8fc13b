"""The demo county's tables, as they are in the repository."""

from __future__ import annotations

from pathlib import Path

import county.publishing

PUBLISHING = Path(county.publishing.__file__).parent
DEMO = PUBLISHING / "demo" / "990101"
SCHEMAS = PUBLISHING / "schema"
