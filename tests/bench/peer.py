"""`python -m tests.bench.peer --frame FILE`: a minimal Kivy program, one screen and six buttons.

It opens the same window as the kiosk and writes FILE when its first frame has been drawn.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.window import WindowOptions, prepare_kivy


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(prog="tests.bench.peer", description=__doc__)
    parser.add_argument("--frame", type=Path, required=True)
    asked = parser.parse_args()
    prepare_kivy(WindowOptions())
    from kivy.app import App  # noqa: PLC0415 - Kivy reads its settings when it is first imported
    from kivy.core.window import Window  # noqa: PLC0415 - likewise
    from kivy.uix.button import Button  # noqa: PLC0415 - likewise
    from kivy.uix.gridlayout import GridLayout  # noqa: PLC0415 - likewise

    class Peer(App):
        def build(self) -> GridLayout:
            grid = GridLayout(cols=3, padding=40, spacing=40)
            for number in range(6):
                grid.add_widget(Button(text=f"button {number + 1}"))
            return grid

    def drawn(_window: object) -> None:
        if not asked.frame.exists():
            asked.frame.write_text("drawn")

    Window.bind(on_flip=drawn)
    Peer().run()


if __name__ == "__main__":
    main()
