"""The bytes of ESC/POS, against the examples of the manuals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.printer.characters import encode_character
from devices.printer.document import Align, Block, Correction, Cut, Feed, Pair, Qr, Rule, Size, Slip, Text
from devices.printer.encoded import PLACEHOLDER, Encoded, QrTooLarge
from devices.printer.encoder import encode
from devices.printer.layout import Line
from devices.printer.profile import Coding, CutForm, QrForm, read_profile
from devices.printer.raster import draw_line
from devices.sim.escpos_reader import EscPosReader, Op, Operation
from devices.sim.paper import PaperRoll
from devices.typeface import Typeface
from tests.devices.bench import open_picture

NARROW = read_profile("escpos-58")
WIDE = read_profile("escpos-80")
PREAMBLE = bytes.fromhex("1b40 1c26 1b3320")


def bytes_of(typeface: Typeface, *blocks: Block) -> bytes:
    data = encode(Slip(blocks), WIDE, typeface).data
    assert data.startswith(PREAMBLE)
    return data[len(PREAMBLE) :]


def test_every_slip_begins_with_defaults_chinese_mode_and_line_distance(typeface: Typeface) -> None:
    assert encode(Slip(()), WIDE, typeface).data == PREAMBLE


def test_chinese_goes_out_as_gb18030(typeface: Typeface) -> None:
    assert bytes_of(typeface, Text("已打印：A1")) == "已打印：A1\n".encode("gb18030")
    assert bytes_of(typeface, Text("（，）：　")) == "（，）：　\n".encode("gb18030")


def test_a_title_is_twice_as_wide_and_high_for_chinese_too(typeface: Typeface) -> None:
    expected = bytes.fromhex("1b6101 1b4501 1d2111 1b3338") + "回执\n".encode("gb18030")
    assert bytes_of(typeface, Text("回执", Size.LARGE, bold=True, align=Align.CENTRE)) == expected


def test_modes_are_sent_only_when_they_change(typeface: Typeface) -> None:
    data = bytes_of(typeface, Text("一", bold=True), Text("二", bold=True), Text("三"))
    assert data == b"\x1b\x45\x01" + "一\n二\n".encode("gb18030") + b"\x1b\x45\x00" + "三\n".encode("gb18030")


def test_a_native_qr_code_is_sent_as_the_manuals_show(typeface: Typeface) -> None:
    data = bytes_of(typeface, Qr("https://a", Correction.LOW))
    assert bytes.fromhex("1d286b0400 314132 00") in data
    assert bytes.fromhex("1d286b0300 314308") in data
    assert bytes.fromhex("1d286b0300 314530") in data
    assert bytes.fromhex("1d286b0c00 315030") + b"https://a" in data
    assert bytes.fromhex("1d286b0300 315130") in data


def test_a_qr_code_for_a_printer_without_that_command_is_a_picture(typeface: Typeface) -> None:
    data = encode(Slip((Qr("https://a"),)), NARROW, typeface).data
    assert b"\x1d\x28\x6b" not in data
    assert b"\x1d\x76\x30\x03" in data


@pytest.mark.parametrize("correction", Correction)
def test_a_code_of_nothing_but_zeros_is_printed_and_read(typeface: Typeface, correction: Correction) -> None:
    for text in ("0" * 40, "https://a/r#" + "0" * 90, "A" + "0" * 11, "https://a/r#1" + "0" * 200):
        roll = PaperRoll(384, typeface)
        for operation in EscPosReader().feed(encode(Slip((Qr(text, correction),)), NARROW, typeface).data):
            roll.execute(operation)
        (found,) = zxingcpp.read_barcodes(open_picture(roll.look()))
        assert found.text == text


def test_a_partial_and_a_full_cut(typeface: Typeface) -> None:
    assert bytes_of(typeface, Cut()) == bytes.fromhex("1b6405 1d5601")
    full = replace(WIDE, cut=CutForm.FULL)
    assert encode(Slip((Cut(),)), full, typeface).data.endswith(bytes.fromhex("1d5600"))


def test_a_printer_without_a_knife_only_feeds_to_the_tear_bar(typeface: Typeface) -> None:
    assert encode(Slip((Cut(),)), NARROW, typeface).data == PREAMBLE + bytes.fromhex("1b6404")


def test_empty_lines_are_fed(typeface: Typeface) -> None:
    assert bytes_of(typeface, Feed(3)) == bytes.fromhex("1b6403")


def test_a_non_breaking_space_is_not_four_bytes(typeface: Typeface) -> None:
    assert bytes_of(typeface, Text("王\u00a0建国")) == "王 建国\n".encode("gb18030")


@pytest.mark.parametrize(
    ("character", "coding", "code"),
    [
        ("䶮", Coding.GB18030, b"\xfe\x9f"),
        ("䶮", Coding.GBK, None),
        ("㛃", Coding.GB18030, None),
        ("𬱖", Coding.GB18030, None),
        ("堃", Coding.GBK, "堃".encode("gbk")),
        ("堃", Coding.GB2312, None),
        ("—", Coding.GB2312, b"\xa1\xaa"),
        ("€", Coding.GB18030, b"\xa2\xe3"),
        ("\ue000", Coding.GB18030, None),
        ("A", Coding.GB2312, b"A"),
    ],
)
def test_which_characters_a_printer_has(character: str, coding: Coding, code: bytes | None) -> None:
    assert encode_character(character, coding) == code


def test_a_line_with_a_rare_character_is_drawn_and_the_others_are_text(typeface: Typeface) -> None:
    encoded = encode(Slip((Text("李㛃"), Text("王建国"))), NARROW, typeface)
    pictures = [piece for piece in encoded.pieces if piece.startswith(b"\x1d\x76\x30\x00")]
    assert len(pictures) == 1
    assert pictures[0][4:8] == bytes((6, 0, 22, 0))  # 48 dots for two characters, the rows with ink
    assert "王建国\n".encode("gb18030") in encoded.data
    assert encoded.missing == ()


def test_a_drawn_line_has_ink_in_every_cell_that_should(typeface: Typeface) -> None:
    bitmap = draw_line(Line("㛃 𬱖"), typeface)
    columns = [
        sum(row >> (bitmap.row_bytes * 8 - 1 - x) & 1 for row in _rows(bitmap.data, bitmap.row_bytes))
        for x in range(60)
    ]
    assert sum(columns[:24]) > 60
    assert sum(columns[24:36]) == 0
    assert sum(columns[36:60]) > 60


def _rows(data: bytes, row_bytes: int) -> list[int]:
    return [int.from_bytes(data[at : at + row_bytes], "big") for at in range(0, len(data), row_bytes)]


def test_a_character_that_nobody_has_is_marked_and_named(typeface: Typeface) -> None:
    encoded = encode(Slip((Text("李\U0002f7ff"),)), NARROW, typeface)
    assert encoded.missing == ("\U0002f7ff",)
    assert f"李{PLACEHOLDER}\n".encode("gb18030") in encoded.data


def test_pictures_come_in_bands_that_a_small_buffer_holds(typeface: Typeface) -> None:
    encoded = encode(Slip((Qr("9" * 300),)), replace(NARROW, band_rows=16), typeface)
    bands = [piece for piece in encoded.pieces if piece.startswith(b"\x1d\x76\x30")]
    assert len(bands) > 5
    assert all(int.from_bytes(band[6:8], "little") <= 16 for band in bands)


def test_a_qr_text_too_long_for_the_paper_is_refused_not_shrunk_to_dust(typeface: Typeface) -> None:
    with pytest.raises(QrTooLarge):
        encode(Slip((Qr("x" * 1200),)), NARROW, typeface)
    with pytest.raises(QrTooLarge):
        encode(Slip((Qr("x" * 5000),)), WIDE, typeface)


def test_the_quiet_zone_of_a_qr_code_stays_white(typeface: Typeface) -> None:
    for length in (10, 60, 120, 200):
        encoded = encode(Slip((Qr("7" * length),)), NARROW, typeface)
        operations = read(encoded.data)
        across, _, row_bytes, _ = next(o.numbers for o in operations if o.op is Op.RASTER)
        feeds = [o.numbers[0] for o in operations if o.op is Op.FEED_DOTS]
        assert (NARROW.dots - row_bytes * 8 * across) // 2 + 8 >= feeds[0] >= 12


def read(data: bytes, sizes: Sequence[int] = ()) -> list[Operation]:
    """Read bytes with the simulator's decoder, cut into reads of `sizes`."""
    reader = EscPosReader()
    operations: list[Operation] = []
    for start, end in pairwise([0, *sorted(sizes), len(data)]):
        operations += reader.feed(data[start:end])
    return operations


BLOCKS = st.one_of(
    st.builds(Text, st.text(max_size=40), st.sampled_from(Size), st.booleans(), st.sampled_from(Align)),
    st.builds(Pair, st.text(max_size=10), st.text(max_size=30), st.booleans()),
    st.builds(Qr, st.text("0123456789abc:/#", min_size=1, max_size=80), st.sampled_from(Correction)),
    st.builds(Feed, st.integers(0, 9)),
    st.just(Rule()),
    st.just(Cut()),
)


@given(st.lists(BLOCKS, max_size=6), st.data())
def test_any_slip_cut_into_any_reads_is_read_whole_by_the_printer(
    typeface: Typeface, blocks: list[Block], data: st.DataObject
) -> None:
    encoded = encode(Slip(tuple(blocks)), NARROW, typeface)
    whole = read(encoded.data)
    assert b"".join(operation.raw for operation in whole) == encoded.data
    assert not any(operation.op is Op.SKIPPED for operation in whole)
    sizes = data.draw(st.lists(st.integers(0, len(encoded.data)), max_size=8))
    assert read(encoded.data, sizes) == whole


@given(st.lists(BLOCKS, max_size=6))
def test_the_pieces_of_a_slip_are_whole_commands(typeface: Typeface, blocks: list[Block]) -> None:
    for profile in (NARROW, replace(WIDE, qr=QrForm.NATIVE)):
        encoded = encode(Slip(tuple(blocks)), profile, typeface)
        assert isinstance(encoded, Encoded)
        for piece in encoded.pieces:
            assert b"".join(operation.raw for operation in read(piece)) == piece
