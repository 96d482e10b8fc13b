"""The keys of the county's chains, one file for each terminal, made when the terminal is granted."""

from __future__ import annotations

from pathlib import Path

from county.pen import PointNotGranted
from sync.county_config import chain_key
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, Signer
from sync.peer_name import PeerName, PeerRole


class FileChainKeys:
    """Reads keys from the county's data directory, anew each time: terminals are granted while the program runs."""

    def __init__(self, data: Path, county: str) -> None:
        self._data = data
        self._county = county

    def signer(self, region: str, terminal: str) -> Signer:
        """Return the key of the chain for a terminal. Raises PointNotGranted."""
        name = PeerName(self._county, PeerRole.TERMINAL, region, terminal)
        try:
            return FileSigner.load(self._data / chain_key(name))
        except KeyFileRefused as cause:
            raise PointNotGranted(str(cause)) from cause
