"""Who is at an end of the pipe: the name that certificates, statements and grants give it.

Apart from `sync.certificates`, because names are read at every start of the screen and certificates are not.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct


class PeerNameRefused(ValueError):
    """A text is no name of this system; the message says why."""


class PeerRole(StrEnum):
    """What a certificate lets its holder be."""

    GATEWAY = "gateway"
    TERMINAL = "terminal"
    COUNTY = "county"
    IMPORT = "import"


class PeerName(Struct, frozen=True):
    """Who a certificate is for.

    Attributes:
        county: 6 digits.
        role: gateway, terminal, county, or import for the page that takes sticks.
        region: 12 digits of the point; empty for the county's own.
        terminal: 2 digits, allotted once at its point; empty for the county's own.
    """

    county: str
    role: PeerRole
    region: str = ""
    terminal: str = ""

    def urn(self) -> str:
        """The URI that stands in the certificate."""
        place = f":{self.region}:{self.terminal}" if self.role is PeerRole.TERMINAL else ""
        return f"urn:sunpoint:{self.county}:{self.role}{place}"

    @classmethod
    def from_urn(cls, urn: str) -> PeerName:
        """Read a URI written by `urn`. Raises PeerNameRefused."""
        found = _URN.fullmatch(urn)
        if found is None:
            raise PeerNameRefused(f"{urn!r} is no name of this system")
        name = cls(found["county"], PeerRole(found["role"]), found["region"] or "", found["terminal"] or "")
        if (name.role is PeerRole.TERMINAL) != (name.region != ""):
            raise PeerNameRefused(f"{urn!r} names a {name.role} with the wrong parts")
        return name


_URN = re.compile(
    r"urn:sunpoint:(?P<county>[0-9]{6}):(?P<role>gateway|county|terminal|import)"
    r"(?::(?P<region>[0-9]{12}):(?P<terminal>[0-9]{2}))?"
)
