"""The tour as one page: every picture with its name, in order."""

from __future__ import annotations

from html import escape
from pathlib import Path

_STYLE = """
body { margin: 0; background: #FBF8F3; color: #1B2A41; font: 18px/1.5 "Noto Sans CJK SC", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px; }
figure { margin: 0 0 40px; }
img { max-width: 100%; border: 1px solid #E6DFD2; border-radius: 12px; }
figcaption { color: #52607A; padding-top: 8px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 24px; }
dd { margin: 0; overflow-wrap: anywhere; }
"""


def write_index(out: Path, summary: dict[str, object]) -> None:
    """Write index.html beside the pictures."""
    steps = summary["steps"]
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in summary.items() if name != "steps"
    )
    figures = "".join(
        f'<figure><img src="{escape(step["picture"])}" alt=""><figcaption>{escape(step["name"])}</figcaption></figure>'
        for step in (steps if isinstance(steps, list) else [])
    )
    page = (
        f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>Sunpoint: the tour</title>'
        f"<style>{_STYLE}</style><main><h1>Sunpoint: the tour</h1><dl>{facts}</dl>{figures}</main></html>"
    )
    (out / "index.html").write_text(page, encoding="utf-8")
