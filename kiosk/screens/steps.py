"""The steps of a long job, from view to rail."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.pages import Progress, StepView
from kiosk.widgets.bars import Step, StepsRail, StepState
from kiosk.widgets.look import Look

_STATES = {Progress.DONE: StepState.DONE, Progress.NOW: StepState.CURRENT, Progress.LATER: StepState.AHEAD}


def steps_rail(look: Look, steps: Sequence[StepView]) -> StepsRail:
    """Return the rail that shows where in a long job the visitor is."""
    return StepsRail(look, [Step(step.text, _STATES[step.progress]) for step in steps])
