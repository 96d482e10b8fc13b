"""What a test build tells about its screen: every target and every word, where they are in the window.

Written for a driver in another process, which must find what to touch without knowing the program. The
file is replaced as a whole after each frame in which something changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kivy.uix.widget import Widget
from msgspec import Struct, json
from msgspec.structs import replace

from kiosk.widgets.element import Element, walk
from kiosk.widgets.scroll import Scroll
from kiosk.widgets.shapes import Box


class Target(Struct, frozen=True):
    """Something that can be touched; pixels of the window from its upper left corner."""

    id: str
    text: str
    x: int
    y: int
    w: int
    h: int
    enabled: bool


class Published(Struct, frozen=True):
    """One state of the screen."""

    screen: str
    seq: int  # counts states, from 1
    language: str
    ready: bool  # false for the third of a second in which a repeated touch is refused
    width: int
    height: int
    overlay: bool  # a dialog is open: only its targets are listed
    targets: tuple[Target, ...]
    texts: tuple[str, ...]


def targets_of(root: Widget, window_height: int) -> Iterator[Target]:
    """Yield every target under `root` of which at least half can be seen."""
    for element in walk(root):
        window = _window_of(element)
        for spot in element.spots:
            x, y = element.to_window(spot.box.x, spot.box.y)
            box = Box(round(x), round(y), spot.box.width, spot.box.height)
            seen = _overlap(box, window) if window else box
            if seen.height * 2 >= box.height and seen.width > 0:
                top = window_height - seen.top
                yield Target(spot.target_id, spot.text, seen.x, top, seen.width, seen.height, spot.enabled)


def texts_of(root: Widget) -> Iterator[str]:
    """Yield every line that is drawn, in the order of the elements."""
    for element in walk(root):
        yield from element.shown


class Publisher:
    """Writes the state of the screen whenever it is another than the one written last."""

    def __init__(self, path: Path) -> None:
        """Name the file; its folder exists."""
        self._path = path
        self._last: Published | None = None

    def tell(self, root: Widget, overlay: Widget | None, *, screen: str, language: str, ready: bool) -> None:
        """Look at what is under `root`, a widget of the window's size, and write it if it changed."""
        height = int(root.height)
        seq = self._last.seq if self._last else 1
        state = Published(
            screen=screen,
            seq=seq,
            language=language,
            ready=ready,
            width=int(root.width),
            height=height,
            overlay=overlay is not None,
            targets=tuple(targets_of(overlay or root, height)),
            texts=tuple(texts_of(root)),
        )
        if state == self._last:
            return
        self._last = replace(state, seq=seq + 1) if self._last else state
        # As a whole, so that a reader never sees half of it.
        half_written = self._path.with_name(self._path.name + ".new")
        half_written.write_bytes(json.encode(self._last))
        half_written.replace(self._path)


def _window_of(element: Element) -> Box | None:
    """Return what a scroll lets be seen of the element, in pixels of the window."""
    parent = element.parent
    while isinstance(parent, Element):
        if isinstance(parent, Scroll):
            x, y = parent.to_window(*parent.pos)
            return Box(round(x), round(y), int(parent.width), int(parent.height))
        parent = parent.parent
    return None


def _overlap(one: Box, other: Box) -> Box:
    x, y = max(one.x, other.x), max(one.y, other.y)
    return Box(x, y, max(0, min(one.right, other.right) - x), max(0, min(one.top, other.top) - y))
