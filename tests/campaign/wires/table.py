"""Everything that reads bytes of a device, or as a device. Whatever has a `feed` in `devices` needs a row here."""

from __future__ import annotations

from tests.campaign.wires.eater import Eater
from tests.campaign.wires.pads import PADS
from tests.campaign.wires.printer import PRINTER
from tests.campaign.wires.reader import READER
from tests.campaign.wires.scanner import SCANNER

EATERS: tuple[Eater, ...] = (*PADS, *PRINTER, *READER, *SCANNER)
