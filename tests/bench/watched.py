"""`python -m tests.bench.watched FILE ...`: the kiosk with these arguments; every frame adds one byte to FILE."""

from __future__ import annotations

import sys
from pathlib import Path

import kiosk.__main__ as kiosk
from kiosk.window import WindowOptions, prepare_kivy


def main(counted: Path, arguments: list[str]) -> int:
    """Run the kiosk."""
    counted.touch()

    def prepare(options: WindowOptions) -> None:
        prepare_kivy(options)
        from kivy.core.window import Window  # noqa: PLC0415 - Kivy reads its settings when it is first imported

        def count(_window: object) -> None:
            with counted.open("ab") as file:
                file.write(b".")

        Window.bind(on_flip=count)

    vars(kiosk)["prepare_kivy"] = prepare
    return kiosk.main(arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
