"""Speaks with a pad on the village's network in short texts, and knows by a heartbeat whether it is there."""

from __future__ import annotations

from collections.abc import Callable

from devices.line import Line, LineGone, send_whole
from devices.ports import DeviceEvent, DeviceState, Reason, WindowEnd
from devices.rating_pad.bursts import Burst
from devices.rating_pad.driver import NotAsked, Open, PadDriver
from devices.rating_pad.model import PadModel
from devices.rating_pad.text_frames import Answer, Meaning, NotUnderstood, Result, TextDecoder, meaning_of
from devices.rating_pad.wires import STAFF_PLACE, TextWire, Transport

MISSED_MAX = 3
"""So many heartbeats without an answer, and the pad is not there."""
GIVEN_UP_MAX = 12
"""So many, and its line is opened anew: the pad may have started again without saying so."""
ANSWER_MS = 1000
EMPTYING_POLLS, SILENT_POLLS = 3, 2
"""How often a pad is polled before it is asked, and how many of them a pad without a word for "none" leaves open."""
READS_MAX = 64
"""Datagrams that are taken at once; a flood must not keep a window from ending."""


class TextPad(PadDriver):
    """A pad that is asked and answers in texts (`model.text`).

    A result is only believed in a window. A pad that is polled keeps its result until it is asked for: it is emptied
    before every prompt, and one that still gives the old one is not asked.
    """

    def __init__(
        self,
        model: PadModel,
        publish: Callable[[DeviceEvent], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        """See `PadDriver`. Raises `ValueError` for a model of another protocol."""
        super().__init__(model, publish, monotonic_s)
        if model.text is None:
            raise ValueError(f"{model.name} is no pad of texts")
        self._wire: TextWire = model.text
        self._decoder = TextDecoder(self._wire.ends_with)
        self._staff = ""
        self._forget()

    def _forget(self) -> None:
        self._has_answered = False
        self._missed = 0
        self._staff = ""
        self._heartbeat_ms = self._poll_ms = 0
        self._seen: set[Answer] = set()
        self._heard_results = 0

    def _begin(self, line: Line) -> None:
        self._decoder = TextDecoder(self._wire.ends_with)
        line.discard()
        self._heartbeat_ms = self._now_ms()
        self._do_what_is_due(line)

    def _ask(self, request: Open, line: Line) -> int:
        self._hear(line)
        refusal = self._keeper.refusal(self._now_ms())
        if refusal is not None:
            raise NotAsked(refusal)
        if not self._has_answered and not self._answered(Answer.HEARTBEAT, self._wire.heartbeat, line):
            raise NotAsked(WindowEnd.PAD_ABSENT)
        self._log_in(request.staff, line)
        self._empty(line)
        if self._wire.prompt_answer:
            if not self._answered(Answer.PROMPT, self._wire.prompt, line):
                raise NotAsked(WindowEnd.PAD_ABSENT)
        else:
            self._say(line, self._wire.prompt)
        now_ms = self._now_ms()
        self._poll_ms = now_ms + self._wire.poll_ms
        return now_ms

    def _log_in(self, staff: str, line: Line) -> None:
        """Tell a pad that wants it who serves. Without its word for it nothing is asked."""
        if not self._wire.login or not staff or staff == self._staff:
            return
        if self._staff and self._wire.logout:
            self._say(line, self._wire.logout)
        self._staff = ""
        if not self._answered(Answer.LOGIN, self._wire.login.replace(STAFF_PLACE, staff), line):
            raise NotAsked(WindowEnd.PAD_ABSENT)
        self._staff = staff

    def _empty(self, line: Line) -> None:
        """Take an old result out of a pad that is polled, and ask it only when it says that it has none.

        One that has no word for that says nothing: twice, because a datagram may be lost. One that gives a result at
        the last poll too holds on to it.
        """
        if not self._wire.poll:
            return
        silent = before = 0
        for _ in range(EMPTYING_POLLS):
            before = self._heard_results
            if self._answered(Answer.UNRATED, self._wire.poll, line):
                return
            silent = silent + 1 if self._heard_results == before else 0
            if silent == SILENT_POLLS and not self._wire.unrated:
                return
        raise NotAsked(WindowEnd.STUCK_KEY if self._heard_results > before else WindowEnd.PAD_ABSENT)

    def _answered(self, wanted: Answer, text: str, line: Line) -> bool:
        """Say `text` and return whether `wanted` came within `ANSWER_MS`."""
        self._seen.discard(wanted)
        self._say(line, text)
        end_ms = self._now_ms() + ANSWER_MS
        while wanted not in self._seen and (left_ms := end_ms - self._now_ms()) > 0:
            line.wait(left_ms / 1000)
            self._take_texts(line)
        return wanted in self._seen

    def _hear(self, line: Line) -> None:
        self._take_texts(line)
        self._settle(self._keeper.pass_time(self._now_ms()), line)
        self._do_what_is_due(line)

    def _take_texts(self, line: Line) -> None:
        for _ in range(READS_MAX):
            data = line.read()
            before = self._decoder.garbage_bytes
            for text in self._decoder.feed(data):
                self._take(meaning_of(text, self._wire), line)
            if garbage := self._decoder.garbage_bytes - before:
                self._settle(self._keeper.judge(Burst(bytes(garbage), self._now_ms(), torn=True)), line)
            if not data or self._wire.transport is Transport.TCP:
                return

    def _take(self, meaning: Meaning, line: Line) -> None:
        now_ms = self._now_ms()
        match meaning:
            case Answer():
                self._seen.add(meaning)
                self._has_answered, self._missed = True, 0
            case Result(key):
                self._heard_results += 1
                self._settle(self._keeper.judge(Burst(key, now_ms)), line)
            case NotUnderstood(text):
                self._settle(self._keeper.judge(Burst(text, now_ms, torn=True)), line)

    def _do_what_is_due(self, line: Line) -> None:
        now_ms = self._now_ms()
        if self._keeper.window is not None and self._wire.poll and now_ms >= self._poll_ms:
            self._say(line, self._wire.poll)
            self._poll_ms = now_ms + self._wire.poll_ms
        if now_ms < self._heartbeat_ms:
            return
        self._missed += 1
        if self._missed > MISSED_MAX:
            self._has_answered, self._staff = False, ""
            self._settle(self._keeper.end(WindowEnd.PAD_ABSENT, now_ms), line)
        if self._missed > GIVEN_UP_MAX:
            raise LineGone("the pad does not answer its heartbeat")
        self._say(line, self._wire.heartbeat)
        self._heartbeat_ms = now_ms + self._wire.heartbeat_s * 1000

    def _window_over(self, line: Line, *, rated: bool) -> None:
        self._say(line, self._wire.thanks if rated else self._wire.closing)

    def _health(self) -> tuple[DeviceState, Reason]:
        if self._has_answered:
            return DeviceState.READY, Reason.NONE
        if self._missed > MISSED_MAX:
            return DeviceState.FAULT, Reason.NO_ANSWER
        return DeviceState.UNKNOWN, Reason.NEVER_ANSWERED

    def _moments(self) -> list[int]:
        polls = [self._poll_ms] if self._keeper.window is not None and self._wire.poll else []
        return [self._heartbeat_ms, *polls]

    def _leave(self, line: Line) -> None:
        if self._keeper.window is not None:
            self._say(line, self._wire.closing)
        if self._staff:
            self._say(line, self._wire.logout)

    def _say(self, line: Line, text: str) -> None:
        if text:
            send_whole(line, (text + self._wire.ends_with).encode())
