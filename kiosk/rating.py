"""Ratings: one window, bound to one case, stage and visit; the first valid answer becomes a fact, silence becomes 未评.

The agent's side of the screen learns only that somebody rated, never how.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from devices.ports import KeyPressed, RatingPad, Stray, StrayKey, WindowEnd, WindowEnded, WindowNotPossible
from devices.rating_pad.key_word import KeyWord
from kiosk.desk import CITIZEN, PAD, SYSTEM, Actor, Desk
from sync.model.facts import (
    Channel,
    RatingGiven,
    RatingInvited,
    RatingNotGiven,
    RatingReasonsGiven,
    Stage,
    StrayKeysSeen,
)
from sync.model.profile import PadWords
from sync.model.rating import Level, level_of_key

_PAD_FAILED = frozenset({WindowEnd.PAD_ABSENT, WindowEnd.NOISE, WindowEnd.STUCK_KEY})
"""Ends that are the pad's and not the villager's: whoever was asked there is asked on the screen."""
STRAYS_MAX, STRAYS_MS = 10, 10 * 60_000
"""So many records of stray keys in so long; what comes meanwhile is added up. A key that is stuck overnight would fill
the disk and the line to the county."""


class Window(Struct, frozen=True):
    """An open question to the villager. `opened_ms` is boot time, for the time to the answer.

    `pad_failed`: it was put on the pad first, which then could not go on.
    """

    id: str
    case_no: str
    stage: Stage
    visit: int
    channel: Channel
    opened_ms: int
    pad_failed: bool = False


class Given(Struct, frozen=True):
    """The rating that was given last, for its slip and its reasons: of what, where, and the seq of its record.

    Never the answer.
    """

    case_no: str
    seq: int
    stage: Stage
    visit: int
    channel: Channel


class RatingDesk:
    """Opens rating windows on the pad or on the screen and writes down what came of them."""

    def __init__(self, desk: Desk, pad: RatingPad, window_s: float, pad_words: Callable[[], PadWords]) -> None:
        """Ask on `pad` for `window_s` seconds, remember at `desk`; keys count as `pad_words` of the county say."""
        self._desk = desk
        self._pad = pad
        self._window_s = window_s
        self._pad_words = pad_words
        self.window: Window | None = None
        self.given: Given | None = None
        self._unwritten: list[tuple[str, RatingNotGiven]] = []
        self._strays: dict[tuple[Stray, str | None], int] = {}
        self._strays_written_ms: deque[int] = deque(maxlen=STRAYS_MAX)

    @property
    def keys(self) -> tuple[tuple[KeyWord, Level], ...]:
        """What the keys of the pad say, from the left, and how they count; none if there is no pad."""
        return tuple((word, self._level(word)) for word in self._pad.words)

    def invite(self, case_no: str, stage: Stage, channel: Channel, at_boot_ms: int, staff: str = "") -> Window:
        """Open a window for a new visit of a case. The invitation is durable before the pad is asked.

        `staff` is who served, for pads that want to know.
        """
        if self.window is not None:
            self.skip("replaced")
        self.given = None
        visit = self._desk.cases.case(case_no).visits + 1
        seq = self._desk.note(RatingInvited(stage=stage, visit=visit, channel=channel), SYSTEM, case_no)
        self.window = Window(f"{case_no}.{seq}", case_no, stage, visit, channel, at_boot_ms)
        if channel is Channel.PAD:
            try:
                self._pad.open_window(self.window.id, self._window_s, staff)
            except WindowNotPossible:
                self.ask_on_screen(at_boot_ms, pad_failed=True)
        return self.window

    def ask_on_screen(self, at_boot_ms: int, *, pad_failed: bool = False) -> None:
        """Go from a pad that does not answer, or has failed, to the screen: the same case, stage and visit."""
        asked = self.window
        if asked is None or asked.channel is not Channel.PAD:
            return
        invited = RatingInvited(stage=asked.stage, visit=asked.visit, channel=Channel.SCREEN)
        seq = self._desk.note(invited, SYSTEM, asked.case_no)
        self.window = Window(
            f"{asked.case_no}.{seq}", asked.case_no, asked.stage, asked.visit, Channel.SCREEN, at_boot_ms, pad_failed
        )
        self._pad.close_window(asked.id)

    def settle_last_run(self) -> None:
        """Close the windows that were open when the last run ended: who was asked then has not answered.

        To be called once, before the first `invite`. Raises JournalRefused; `write_ends` tries again.
        """
        for case_no, row in self._desk.papers.unanswered():
            reason = WindowEnd.STOPPED.value
            silent = RatingNotGiven(stage=row.stage, visit=row.visit, channel=row.channel, reason=reason)
            self._unwritten.append((case_no, silent))
        self.write_ends()

    def write_ends(self) -> None:
        """Write down who has not answered, as far as the disk did not take it when it came. Raises JournalRefused."""
        while self._unwritten:
            case_no, silent = self._unwritten[0]
            self._desk.note(silent, SYSTEM, case_no)
            del self._unwritten[0]

    def pressed(self, event: KeyPressed) -> bool:
        """Take a key of the pad. False when it belongs to no open window: it is nobody's rating."""
        if self.window is None or event.window_id != self.window.id:
            return False
        self._rate(self._level(event.word), event.ms_after_prompt, event.key, PAD)
        return True

    def touched(self, level: int, at_boot_ms: int) -> bool:
        """Take an answer on the screen."""
        if self.window is None or self.window.channel is not Channel.SCREEN:
            return False
        self._rate(level, at_boot_ms - self.window.opened_ms, 0, CITIZEN)
        return True

    def ended(self, event: WindowEnded, at_boot_ms: int) -> bool:
        """Take the pad's word that nobody answered; if the pad itself failed, the question goes on on the screen."""
        if self.window is None or event.window_id != self.window.id:
            return False
        if event.reason in _PAD_FAILED:
            self.ask_on_screen(at_boot_ms, pad_failed=True)
        else:
            self._not_given(event.reason.value)
        return True

    def skip(self, reason: str) -> None:
        """Close the window unanswered: 未评."""
        if self.window is None:
            return
        if self.window.channel is Channel.PAD:
            self._pad.close_window(self.window.id)
        self._not_given(reason)

    def stray(self, event: StrayKey, at_boot_ms: int) -> None:
        """Write down bytes that are no rating, or add them to those that wait. Raises JournalRefused."""
        case_no = self.window.case_no if self.window is not None and event.window_id == self.window.id else None
        self._strays[event.kind, case_no] = self._strays.get((event.kind, case_no), 0) + event.count
        self.write_strays(at_boot_ms)

    def write_strays(self, at_boot_ms: int) -> None:
        """Write down the stray keys that wait, as far as their time has come. Raises JournalRefused."""
        written_ms = self._strays_written_ms
        while self._strays and (len(written_ms) < STRAYS_MAX or at_boot_ms - written_ms[0] >= STRAYS_MS):
            (kind, case_no), count = next(iter(self._strays.items()))
            self._desk.note(StrayKeysSeen(what=kind.value, count=count), PAD, case_no)
            del self._strays[kind, case_no]
            written_ms.append(at_boot_ms)

    def _level(self, word: KeyWord) -> Level:
        return level_of_key(word, self._pad.words, self._pad_words())

    def _rate(self, level: int, after_ms: int, key: int, actor: Actor) -> None:
        window = self.window
        if window is None:
            return
        given = RatingGiven(
            stage=window.stage,
            visit=window.visit,
            channel=window.channel,
            level=int(level),
            after_ms=after_ms,
            key=key,
        )
        # Noted first: while the disk takes nothing the question stays open, and the villager can answer again.
        seq = self._desk.note(given, actor, window.case_no)
        self.window = None
        self.given = Given(window.case_no, seq, window.stage, window.visit, window.channel)

    def add_reasons(self, reasons: tuple[str, ...]) -> None:
        """Write down what was ticked beside the rating that was given last, on the screen."""
        given = self.given
        if given is not None and given.channel is Channel.SCREEN and reasons:
            said = RatingReasonsGiven(stage=given.stage, visit=given.visit, reasons=reasons)
            self._desk.note(said, CITIZEN, given.case_no)

    def _not_given(self, reason: str) -> None:
        window, self.window = self.window, None
        if window is None:
            return
        silent = RatingNotGiven(stage=window.stage, visit=window.visit, channel=window.channel, reason=reason)
        self._unwritten.append((window.case_no, silent))
        self.write_ends()
