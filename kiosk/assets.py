"""Where the files are that set-up made: fonts, compiled translations, Kivy's data.

`SUNPOINT_ASSETS` names their folder; without it they are in `.assets` beside the packages. Nothing here
looks whether a file exists: the programs say so when they open it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

REPOSITORY = Path(__file__).resolve().parent.parent


class Assets(Struct, frozen=True):
    """The folder of made files, and the names in it."""

    root: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Assets:
        """Return the assets that `SUNPOINT_ASSETS` names, else those of this checkout."""
        named = environment.get("SUNPOINT_ASSETS")
        return cls(Path(named) if named else REPOSITORY / ".assets")

    @property
    def regular_font(self) -> Path:
        """Noto Sans CJK SC, regular."""
        return self.root / "fonts" / "NotoSansSC-Regular.otf"

    @property
    def bold_font(self) -> Path:
        """Noto Sans CJK SC, bold."""
        return self.root / "fonts" / "NotoSansSC-Bold.otf"

    @property
    def locale_dir(self) -> Path:
        """Folder of compiled gettext catalogues, `<language>/LC_MESSAGES/sunpoint.mo`."""
        return self.root / "locale"

    @property
    def kivy_data(self) -> Path:
        """Kivy's data without the rules of widgets that the kiosk does not use."""
        return self.root / "kivy"
