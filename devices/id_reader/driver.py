"""Asks one SAM_V reader for a card: find, select, read, and once more only after the card was taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeAlias

from msgspec import Struct

from devices.announcer import Announcer
from devices.id_reader.card import CardRefused, IdCard, read_address, read_text
from devices.id_reader.events import CardRead, CardTrouble, CardTroubleKind, ReadingEnd, ReadingEnded
from devices.id_reader.frames import Answer, BaseText, Command, Reply, ReplyDecoder, Status, encode
from devices.id_reader.model import ReaderModel
from devices.line import Line, LineGone, send_whole
from devices.mailbox import Mailbox
from devices.ports import Device, DeviceEvent, DeviceState, ReadingNotPossible, Reason

WAIT_S_MAX = 600
CHECK_S = 3.0
"""So often a reader that nobody reads with is asked how it is."""
SILENT_MAX = 3
"""More questions than this without an answer, one after the other, and a reading is given up."""
LOOKS_GONE = 2
"""So many looks one after the other find nothing before a card that was read counts as taken away."""

_REQUESTS_MAX = 16
_SLICE_S = 0.1
_FAULTS: Mapping[int, Reason] = {
    Status.SELF_TEST_FAILED: Reason.SELF_TEST_FAILED,
    Status.NOT_AUTHORISED: Reason.NOT_AUTHORISED,
}
_WENT_AWAY = frozenset({Status.READ_FAILED, Status.NOT_FOUND, Status.NOT_SELECTED})
_ABOUT_CARDS = frozenset(
    {
        *(Status.CARD_REJECTS_READER, Status.READER_REJECTS_CARD, Status.CARD_NOT_VERIFIED, Status.WRONG_CARD),
        *(Status.READ_FAILED, Status.RANDOM_FAILED, Status.NOT_FOUND, Status.NOT_SELECTED, Status.FOUND),
    }
)
"""No answers to how the module itself is."""
_NO_NEWER_ADDRESS = frozenset({Status.NO_CONTENT, Status.BAD_COMMAND, Status.UNKNOWN_COMMAND})
"""The card has none, or the reader does not know the question: older ones do not."""
_DATA_BYTES = {
    Command.STATUS: (0, 0),
    Command.SAM_NUMBER: (12, 20),
    Command.SELECT: (8, 8),
    Command.READ: (0, -1),
    Command.NEWEST_ADDRESS: (24, 70),
}
"""How many bytes come with a short answer that all is well, least and most; none such answers a reading."""


class _Begin(Struct, frozen=True):
    reading_id: str
    wait_s: float


class _End(Struct, frozen=True):
    reading_id: str


_Request: TypeAlias = _Begin | _End


class _Reading(Struct):
    """The reading that is going on; `trouble` is what was said of the card that lies there now."""

    reading_id: str
    end_s: float
    checked: bool = False
    found: bool = False
    silent: int = 0
    trouble: CardTroubleKind | None = None


class _CardWentWrong(Exception):
    """A card was not read; the reading goes on."""

    def __init__(self, kind: CardTroubleKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


class _NoAnswer(Exception):
    """The reader said nothing that answers the question."""


class _ReaderFaulty(Exception):
    """The SAM says that it cannot work."""


class SamVReader:
    """An `IdReader` with a SAM_V module; requests from any thread, everything else in the hub's thread."""

    def __init__(
        self, model: ReaderModel, publish: Callable[[DeviceEvent], None], monotonic_s: Callable[[], float]
    ) -> None:
        self._mailbox: Mailbox[_Request] = Mailbox(_REQUESTS_MAX)
        self._model = model
        self._publish = publish
        self._monotonic_s = monotonic_s
        self._announcer = Announcer(Device.ID_READER, publish)
        self._is_stopping: Callable[[], bool] = lambda: False
        self._reading: _Reading | None = None
        self._has_answered = False
        self._sam_number = ""
        # A card that was read and has not been seen to leave; a reader that was unplugged meanwhile has forgotten it.
        self._looks_until_gone = 0

    @property
    def doorbell(self) -> Mailbox[_Request]:
        """Where requests arrive."""
        return self._mailbox

    @property
    def sam_number(self) -> str:
        """See `IdReader`."""
        return self._sam_number

    def begin(self, reading_id: str, wait_s: float) -> None:
        """See `IdReader`."""
        if not 1 <= wait_s <= WAIT_S_MAX:
            raise ReadingNotPossible(f"a reading lasts 1 to {WAIT_S_MAX} s, not {wait_s}")
        if not self._mailbox.put(_Begin(reading_id, wait_s)):
            raise ReadingNotPossible("the reader has too many requests waiting")

    def end(self, reading_id: str) -> None:
        """See `IdReader`. If the mailbox is full the reading ends by its time."""
        self._mailbox.put(_End(reading_id))

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Say that the reader cannot be reached, and end what is going on or asked for."""
        self._has_answered = False
        end = ReadingEnd.STOPPED if ending else ReadingEnd.READER_ABSENT
        self._end_reading(end)
        while request := self._mailbox.take():
            if isinstance(request, _Begin):
                self._publish(ReadingEnded(request.reading_id, end))
        self._announcer.say(state, reason)

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Serve the reader on `line` until `is_stopping`. Raises `LineGone` when it is unplugged."""
        self._announcer.say(DeviceState.STARTING)
        self._is_stopping = is_stopping
        self._sam_number = ""
        check_s, poll_s = self._monotonic_s(), self._model.poll_ms / 1000
        while not is_stopping():
            if request := self._mailbox.take():
                self._serve(request)
            elif self._reading is not None:
                self._look(line, self._reading)
                self._rest(line, poll_s)
            elif self._looks_until_gone:
                self._look_whether_gone(line)
                self._rest(line, poll_s)
            elif self._monotonic_s() >= check_s:
                self._check(line)
                check_s = self._monotonic_s() + CHECK_S
            else:
                self._rest(line, check_s - self._monotonic_s())

    def _serve(self, request: _Request) -> None:
        if isinstance(request, _End):
            if self._reading is not None and self._reading.reading_id == request.reading_id:
                self._end_reading(ReadingEnd.CLOSED)
            return
        self._end_reading(ReadingEnd.REPLACED)
        self._reading = _Reading(request.reading_id, self._monotonic_s() + request.wait_s)

    def _look(self, line: Line, reading: _Reading) -> None:
        """Look once for a card and read it if it is there."""
        if self._monotonic_s() >= reading.end_s:
            self._end_reading(ReadingEnd.TIMED_OUT)
            return
        try:
            if not reading.checked:
                self._ask_briefly(line, Command.STATUS)
                reading.checked = True
            card = self._read_found(line) if self._find(line, reading) else None
        except _CardWentWrong as wrong:
            self._tell(reading, wrong.kind)
        except _NoAnswer:
            reading.silent += 1
            if reading.silent >= SILENT_MAX:
                self._end_reading(ReadingEnd.NO_ANSWER)
            elif reading.found:
                # Some readers believe now that they have given the card away and do not find it again where it lies.
                self._tell(reading, CardTroubleKind.LIFT_AND_PUT_AGAIN)
            return
        except _ReaderFaulty:
            self._end_reading(ReadingEnd.READER_FAULT)
            return
        else:
            if card is not None:
                self._looks_until_gone = LOOKS_GONE
                self._reading = None
                self._publish(CardRead(reading.reading_id, card))
        reading.silent = 0

    def _tell(self, reading: _Reading, kind: CardTroubleKind) -> None:
        """Say what is wrong with a card, once while it lies there."""
        if kind is not reading.trouble:
            reading.trouble = kind
            self._publish(CardTrouble(reading.reading_id, kind))

    def _find(self, line: Line, reading: _Reading | None = None) -> bool:
        """Look for a card; whether one lies there that may be read now.

        Raises `_CardWentWrong` for the one that was read already.
        """
        if reading is not None:
            reading.found = False
        found = self._ask_briefly(line, Command.FIND).status == Status.FOUND
        lay_there = self._looks_until_gone > 0
        if lay_there:
            self._looks_until_gone = LOOKS_GONE if found else self._looks_until_gone - 1
        if reading is not None:
            reading.found = found
            if not found:
                reading.trouble = None  # whatever lay there was taken away
        if found and lay_there:
            raise _CardWentWrong(CardTroubleKind.LIFT_AND_PUT_AGAIN)
        return found

    def _read_found(self, line: Line) -> IdCard:
        """Return the card that was just found. Every card is found and selected anew."""
        if self._ask_briefly(line, Command.SELECT).status != Status.OK:
            raise _CardWentWrong(CardTroubleKind.MOVED_TOO_SOON)
        base = self._ask(line, Command.READ, self._model.read_ms)
        if not isinstance(base, BaseText):
            went = base.status in _WENT_AWAY
            raise _CardWentWrong(CardTroubleKind.MOVED_TOO_SOON if went else CardTroubleKind.NOT_READABLE)
        newer = self._ask_briefly(line, Command.NEWEST_ADDRESS)
        if newer.status != Status.OK and newer.status not in _NO_NEWER_ADDRESS:
            # Half a card is none: without this nobody knows whether the printed address is still the person's.
            raise _CardWentWrong(CardTroubleKind.LIFT_AND_PUT_AGAIN)
        try:
            card = read_text(base.text)
            address = read_address(newer.data) if newer.status == Status.OK else ""
        except CardRefused as refused:
            raise _CardWentWrong(CardTroubleKind(refused.fault.value)) from None
        return card.at(address) if address else card

    def _look_whether_gone(self, line: Line) -> None:
        """Look, while nobody reads, whether the card that was read is still there."""
        with suppress(_NoAnswer, _ReaderFaulty, _CardWentWrong):
            self._find(line)

    def _check(self, line: Line) -> None:
        """Ask how the SAM is, and once for its number; what it says or does not say is told where it is heard."""
        with suppress(_NoAnswer, _ReaderFaulty):
            self._ask_briefly(line, Command.STATUS)
            if not self._sam_number:
                self._sam_number = _masked(self._ask_briefly(line, Command.SAM_NUMBER).data)

    def _ask_briefly(self, line: Line, command: Command) -> Answer:
        """Ask for a short answer."""
        answer = self._ask(line, command, self._model.answer_ms)
        if isinstance(answer, BaseText):
            raise _NoAnswer
        return answer

    def _ask(self, line: Line, command: Command, timeout_ms: int) -> Reply:
        """Return the reply to `command`, and say what it means for the reader's state.

        Raises `_NoAnswer`, `_ReaderFaulty`.
        """
        line.read()  # what is left of an answer that came too late; it also finds out an unplugged line
        decoder = ReplyDecoder()
        send_whole(line, encode(command))
        end_s = self._monotonic_s() + timeout_ms / 1000
        while (left_s := end_s - self._monotonic_s()) > 0 and not self._is_stopping():
            line.wait(min(left_s, _SLICE_S))
            for reply in decoder.feed(line.read()):
                if _answers(reply, command):
                    self._note(reply, command)
                    return reply
        if not self._is_stopping():
            self._note_silence(makes_no_sense=decoder.garbage_bytes + decoder.held_bytes > 0)
        raise _NoAnswer

    def _note(self, reply: Reply, command: Command) -> None:
        self._has_answered = True
        if isinstance(reply, Answer):
            reason = _FAULTS.get(reply.status)
            if reason is None and command is Command.STATUS and reply.status != Status.OK:
                reason = Reason.DEVICE_ERROR
            if reason is not None:
                self._announcer.say(DeviceState.FAULT, reason)
                raise _ReaderFaulty
        self._announcer.say(DeviceState.READY)

    def _note_silence(self, *, makes_no_sense: bool) -> None:
        if makes_no_sense:
            self._announcer.say(DeviceState.UNKNOWN, Reason.NOT_UNDERSTOOD)
        else:
            silent = Reason.NO_ANSWER if self._has_answered else Reason.NEVER_ANSWERED
            self._announcer.say(DeviceState.UNKNOWN, silent)

    def _rest(self, line: Line, rest_s: float) -> None:
        """Wait until asked something, at most `rest_s`. Raises `LineGone`."""
        line.wait(rest_s, self._mailbox.fileno())
        line.read()  # nobody asked for what comes now
        if not line.is_current():
            raise LineGone("the reader's path leads elsewhere now")

    def _end_reading(self, reason: ReadingEnd) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            self._publish(ReadingEnded(reading.reading_id, reason))


def _answers(reply: Reply, command: Command) -> bool:
    """Whether `reply` can be the answer to `command`: what comes too late for one question is not taken for the next.

    A reader answers in the order in which it was asked, so a late answer always comes first.
    """
    if isinstance(reply, BaseText):
        return command is Command.READ
    if command is Command.FIND:
        return reply.status not in (Status.OK, Status.NO_CONTENT)
    if reply.status == Status.OK:
        least, most = _DATA_BYTES[command]
        return least <= len(reply.data) <= most
    if command in (Command.STATUS, Command.SAM_NUMBER):
        return reply.status not in _ABOUT_CARDS
    return reply.status != Status.FOUND and (reply.status != Status.NO_CONTENT or command is Command.NEWEST_ADDRESS)


def _masked(number: bytes) -> str:
    digits = number.hex()
    return f"{digits[:4]}…{digits[-4:]}"
