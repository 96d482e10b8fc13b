"""A visit: the session of whoever stands here, the place they are at, and the clocks that end it.

The visit hands intents to the presenter of the place, follows its outcome through the flow and shows what the new place
says. Ending a visit lets go of the session and of every presenter made from it; nothing else holds anything personal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from msgspec.structs import replace

from devices.code_scanner.events import ScanFault
from devices.ports import JobHeld
from kiosk.attempt import unsaved_sentence
from kiosk.bars import Truths, status_strip, top_bar
from kiosk.context import Context, Presenter
from kiosk.flow import DESK, HOME, SIGN_IN, next_place
from kiosk.intents import CallForHelp, Dismiss, Scanned, SetLanguage, SetTextSize, StillHere
from kiosk.own_views import ScreenView
from kiosk.presenters.scanned import unexpected, unread
from kiosk.session import Answer, Session
from kiosk.theme import TextSize
from kiosk.views import ChoiceView, Intent, Level, OverlayView, StatusView, TopBarView
from sync.journal import JournalRefused


class Display(Protocol):
    """Where views are shown: the Kivy shell in the kiosk, a list of views in tests."""

    def show(self, name: str, view: ScreenView) -> None:
        """Show a view on a screen."""

    def set_top_bar(self, view: TopBarView) -> None:
        """Show the bar at the top."""

    def set_status(self, view: StatusView) -> None:
        """Show the strip at the bottom."""

    def set_overlay(self, view: OverlayView | None) -> None:
        """Show a dialog over the screen, or take it away."""

    def set_language(self, code: str) -> None:
        """Know the language of the views that follow."""

    def set_text_size(self, text_size: TextSize) -> None:
        """Use another text size from now on."""

    def forget(self) -> None:
        """Forget everything that was shown and typed."""


ANSWER_MS = 15_000
"""How long it is said that a code cannot be used here."""
_TEXT_SIZES = {"standard": TextSize.STANDARD, "large": TextSize.LARGE, "extra": TextSize.EXTRA}

Presenters = Mapping[str, tuple[str, Callable[[Context], Presenter]]]
"""Place → (screen that draws it, presenter class)."""


class Visit:
    """Carries one visitor after the other through the places."""

    def __init__(
        self, context: Context, presenters: Presenters, display: Display, truths: Callable[[], Truths]
    ) -> None:
        """Begin at the home screen with an empty session."""
        self._context = context
        self._presenters = presenters
        self._display = display
        self._truths = truths
        self._place = HOME
        self._presenter = presenters[HOME][1](context)
        self._last_touch_ms = context.clock.boot_ms()
        self._warned = False
        self._helping = False
        self._unsaved = False
        self._said_ms = 0

    @property
    def place(self) -> str:
        """Where the visitor is."""
        return self._place

    @property
    def nobody_here(self) -> bool:
        """Whether the home screen stands there untouched: nothing can change under anybody's hands."""
        session = self._context.session
        return self._place == HOME and session.agent is None and not session.touched

    @property
    def context(self) -> Context:
        """The surroundings of this visit."""
        return self._context

    def receive(self, intent: Intent) -> None:
        """Answer one touch, or a code that was scanned."""
        if isinstance(intent, Scanned):
            self._answer_scan(intent)
            return
        self._touch()
        self._context.session.scan_answer = None
        session = self._context.session
        match intent:
            case StillHere() | Dismiss():
                self._helping = self._unsaved = False
            case CallForHelp():
                self._helping = True
            case SetLanguage(language):
                session.language = language
                self._context.tr.speak(language)
                self._display.set_language(language)
            case SetTextSize(size) if size in _TEXT_SIZES:
                session.text_size = size
                self._display.set_text_size(_TEXT_SIZES[size])
            case _:
                self._helping = False
                self._answer(intent)
        self.show()

    def _answer(self, intent: Intent) -> None:
        try:
            self._follow(self._presenter.handle(intent))
        except JournalRefused:
            # Nothing was written, so nothing has happened; whoever stands here is told, and can try again.
            self._unsaved = True

    def _answer_scan(self, intent: Scanned) -> None:
        """Answer a code, unless a dialog stands there that somebody has to answer first.

        What nobody expects is said to be so, and counts for nothing else: it is no sign of the visitor, so that a
        scanner that lies on some code keeps nobody's data on the screen.
        """
        session = self._context.session
        if self._warned or self._unsaved or self._helping:
            return
        session.scan_answer = None
        try:
            outcome = self._presenter.handle(intent)
        except JournalRefused:
            outcome, self._unsaved = "stay", True
        if outcome is None:
            self._say(unexpected(self._context, intent.text))
            return
        self._touch()
        self._follow(outcome)
        self._said_ms = self._last_touch_ms
        self.show()

    def scan_failed(self, fault: ScanFault) -> None:
        """Say that what was scanned is no code, unless a dialog stands there already."""
        if self._overlay() is None:
            self._say(unread(fault))

    def _say(self, answer: Answer) -> None:
        self._context.session.scan_answer, self._said_ms = answer, self._context.clock.boot_ms()
        self.show()

    def touched(self) -> None:
        """Know that somebody is there, whatever the touch was about."""
        warned = self._warned
        self._touch()
        if warned:
            self.show()

    def tell(self, event: object) -> None:
        """Pass on something that happened without a touch: a print job's end, a key on the pad, news of a case."""
        try:
            changed = self._follow(self._presenter.told(event))
        except JournalRefused:
            changed = self._unsaved = True
        if changed:
            self.show()
        elif isinstance(event, JobHeld):
            self._context.print_room.give_up(int(event.job_id))

    def could_not_save(self) -> None:
        """Say that what was just done away from the glass could not be written down."""
        self._unsaved = True
        self.show()

    def tick(self) -> None:
        """Look at the clocks: warn and wipe an idle visitor, lock an idle desk. Call about once a second."""
        self._let_answer_go()
        idle_s = (self._context.clock.boot_ms() - self._last_touch_ms) / 1000
        timings = self._context.packs.profile.timings
        if self._context.session.agent is not None:
            patience_s = timings.desk_lock_s
        elif self._place == HOME and not self._context.session.touched:
            self._last_touch_ms = self._context.clock.boot_ms()
            return
        else:
            patience_s = timings.idle_s
        if idle_s >= patience_s + timings.idle_warning_s:
            self.end(by_itself=True)
        elif idle_s >= patience_s and not self._warned:
            self._warned = True
            self.show()

    def _let_answer_go(self) -> None:
        """Take away what was said of a code: somebody may have scanned it in passing."""
        session = self._context.session
        if session.scan_answer is not None and self._context.clock.boot_ms() - self._said_ms >= ANSWER_MS:
            session.scan_answer = None
            self.show()

    def end(self, *, by_itself: bool = False, shift_over: bool = False) -> None:
        """Wipe the session and go home. An agent's draft stays in the journal's file; the desk is locked.

        When the shift is over, the agent's card is wanted again beside the PIN.
        """
        agent = self._context.session.agent
        with suppress(JournalRefused):  # a disk that takes nothing must not keep anybody's data on the screen
            self._context.rating_desk.skip("session_ended")
        if agent is not None:
            with suppress(JournalRefused):  # nor the desk open
                self._context.sign_in.close(agent.id, by_itself=by_itself, shift_over=shift_over)
        self._context = replace(self._context, session=Session())
        self._display.forget()
        self._context.tr.speak(self._context.session.language)
        self._display.set_language(self._context.session.language)
        self._display.set_text_size(TextSize.STANDARD)
        self._last_touch_ms = self._context.clock.boot_ms()
        self._warned = self._helping = self._unsaved = False
        self._enter(HOME)
        self.show()

    def show(self) -> None:
        """Show the place, the bars and the dialog as they are now."""
        self._display.show(self._presenters[self._place][0], self._presenter.view())
        self.show_bars()
        self._display.set_overlay(self._overlay())

    def show_bars(self) -> None:
        """Show the bars as they are now: the time has gone on, or a device has said something."""
        context = self._context
        town = context.packs.town_name(context.today)
        now_ms = context.clock.wall_ms()
        top = top_bar(context.tr, context.session, context.terminal.point_name, town, now_ms)
        self._display.set_top_bar(top)
        self._display.set_status(status_strip(context.tr, self._truths(), now_ms))

    def _touch(self) -> None:
        self._last_touch_ms = self._context.clock.boot_ms()
        self._warned = False
        self._context.session.touched = True

    def _follow(self, outcome: str | None) -> bool:
        """Go where an outcome leads. "stay" shows the place again, None means that nothing changed."""
        if outcome is None:
            return False
        if outcome in ("lock", "leave"):
            self.end(shift_over=outcome == "leave")
        elif outcome != "stay":
            self._enter(next_place(self._place, outcome))
        return True

    def _enter(self, place: str) -> None:
        if place == SIGN_IN and self._context.session.agent is not None:
            place = DESK
        self._context.card_desk.stop()  # a card is only ever read for the place that asked for it
        self._place = place
        self._presenter = self._presenters[place][1](self._context)
        for held in self._context.print_room.held():
            # What nobody is shown nobody can answer for.
            if self._presenter.told(held) is None:
                self._context.print_room.give_up(int(held.job_id))

    def _overlay(self) -> OverlayView | None:
        tr = self._context.tr
        if self._warned:
            seconds = self._context.packs.profile.timings.idle_warning_s
            text = (
                tr("再过 {seconds} 秒会锁上，草稿已经保存。", seconds=seconds)
                if self._context.session.agent is not None
                else tr("再过 {seconds} 秒会清空您填的内容。", seconds=seconds)
            )
            still = ChoiceView("still_here", tr("还在办"), StillHere(), main=True)
            return OverlayView(title=tr("还在办吗？"), text=text, choices=(still,), level=Level.NOTICE)
        if self._unsaved:
            close = ChoiceView("unsaved_close", tr("知道了"), Dismiss(), main=True)
            return OverlayView(title=tr("没有存上"), text=unsaved_sentence(tr), choices=(close,), level=Level.BAD)
        if self._helping:
            agents = self._context.packs.agents_on(self._context.terminal.region, self._context.today)
            lines = [f"{agent.name}  {agent.phone}" for agent in agents]
            lines.append(tr("监督电话 {phone}", phone=self._context.packs.profile.complaint_phone))
            close = ChoiceView("help_close", tr("知道了"), Dismiss(), main=True)
            return OverlayView(title=tr("请叫联络员来帮忙"), text="\n".join(lines), choices=(close,))
        answer = self._context.session.scan_answer
        if answer is not None:
            close = ChoiceView("scan_close", tr("知道了"), Dismiss(), main=True)
            return OverlayView(answer.said(tr), answer.helps(tr), (close,))
        return None
