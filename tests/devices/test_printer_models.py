"""What the profile of a model changes in the bytes, against the published examples of each command."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.model_files import ModelRefused, model_names
from devices.printer.characters import encode_character
from devices.printer.document import Align, Cut, Pair, Qr, Rule, Size, Slip, Text
from devices.printer.encoder import encode
from devices.printer.layout import Line, clean, lay_out
from devices.printer.profile import MODELS, Coding, CutForm, PictureForm, Profile, SizeForm, read_profile
from devices.printer.raster import Bitmap, draw_line
from devices.sim.escpos_reader import EscPosReader
from devices.sim.paper import DRAWN, PaperRoll
from devices.typeface import Typeface
from tests.devices.bench import FONT, open_picture

WIDE = read_profile("escpos-80")
PREAMBLE = bytes.fromhex("1b40 1c26 1b3320")
BEYOND_NOTO = "\U0002a6d6"
"""The last character of extension B."""


def bytes_of(typeface: Typeface, profile: Profile, *blocks: Text | Qr | Cut | Rule) -> bytes:
    data = encode(Slip(blocks), profile, typeface).data
    assert data.startswith(PREAMBLE)
    return data[len(PREAMBLE) :]


def printed(slip: Slip, profile: Profile, typeface: Typeface) -> PaperRoll:
    """Put a slip on paper; its words are in `look().text`."""
    roll = PaperRoll(profile.dots, typeface)
    for operation in EscPosReader(profile.coding.value).feed(encode(slip, profile, typeface).data):
        roll.execute(operation)
    return roll


def test_only_the_rare_characters_of_a_line_are_drawn_where_a_picture_may_stand_in_it(typeface: Typeface) -> None:
    data = bytes_of(typeface, WIDE, Text("申请人 㛃＊兰"))
    head, strip = "申请人 ".encode("gb18030"), bytes.fromhex("1b2a21 1800")
    assert data.startswith(head + strip)
    assert data[len(head + strip) + 72 :] == "＊兰\n".encode("gb18030")


def test_a_drawn_character_in_a_line_has_the_dots_of_the_drawn_line(typeface: Typeface) -> None:
    data = bytes_of(typeface, WIDE, Text("王㛃"))
    columns = data[7 : 7 + 72]
    rows = draw_line(Line("㛃"), typeface)
    for x in range(24):
        for y in range(24):
            dot = rows.data[y * 3 + x // 8] >> (7 - x % 8) & 1
            assert columns[x * 3 + y // 8] >> (7 - y % 8) & 1 == dot


@pytest.mark.parametrize(("text", "is_line"), [("李㛃", False), ("㛃李㛃李㛃", False), ("㛃", True), ("㛃𬱖", True)])
def test_the_shorter_of_a_drawn_line_and_drawn_characters_is_sent(typeface: Typeface, text: str, is_line: bool) -> None:
    data = bytes_of(typeface, WIDE, Text(text))
    assert (b"\x1d\x76\x30" in data) is is_line
    assert len(data) <= len(bytes_of(typeface, replace(WIDE, columns_in_line=False), Text(text)))


def test_a_large_line_with_a_rare_character_is_drawn_small_and_doubled_by_the_printer(typeface: Typeface) -> None:
    data = bytes_of(typeface, replace(WIDE, columns_in_line=False), Text("李㛃", Size.LARGE))
    assert b"\x1d\x76\x30\x03\x06\x00" in data
    roll = printed(Slip((Text("李㛃", Size.LARGE),)), WIDE, typeface)
    assert open_picture(roll.look()).height > 48


def test_pictures_by_gs_l_are_kept_and_then_printed(typeface: Typeface) -> None:
    profile = replace(WIDE, picture=PictureForm.GS_L, columns_in_line=False)
    data = bytes_of(typeface, profile, Text("㛃"))
    dots = draw_line(Line("㛃"), typeface).trimmed()[1]
    kept = bytes.fromhex("30 70 30 01 01 31 18 00") + dots.rows.to_bytes(2, "little") + dots.data
    command = b"\x1d\x28\x4c" + len(kept).to_bytes(2, "little") + kept + bytes.fromhex("1d284c 0200 3032")
    assert command in data


def test_a_printer_with_nothing_but_columns_gets_lines_without_air(typeface: Typeface) -> None:
    profile = replace(WIDE, picture=PictureForm.COLUMNS, columns_in_line=False)
    data = bytes_of(typeface, profile, Text("㛃"), Text("王"))
    assert data.startswith(bytes.fromhex("1b3318 1b2a21 1800"))
    assert data.endswith(bytes.fromhex("0a 1b4a08 1b3320") + "王\n".encode("gbk"))


def test_an_empty_line_after_columns_is_as_high_as_any_other(typeface: Typeface) -> None:
    profile = replace(WIDE, picture=PictureForm.COLUMNS, columns_in_line=False)
    assert bytes_of(typeface, profile, Text("㛃"), Text("")).endswith(bytes.fromhex("1b4a08 1b3320 0a"))


@pytest.mark.parametrize("form", PictureForm)
@pytest.mark.parametrize("size", Size)
def test_every_form_of_picture_puts_the_same_dots_on_the_paper(
    typeface: Typeface, form: PictureForm, size: Size
) -> None:
    slip = Slip((Text("㛃王𬱖", size, align=Align.CENTRE), Text("下一行")))
    plain = replace(WIDE, columns_in_line=False)
    expected = printed(slip, plain, typeface).look()
    seen = printed(slip, replace(plain, picture=form), typeface).look()
    assert open_picture(seen).tobytes() == open_picture(expected).tobytes()


def test_fs_bang_sizes_chinese_where_gs_does_not(typeface: Typeface) -> None:
    profile = replace(WIDE, han_size=SizeForm.FS_BANG)
    data = bytes_of(typeface, profile, Text("回执", Size.LARGE), Text("回执", Size.TALL), Text("完"))
    large, tall, small = (bytes.fromhex(sizes) for sizes in ("1d2111 1c210c", "1d2101 1c2108", "1d2100 1c2100"))
    title = "回执\n".encode("gbk")
    assert data.startswith(large + b"\x1b\x33\x38" + title + tall + title + small)


def test_fs_w_makes_chinese_large_and_what_is_only_tall_is_drawn(typeface: Typeface) -> None:
    profile = replace(WIDE, han_size=SizeForm.FS_W)
    assert bytes_of(typeface, profile, Text("回", Size.LARGE)).startswith(bytes.fromhex("1d2111 1c5701 1b3338"))
    tall = bytes_of(typeface, profile, Text("回", Size.TALL))
    assert b"\x1d\x76\x30\x02\x03\x00" in tall
    assert bytes_of(typeface, profile, Text("12:30", Size.TALL)).startswith(
        bytes.fromhex("1d2101 1c5700 1b3338") + b"12"
    )


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        (CutForm.PARTIAL, "1b6405 1d5601"),
        (CutForm.FULL, "1b6405 1d5600"),
        (CutForm.FEED_PARTIAL, "1d564200"),
        (CutForm.FEED_FULL, "1d564100"),
        (CutForm.ESC_I, "1b6405 1b69"),
        (CutForm.ESC_M, "1b6405 1b6d"),
        (CutForm.NONE, "1b6405"),
    ],
)
def test_every_knife_is_told_in_its_own_way(typeface: Typeface, form: CutForm, sent: str) -> None:
    assert bytes_of(typeface, replace(WIDE, cut=form), Cut()) == bytes.fromhex(sent)


def test_a_printer_that_reads_utf_8_leaves_chinese_mode_and_gets_utf_8(typeface: Typeface) -> None:
    profile = replace(WIDE, coding=Coding.UTF_8, prepare=bytes.fromhex("1c28430200 3002"))
    data = encode(Slip((Text("回执·A"),)), profile, typeface).data
    assert data == bytes.fromhex("1b40 1c2e 1c28430200 3002 1b3320") + "回执·A\n".encode()
    assert printed(Slip((Text("回执㛃"),)), replace(profile, prepare=b""), typeface).look().text == f"回执{DRAWN}"


def test_a_printer_with_four_byte_characters_gets_extension_a_as_text_and_b_as_a_picture(typeface: Typeface) -> None:
    profile = replace(WIDE, coding=Coding.GB18030_FOUR_BYTE)
    assert bytes_of(typeface, profile, Text("㛃")) == bytes.fromhex("8230b731") + b"\n"
    assert encode_character("𬱖", Coding.GB18030_FOUR_BYTE) is None
    assert printed(Slip((Text("王㛃𬱖"),)), profile, typeface).look().text == f"王㛃{DRAWN}"


def test_a_printer_without_chinese_gets_it_drawn_and_numbers_as_text(typeface: Typeface) -> None:
    profile = read_profile("escpos-80-drawn")
    data = encode(Slip((Text("回执"), Text("12345"))), profile, typeface).data
    assert data.startswith(bytes.fromhex("1b40 1c2e"))
    assert data.endswith(b"12345\n")
    assert not any(byte >= 0x80 for byte in data.split(b"\x1d\x76")[0])


def test_a_rule_is_a_dozen_bytes_across_the_paper(typeface: Typeface) -> None:
    assert bytes_of(typeface, WIDE, Rule()) == b"\x1d\x21\x30" + b"-" * 12 + b"\n"
    picture = open_picture(printed(Slip((Rule(),)), WIDE, typeface).look())
    inked = [x for x in range(picture.width) if any(picture.getpixel((x, y)) == 0 for y in range(picture.height))]
    assert inked[-1] - inked[0] > 500


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ﬁ", "fi"), ("㉑", "21"), ("ｶ", "カ"), ("⺟", "母"), ("\uf9d3", "陸"), ("⼀", "一"), ("①", "①"), ("℃", "℃"),
        ("张\N{NO-BREAK SPACE}伟", "张 伟"), ("㛃𬱖", "㛃𬱖"), ("½", "½"),
    ],
)  # fmt: skip
def test_odd_forms_are_written_as_printers_have_them_and_names_are_left_alone(typed: str, shown: str) -> None:
    assert clean(typed) == shown


def test_a_label_with_a_line_end_in_it_stays_one_label() -> None:
    assert lay_out((Pair("申请\n人", "李"),), 32) == [Line("申请 人 李")]


@pytest.mark.parametrize("name", model_names([MODELS]))
def test_the_simulated_printer_of_every_model_prints_the_words_and_nothing_besides(
    typeface: Typeface, name: str
) -> None:
    profile = read_profile(name)
    slip = Slip((Text("回执", Size.LARGE), Text("申请人 㛃＊兰"), Rule(), Text("12345"), Cut()))
    words = printed(slip, profile, typeface).look().text.split("\n")
    if profile.coding is Coding.ASCII:
        assert [word for word in words if word.strip(f"{DRAWN} ")] == ["12345"]
    elif profile.columns_in_line:
        assert words == ["回执", f"申请人 {DRAWN}＊兰", "12345"]
    else:
        assert words == ["回执", "12345"]


def test_commands_that_a_model_needs_first_leave_nothing_on_the_simulated_paper(typeface: Typeface) -> None:
    for needed in ("1d50b4b4", "1c28430200 3002", "1b7400"):
        profile = replace(WIDE, prepare=bytes.fromhex(needed))
        assert printed(Slip((Text("回执"),)), profile, typeface).look().text == "回执"


def test_the_printers_own_code_fits_also_when_it_stores_every_digit_as_a_byte(typeface: Typeface) -> None:
    """312 bytes at correction M are version 13, 69 modules (ISO/IEC 18004, table 7); 58 mm are 384 dots."""
    narrow = replace(WIDE, dots=384, columns=32)
    data = bytes_of(typeface, narrow, Qr("7" * 312))
    assert bytes.fromhex("1d286b0300 3143 04") in data
    assert (69 + 2 * 4) * 4 <= 384 < (69 + 2 * 4) * 5


def test_a_printer_of_a_new_make_is_added_by_a_file_alone(typeface: Typeface, tmp_path: Path) -> None:
    known = (Path(__file__).parents[2] / "devices/printer/models/escpos-80.toml").read_text("utf-8")
    changed = known.replace('cut = "partial"', 'cut = "esc-m"').replace('coding = "gb18030"', 'coding = "gb2312"')
    (tmp_path / "acme-80.toml").write_text(changed + 'han_size = "fs-bang"\nprepare = "1d 50 b4 b4"\n', "utf-8")
    profile = read_profile("acme-80", [tmp_path])
    data = encode(Slip((Text("回", Size.LARGE), Text("王堃"), Cut())), profile, typeface).data
    assert data.startswith(bytes.fromhex("1b40 1c26 1d50b4b4 1b3320 1d2111 1c210c 1b3338") + "回\n".encode("gb2312"))
    assert b"\x1b\x2a\x21\x18\x00" in data, "堃 is not in GB 2312"
    assert data.endswith(bytes.fromhex("1b6405 1b6d"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('picture = "gs-x"', "picture must be one of: gs-v-0, gs-l, columns"),
        ('prepare = "1d 5"', "prepare must be at most 64 bytes as hexadecimal digits"),
        ("prepare = 12", "prepare must be at most 64 bytes as hexadecimal digits"),
        ('han_size = "big"', "han_size must be one of: gs, fs-bang, fs-w"),
        ('columns_in_line = "yes"', "columns_in_line must be true or false"),
        ("columns_in_lines = true", "there is no field named columns_in_lines"),
    ],
)
def test_a_mistake_in_a_model_file_is_named(tmp_path: Path, line: str, said: str) -> None:
    known = (Path(__file__).parents[2] / "devices/printer/models/escpos-58.toml").read_text("utf-8")
    (tmp_path / "acme-58.toml").write_text(f"{known}{line}\n", "utf-8")
    with pytest.raises(ModelRefused, match=said):
        read_profile("acme-58", [tmp_path])


def test_a_name_beyond_the_house_font_is_drawn_with_the_font_of_rare_characters(
    typeface: Typeface, tmp_path: Path
) -> None:
    (tmp_path / FONT.name).symlink_to(FONT)
    alone = Typeface(tmp_path / FONT.name)
    assert (typeface.has(BEYOND_NOTO), alone.has(BEYOND_NOTO)) == (True, False)
    assert encode(Slip((Text(BEYOND_NOTO),)), WIDE, alone).missing == (BEYOND_NOTO,)
    encoded = encode(Slip((Text(BEYOND_NOTO),)), WIDE, typeface)
    assert encoded.missing == ()
    assert sum(byte.bit_count() for byte in encoded.data) > 60


def test_white_rows_are_fed_and_not_sent() -> None:
    bitmap = Bitmap(1, 5, b"\x00\x00\x01\x00\x00")
    assert bitmap.trimmed() == (2, Bitmap(1, 1, b"\x01"))
    assert Bitmap(1, 2, b"\x00\x00").trimmed() == (2, Bitmap(1, 0, b""))
