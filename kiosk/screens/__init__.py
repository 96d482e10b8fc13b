"""What a screen is.

A screen draws one frozen view model and emits intents; it decides nothing and remembers nothing personal.

To add the screen `my_cases`:

1. write `kiosk/screens/my_cases.py` with one class `MyCasesScreen(Screen)`, `name = "my_cases"`. The shell
   finds the class by the screen's name and imports the module when it is shown for the first time;
2. implement `build(view)`: return one tree of elements from `kiosk.widgets` for that view, mostly a `Page`.
   The shell places it between the top bar and the status strip;
3. whoever knows the state calls `shell.show("my_cases", view)` with a new frozen view whenever it changed.

Rules: `build` reads nothing but `view`, `self.look`, `self.tr` and what this base class offers. Everything
that can be touched has a `target_id`, stable over rebuilds and unique on the screen ("next", "field.name",
"row.3"). A touch becomes `self.emit(<frozen struct>)` and nothing else. Texts come translated in the
view, those of a pack as the county wrote them; what a screen says by itself is `self.tr("中文")`.

Writing: for the one field that is written in, `build` calls `writing = self.write(...)` and draws what
comes back: `writing.entry` in the `Field`, `writing.panel` in the `Page`. Every change of the text is emitted
as `Typed(field, text)`, the key that goes on as `Done(field)`. Letters on their way to becoming characters
live in the shell's one `TextEntry` and are wiped with it. A field that is touched emits through
`self.focus(intent)`, so that what is being composed elsewhere is taken first.

While a finger is down on the screen a new view waits until it is lifted, so a press is never lost to a
redraw; showing another screen does not wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from kivy.uix.widget import Widget
from msgspec import Struct

from kiosk.input.entry import ALL_MODES, TextEntry
from kiosk.input.keys import Command, EntryView, Key, Mode
from kiosk.intents import Done, Typed
from kiosk.views import Intent, Translate
from kiosk.widgets.element import Element
from kiosk.widgets.look import Look
from kiosk.widgets.panel import KeyPanel


class ScreenContext(Struct, frozen=True):
    """What every screen is given."""

    look: Look
    tr: Translate
    emit: Callable[[Intent], None]
    entry: TextEntry


class Writing(Struct, frozen=True):
    """A field that is written in: what it shows, and the keys for it."""

    entry: EntryView
    panel: KeyPanel


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
        self._entry = context.entry
        self.outdated = False  # a newer view waits for a finger: what is typed is ahead of the one shown
        self._written = ""  # the field that is written in
        self._still_written = False
        self._renders = 0
        self._panel: KeyPanel | None = None

    def build(self, view: Any) -> Element:
        """Return the elements that show `view`."""
        raise NotImplementedError

    def render(self, view: Any) -> None:
        """Show `view`: build its elements and put them in the place of the old ones."""
        self.view = view
        self._renders += 1
        self._still_written = False
        body = self.build(view)
        if not self._still_written:
            self._written = ""
        if self.body is not None:
            body.inherit(self.body)
            self.remove_widget(self.body)
        self.body = body
        self.add_widget(body)
        body.place(int(self.x), int(self.y), int(self.width), int(self.height))

    def on_parent(self, _screen: Screen, parent: Widget | None) -> None:
        """Write in nothing any more when another screen is shown: it may write in a field of its own."""
        if parent is None:
            self._written = ""

    def write(
        self,
        field: str,
        text: str,
        *,
        modes: Sequence[Mode] = ALL_MODES,
        extras: Sequence[str] = (),
        length_max: int = 60,
        done: str = "",
    ) -> Writing:
        """Write in a field whose text is now `text`; for `build`.

        `modes`, `extras` and `length_max` are those of `TextEntry.open`; `done` are the words of the key that
        goes on, 下一项 unless others are given.
        """
        if field != self._written or (text != self._entry.text and not self.outdated):
            self._entry.open(text, modes=modes, extras=extras, length_max=length_max)
        self._written = field
        self._still_written = True
        words = done or self.tr("下一项")
        return Writing(self._entry.view(), self._keys(words))

    def _keys(self, done: str) -> KeyPanel:
        """Return the panel, always the same one: a finger may be down on another key."""
        if self._panel is None:
            self._panel = KeyPanel(self.look, self._entry.panel(), self.press, self.tr, done=done)
        else:
            if self._panel.parent is not None:
                self._panel.parent.remove_widget(self._panel)
            self._panel.tell(self._entry.panel(), done)
        return self._panel

    def press(self, key: Key) -> None:
        """Take a key of the panel or of a real keyboard; without a field that is written in it means nothing."""
        field = self._written
        if not field:
            return
        renders = self._renders
        changed = self._entry.press(key)
        if key is Command.DONE:
            if changed:
                self.emit(Typed(field, self._entry.text))
            self.emit(Done(field))
        elif changed:
            self.emit(Typed(field, self._entry.text))
        if self._written == field and self._renders == renders:
            # What is being composed is not part of any view, and the caret neither.
            self.render(self.view)

    def place_caret(self, caret: int) -> None:
        """Move the caret of the field that is written in, as its touch said."""
        self._entry.move_to(caret)
        self.render(self.view)

    def focus(self, intent: Intent) -> None:
        """Emit what a touched field asks for, after what is being composed in another was taken."""
        field, before = self._written, self._entry.text
        if field and self._entry.finish() != before:
            self.emit(Typed(field, self._entry.text))
        self.emit(intent)
