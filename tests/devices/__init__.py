"""Pads and printers: their bytes, their drivers over ptys against the simulators, and every fault."""
