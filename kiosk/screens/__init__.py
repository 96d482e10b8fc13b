"""What a screen is.

A screen draws one frozen view model and emits intents; it decides nothing and remembers nothing personal.

To add the screen `my_cases`:

1. write `kiosk/screens/my_cases.py` with one class `MyCasesScreen(Screen)`, `name = "my_cases"`. The shell
   finds the class by the screen's name and imports the module when it is shown for the first time;
2. implement `build(view)`: return one tree of elements from `kiosk.widgets` for that view. The shell places
   it between the top bar and the status strip;
3. whoever knows the state calls `shell.show("my_cases", view)` with a new frozen view whenever it changed.

Rules: `build` reads nothing but `view`, `self.look`, `self.tr` and what the widgets themselves hold.
Everything that can be touched has a `target_id`, stable over rebuilds and unique on the screen
("next", "field.name", "row.3"). A touch becomes `self.emit(<frozen dataclass>)` and nothing else. Every
text that is not from a pack is `self.tr("中文")`.
While a finger is down on the screen a new view waits until it is lifted, so a press is never lost to a
redraw; showing another screen does not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from kivy.uix.widget import Widget

from kiosk.views import Intent
from kiosk.widgets.element import Element
from kiosk.widgets.look import Look


class Translate(Protocol):
    """Gives the visitor's language for a Chinese source text; `values` fill its {names}."""

    def __call__(self, text: str, /, **values: object) -> str:
        """Return the text to show."""
        ...


@dataclass(frozen=True, slots=True)
class ScreenContext:
    """What every screen is given."""

    look: Look
    tr: Translate
    emit: Callable[[Intent], None]


class Screen(Widget):
    """Base of all screens; see the module's text for the contract."""

    name: ClassVar[str]

    def __init__(self, context: ScreenContext) -> None:
        """Make an empty screen; nothing is drawn before `render`."""
        super().__init__()
        self.look = context.look
        self.tr = context.tr
        self.emit = context.emit
        self.view: Any = None
        self.body: Element | None = None

    def build(self, view: Any) -> Element:
        """Return the elements that show `view`."""
        raise NotImplementedError

    def render(self, view: Any) -> None:
        """Show `view`: build its elements and put them in the place of the old ones."""
        self.view = view
        body = self.build(view)
        if self.body is not None:
            body.inherit(self.body)
            self.remove_widget(self.body)
        self.body = body
        self.add_widget(body)
        body.place(self.x, self.y, self.width, self.height)
