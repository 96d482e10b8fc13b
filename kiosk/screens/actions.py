"""Views of buttons as buttons."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.pages import ActionView, Weight
from kiosk.views import Intent
from kiosk.widgets.buttons import Button, Kind
from kiosk.widgets.look import Look

Emit = Callable[[Intent], None]

_KINDS = {
    Weight.MAIN: Kind.MAIN,
    Weight.PLAIN: Kind.SECONDARY,
    Weight.QUIET: Kind.QUIET,
    Weight.DANGER: Kind.DANGER,
}


def emitter(emit: Emit, intent: Intent) -> Callable[[], None]:
    """Return what a touch does: pass this intent on."""
    return lambda: emit(intent)


def button(look: Look, view: ActionView, emit: Emit) -> Button:
    """Return the button of a view; the main one of a screen shows where it leads by an arrow."""
    main = view.weight is Weight.MAIN
    return Button(
        look,
        view.target_id,
        view.text,
        emitter(emit, view.intent),
        kind=_KINDS[view.weight],
        icon=view.icon or None,
        icon_after="forward" if main and not view.icon else None,
        enabled=view.enabled,
    )
