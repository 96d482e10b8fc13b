"""A scanner's bytes and keys: whole codes however they arrive, and never a piece of one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.code_scanner.events import CodeScanned, ScanFault, ScanTrouble
from devices.code_scanner.frames import CODE_BYTES_MAX, Broken, Code, Found, ScanDecoder
from devices.code_scanner.keys import InputLayout, KeyDecoder, KeysLost
from devices.code_scanner.listening import Listener
from devices.code_scanner.model import MODELS, Coding, Framing, Suffix, read_scanner_model
from devices.model_files import ModelRefused, model_names
from tests.devices.input_events import CAPS_LOCK, ENTER, KEYPAD, LEFT_ALT, LEFT_CTRL, PLAIN, SYN, Recording, typed

RECEIPT = "https://sunpoint.qingshan.example/r#" + "4" * 306
CARD = "A01-7Q2M-4X9K"
ENDED = [suffix for suffix in Suffix if suffix is not Suffix.NONE]
CODES = st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=("Cc", "Cs")), min_size=1)


def read(data: bytes, framing: Framing | None = None) -> list[Found]:
    """What is found in bytes that come at once, and in the silence after them."""
    decoder = ScanDecoder(framing or Framing())
    return decoder.feed(data, 0) + decoder.due(10_000)


@pytest.mark.parametrize("suffix", list(Suffix))
def test_a_code_ends_where_its_scanner_is_set_to_end_it(suffix: Suffix) -> None:
    framing = Framing(suffix=suffix)
    assert read(RECEIPT.encode() + suffix.octets, framing) == [Code(RECEIPT)]


@pytest.mark.parametrize("sent", [b"A1\r\nB2\r\n", b"A1\r\r\nB2\r\n\r\n", b"\r\nA1\r\rB2\r"])
def test_another_end_of_line_or_two_of_them_make_no_other_code(sent: bytes) -> None:
    assert read(sent, Framing(suffix=Suffix.CR)) == [Code("A1"), Code("B2")]


def test_prefix_and_symbology_are_taken_off_and_a_code_without_them_is_none() -> None:
    framing = Framing(prefix=b"\x02", aim=True, suffix=Suffix.CRLF)
    assert read(b"\x02]Q1https://x\r\n\x02]C0A01\r\n", framing) == [Code("https://x", "Q"), Code("A01", "C")]
    for wrong in (b"]C0A01\r\n", b"\x02A01\r\n", b"\x02]C\r\n", b"x\x02]C0A01\r\n"):
        assert read(wrong, framing) == [Broken(ScanFault.WRONG_PREFIX)]


def test_chinese_is_read_in_the_coding_that_is_set_and_refused_in_another() -> None:
    assert read("柳溪村".encode("gbk") + b"\r", Framing(coding=Coding.GBK)) == [Code("柳溪村")]
    assert read("柳溪村".encode() + b"\r") == [Code("柳溪村")]
    assert read("柳溪村".encode("gbk") + b"\r") == [Broken(ScanFault.NOT_TEXT)]


@pytest.mark.parametrize("inside", [b"\x00", b"\x1b[2J", b"\x7f", b"\xc2\x9b", b"\t", b"a\nb"])
def test_a_code_with_control_characters_is_none(inside: bytes) -> None:
    assert read(b"A1" + inside + b"B2\r") == [Broken(ScanFault.NOT_TEXT)]


def test_the_separator_of_gs1_codes_is_let_through() -> None:
    assert read(b"0106901\x1d17\r") == [Code("0106901\x1d17")]


@pytest.mark.parametrize("suffix", list(Suffix))
def test_a_code_that_is_too_long_is_dropped_whole_and_said_once(suffix: Suffix) -> None:
    framing = Framing(suffix=suffix)
    end, longest = suffix.octets, b"9" * CODE_BYTES_MAX
    assert read(longest + end, framing) == [Code(longest.decode())]
    assert read(longest + b"9" + end, framing) == [Broken(ScanFault.TOO_LONG)]
    if end:
        assert read(b"8" * 2000 + end + b"A01" + end, framing) == [Broken(ScanFault.TOO_LONG), Code("A01")]


def test_half_a_code_never_becomes_the_beginning_of_the_next() -> None:
    decoder = ScanDecoder(Framing(quiet_ms=200))
    assert decoder.feed(b"A01-7Q", 0) == []
    assert decoder.due_at_ms() == 200
    assert decoder.feed(b"", 200) == [Broken(ScanFault.NOT_ENDED)]
    assert decoder.feed(b"B02-9Z\r", 200) == [Code("B02-9Z")]
    assert decoder.due_at_ms() is None


@pytest.mark.parametrize("suffix", ENDED)
@pytest.mark.parametrize("late", [b"2M", b"B02-9Z"])
def test_what_a_busy_program_reads_late_is_neither_the_rest_of_a_code_nor_one_of_its_own(
    suffix: Suffix, late: bytes
) -> None:
    decoder = ScanDecoder(Framing(suffix=suffix, quiet_ms=200))
    assert decoder.feed(b"A01-7Q", 0) == []
    assert decoder.feed(late + suffix.octets, 300) == [Broken(ScanFault.NOT_ENDED)]
    assert decoder.feed(b"C03" + suffix.octets, 900) == [Code("C03")]


def test_a_line_feed_behind_the_end_that_is_read_with_the_next_code_costs_nothing() -> None:
    decoder = ScanDecoder(Framing(suffix=Suffix.CR, quiet_ms=200))
    assert decoder.feed(b"A01\r\n", 0) == [Code("A01")]
    assert decoder.feed(b"B02\r\n", 900) == [Code("B02")]


def test_without_a_suffix_what_is_read_late_is_dropped_with_what_was_held() -> None:
    decoder = ScanDecoder(Framing(suffix=Suffix.NONE, quiet_ms=100))
    assert decoder.feed(b"A01-", 0) == []
    assert decoder.feed(b"7Q2M", 300) == [Broken(ScanFault.NOT_ENDED)]
    assert decoder.due(400) == []
    assert decoder.feed(b"B02", 900) + decoder.due(1000) == [Code("B02")]


def test_without_a_suffix_silence_ends_a_code() -> None:
    decoder = ScanDecoder(Framing(suffix=Suffix.NONE, quiet_ms=100))
    assert decoder.feed(b"A01-", 0) + decoder.feed(b"7Q2M", 99) == []
    assert decoder.due(198) == []
    assert decoder.due(199) == [Code("A01-7Q2M")]


@pytest.mark.parametrize("suffix", list(Suffix))
def test_a_code_that_comes_byte_by_byte_is_the_same(suffix: Suffix) -> None:
    decoder = ScanDecoder(Framing(suffix=suffix))
    stream = b"A01-7Q2M" + suffix.octets + suffix.octets
    found = [each for byte in stream for each in decoder.feed(bytes((byte,)), 0)]
    assert found + decoder.due(9_999) == [Code("A01-7Q2M")]


@given(st.lists(CODES, max_size=5), st.sampled_from(ENDED), st.booleans(), st.sampled_from(Coding), st.data())
def test_any_chunking_gives_the_same_codes(
    codes: list[str], suffix: Suffix, aim: bool, coding: Coding, data: st.DataObject
) -> None:
    framing = Framing(prefix=b"#", suffix=suffix, aim=aim, coding=coding)
    stream = b"".join(
        b"#" + (b"]Q1" if aim else b"") + code.encode(coding.value, "replace") + suffix.octets for code in codes
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    decoder = ScanDecoder(framing)
    found = [each for at, to in pairwise([0, *cuts, len(stream)]) for each in decoder.feed(stream[at:to], 0)]
    assert found == ScanDecoder(framing).feed(stream, 0)
    written = [code.encode(coding.value, "replace").decode(coding.value) for code in codes]
    assert found == [Code(text, "Q" if aim else "") for text in written]


@given(st.binary(max_size=6_000), st.sampled_from(list(Suffix)), st.data())
def test_any_bytes_in_any_chunks_say_the_same(stream: bytes, suffix: Suffix, data: st.DataObject) -> None:
    stream *= data.draw(st.integers(1, 4))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    decoder = ScanDecoder(Framing(suffix=suffix))
    found: list[Found] = []
    for at, to in pairwise([0, *cuts, len(stream)]):
        found += decoder.feed(stream[at:to], 0)
        assert decoder.held_bytes <= CODE_BYTES_MAX + 1
    assert found + decoder.due(999) == read(stream, Framing(suffix=suffix))


# --- keys -------------------------------------------------------------------------------------------------------------


def keyed(data: bytes, layout: InputLayout = InputLayout.BITS_64) -> list[object]:
    return list(KeyDecoder(layout).feed(data))


@pytest.mark.parametrize("layout", list(InputLayout))
def test_every_character_of_a_us_keyboard_is_read_as_it_was_typed(layout: InputLayout) -> None:
    text = "".join(map(chr, range(32, 127)))
    assert keyed(typed(text, ENTER, layout), layout) == [text.encode() + b"\r"]


def test_one_recorded_stroke_is_read_as_the_kernel_documents_it() -> None:
    """`evtest` of a real scanner on a 64-bit system: 24 bytes a record, the second at second 0x65, A with Shift."""
    record = "65000000 00000000 01000000 00000000"
    stroke = (
        f"{record} 0400 0400 e1000700 {record} 0100 2a00 01000000 {record} 0000 0000 00000000"
        f"{record} 0400 0400 04000700 {record} 0100 1e00 01000000 {record} 0000 0000 00000000"
        f"{record} 0400 0400 04000700 {record} 0100 1e00 00000000 {record} 0000 0000 00000000"
    )
    assert keyed(bytes.fromhex(stroke)) == [b"A"]


def test_caps_lock_turns_letters_and_shift_turns_them_back() -> None:
    recording = Recording()
    recording.stroke(CAPS_LOCK)
    recording.types("aB1!", end=None)
    recording.stroke(CAPS_LOCK)
    assert keyed(recording.types("a")) == [b"Ab1!a\r"]


def test_a_key_that_is_held_counts_once() -> None:
    recording = Recording()
    recording.key(PLAIN["a"], 1)
    for _ in range(50):
        recording.key(PLAIN["a"], 2)
    recording.key(PLAIN["a"], 0)
    assert keyed(recording.data) == [b"a"]


def test_control_keys_are_control_characters() -> None:
    recording = Recording()
    recording.key(LEFT_CTRL, 1)
    recording.stroke(PLAIN["]"])
    recording.stroke(PLAIN["b"])
    recording.key(LEFT_CTRL, 0)
    assert keyed(recording.data) == [b"\x1d\x02"]


def test_characters_typed_as_numbers_with_alt_are_refused() -> None:
    recording = Recording()
    recording.key(LEFT_ALT, 1)
    for digit in "065":
        recording.stroke(KEYPAD[digit])
    recording.key(LEFT_ALT, 0)
    assert set(keyed(recording.data)) == {KeysLost(ScanFault.ALT_CODES)}


def test_where_the_kernel_had_no_room_the_code_is_dropped_whole() -> None:
    recording = Recording()
    recording.types("A01-", end=None)
    recording.event(SYN, 3, 0)
    recording.event(1, ENTER, 1)  # of the time that the kernel says to pass over
    recording.event(SYN, 0, 0)
    recording.types("7Q2M")
    listener = Listener(read_scanner_model("keyboard"), InputLayout.BITS_64)
    assert [type(event).__name__ for event in listener.feed(recording.data, 0)] == ["ScanTrouble"]
    assert listener.feed(typed(CARD), 5_000) == [CodeScanned(CARD)]


def test_caps_lock_of_one_code_does_not_last_for_the_next_and_no_stall_turns_letters_within_one() -> None:
    model, locked = read_scanner_model("keyboard"), Recording()
    locked.stroke(CAPS_LOCK)
    locked.types("ab")
    listener = Listener(model, InputLayout.BITS_64)
    assert listener.feed(locked.data, 0) == [CodeScanned("AB")]
    assert listener.due_at_ms() == model.framing.quiet_ms
    assert listener.feed(b"", model.framing.quiet_ms) == []
    assert listener.due_at_ms() is None
    assert listener.feed(typed("ab"), 5_000) == [CodeScanned("ab")]
    middle = len(locked.data) // 2
    listener = Listener(model, InputLayout.BITS_64)
    said = listener.feed(locked.data[:middle], 0) + listener.feed(locked.data[middle:], 900)
    assert said == [ScanTrouble(ScanFault.NOT_ENDED)]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), st.data())
def test_recorded_keys_cut_into_any_reads_are_the_same_code(text: str, data: st.DataObject) -> None:
    recorded = typed(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(recorded)), max_size=10)))
    listener = Listener(read_scanner_model("keyboard"), InputLayout.BITS_64)
    events = [event for at, to in pairwise([0, *cuts, len(recorded)]) for event in listener.feed(recorded[at:to], 0)]
    assert events == [CodeScanned(text)]


# --- models ---------------------------------------------------------------------------------------------------------


def test_every_model_that_comes_along_reads_what_it_says() -> None:
    for name in model_names([MODELS]):
        model = read_scanner_model(name)
        framing = model.framing
        code = (b"]Q1" if framing.aim else b"") + "乡".encode(framing.coding.value)
        sent = framing.prefix + code + framing.suffix.octets
        assert [each.text for each in read(sent, framing) if isinstance(each, Code)] == ["乡"], name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('suffix = "cr"', 'suffix = "enter"', "suffix must be one of: cr, lf, crlf, tab, none"),
        ('suffix = "cr"', 'suffix = "lf"', "Enter is one key"),
        ('prefix = ""', 'prefix = "乡"', "prefix must be at most 16 ASCII characters"),
        ("quiet_ms = 200", "quiet_ms = 0", "quiet_ms must be a whole number from 20 to 2000"),
        ("aim = false", "aim = 0", "aim must be true or false"),
        ('coding = "utf-8"', 'coding = "big5"', "coding must be one of: utf-8, gbk"),
    ],
)
def test_a_wrong_model_is_refused_by_its_field(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (MODELS / "keyboard.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "other.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelRefused, match=said):
        read_scanner_model("other", (tmp_path,))
