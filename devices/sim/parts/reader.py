"""The reader of identity cards on the panel: cards to lay down and take away, and its levers.

| request                            | does                                                                       |
|------------------------------------|----------------------------------------------------------------------------|
| POST /reader/lay {"card": "moved"} | lays a card down (`devices.sim.cards.CARDS`)                               |
| POST /reader/take {}               | takes the card away                                                        |
| POST /reader/brown_out {}          | power goes for a moment                                                    |
| POST /reader/lever {"dead": true}  | sets `unplug` and those of `devices.sim.sam_v.ReaderLevers` |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from devices.sim.cards import CARDS
from devices.sim.id_reader import SimulatedIdReader, levers_of
from devices.sim.panel import Answer, PanelRefused, flag


class ReaderPart:
    """A `Part` of the panel."""

    name = "reader"
    page = Path(__file__).with_suffix(".html")

    def __init__(self, reader: SimulatedIdReader, where: str) -> None:
        self._reader = reader
        self.where = where
        self.start, self.close = reader.start, reader.close

    def state(self) -> dict[str, object]:
        """Return the card that lies there, how often one was read, the levers and the cards that there are."""
        face = self._reader.face()
        titles = {name: card.title for name, card in CARDS.items()}
        return {"card": face.card, "reads": face.reads, "cards": titles} | levers_of(face)

    def look(self, _path: str) -> Answer | None:
        """There is nothing beside the state."""
        return None

    def commands(self) -> Mapping[str, Callable[[dict[str, object]], None]]:
        """See the table above."""
        return {
            "lay": self._lay,
            "take": lambda _: self._reader.take_away(),
            "brown_out": lambda _: self._reader.brown_out(),
            "lever": self._pull,
        }

    def _lay(self, body: dict[str, object]) -> None:
        name = body.get("card")
        if not isinstance(name, str) or name not in CARDS:
            raise PanelRefused(f"card must be one of {', '.join(CARDS)}")
        self._reader.lay(name)

    def _pull(self, body: dict[str, object]) -> None:
        known = levers_of(self._reader.face())
        levers: dict[str, bool] = {}
        for name in body:
            if name not in known:
                raise PanelRefused(f"the reader has no lever {name!r:.40}")
            value = flag(body, name)
            if value is not None:
                levers[name] = value
        self._reader.pull(**levers)
