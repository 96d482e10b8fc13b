"""What goes over the wire for any slip on any model, read by the published table of commands; and how much it is."""

from __future__ import annotations

import time
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.model_files import model_names
from devices.printer.document import Align, Block, Correction, Cut, Feed, Pair, Qr, Rule, Size, Slip, Text
from devices.printer.encoded import PLACEHOLDER
from devices.printer.encoder import encode
from devices.printer.layout import Line, lay_out
from devices.printer.pictures import longest_command_bytes
from devices.printer.profile import MODELS, Coding, PictureForm, Profile, SizeForm, read_profile
from devices.typeface import Typeface
from tests.devices.command_table import STRIP, NotInTheTable, Read, TableReader
from tests.kiosk.receipts import RARE_NAME, receipt_of

PROFILES = [read_profile(name) for name in model_names([MODELS])]
CODECS = {
    Coding.ASCII: ("ascii", 1),
    Coding.GB2312: ("gb2312", 2),
    Coding.GBK: ("gbk", 2),
    Coding.GB18030: ("gb18030", 2),
    Coding.GB18030_FOUR_BYTE: ("gb18030", 4),
    Coding.UTF_8: ("utf-8", 4),
}
NAMES = st.text(
    st.one_of(
        st.sampled_from("王建国李秀兰张伟０１（）：，。—…·“”"),
        st.sampled_from("㛃𠅤䶮𬱖𰻝堃喆镕\N{NO-BREAK SPACE}ﬁ㉑⼀ｶé€\N{SNOWMAN}"),
        st.characters(max_codepoint=0x3FFFF),
    ),
    max_size=24,
)
BLOCKS = st.one_of(
    st.builds(Text, NAMES, st.sampled_from(Size), st.booleans(), st.sampled_from(Align)),
    st.builds(Pair, st.text(max_size=6), NAMES, st.booleans()),
    st.builds(Qr, st.text("0123456789abc:/#", min_size=1, max_size=80), st.sampled_from(Correction)),
    st.builds(Feed, st.integers(0, 9)),
    st.just(Rule()),
    st.just(Cut()),
)
FORMS = st.builds(
    replace,
    st.sampled_from(PROFILES),
    coding=st.sampled_from([coding for coding in Coding if coding is not Coding.ASCII]),
    columns_in_line=st.booleans(),
    picture=st.sampled_from([PictureForm.GS_V_0, PictureForm.GS_L]),
    han_size=st.sampled_from(SizeForm),
)


def on_paper(slip: Slip, profile: Profile, typeface: Typeface) -> list[Read]:
    codec, longest = CODECS[profile.coding]
    data = encode(slip, replace(profile, prepare=b""), typeface).data
    return list(TableReader(data, codec, longest).read())


def without_feeds(reads: list[Read]) -> list[Read]:
    """Bands of one picture follow each other; everything else is fed apart, or is not a picture."""
    kept = [read for before, read in pairwise([Read("feed"), *reads]) if not (before.kind == read.kind == "picture")]
    return [read for read in kept if read.kind != "feed"]


def in_rom(character: str, coding: Coding) -> bool:
    """By the codecs alone; the private area and what GB 2312's two dashes are set aside."""
    codec, longest = CODECS[coding]
    try:
        code = character.encode("gbk" if coding is Coding.UTF_8 else codec)
    except UnicodeEncodeError:
        return coding is Coding.GB2312 and character == "—"
    is_common = len(code) <= 2 or (longest == 4 and "㐀" <= character <= "䶿")
    return is_common and not "\ue000" <= character <= "\uf8ff"


@given(st.lists(BLOCKS, max_size=6), FORMS)
def test_any_slip_on_any_model_is_read_to_its_last_byte_with_the_same_words_as_large_and_as_bold(
    typeface: Typeface, blocks: list[Block], profile: Profile
) -> None:
    reads = without_feeds(on_paper(Slip(tuple(blocks)), profile, typeface))
    for laid in lay_out(blocks, profile.columns):
        if isinstance(laid, Feed) or (isinstance(laid, Cut) and profile.cut.value == "none"):
            continue
        read = reads.pop(0)
        if isinstance(laid, Line):
            assert_reads_as(laid, read, profile, typeface)
        elif isinstance(laid, Rule):
            assert set(read.text) == {"-"}
        elif isinstance(laid, Qr) and read.kind == "qr":
            assert read.text == laid.data
        else:
            assert read.kind == ("picture" if isinstance(laid, Qr) else "cut")
    assert not reads


def assert_reads_as(line: Line, read: Read, profile: Profile, typeface: Typeface) -> None:
    """The same words, or drawn where the printer could not."""
    shown = [each if in_rom(each, profile.coding) or typeface.has(each) else PLACEHOLDER for each in line.text]
    runs = [(known, "".join(run)) for known, run in groupby(shown, lambda each: in_rom(each, profile.coding))]
    assert read.modes.align == line.align.value
    if read.kind == "picture":
        is_odd = profile.han_size is SizeForm.FS_W and line.size is Size.TALL
        assert is_odd or not all(known for known, _ in runs)
        return
    assert [each.replace("―", "—") for each in [read.text]] == ["".join(run if known else STRIP for known, run in runs)]
    if line.text:
        assert (read.modes.narrow, read.modes.is_bold) == (line.size.value, line.bold)
    if not line.text.isascii():
        assert read.modes.han == line.size.value


def test_a_reader_by_the_table_refuses_what_is_no_command_and_what_is_cut_off() -> None:
    for data in (
        b"\x1b\x7a",
        b"\x1d\x76\x30\x00\x02\x00\x02\x00abc",
        b"\xb0\n",
        "王".encode("gbk"),
        b"a\x1b\x45\x01\n",
    ):
        with pytest.raises(NotInTheTable):
            list(TableReader(data, "gbk", 2).read())


@pytest.fixture(scope="module")
def receipts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Slip]:
    """The acceptance receipt of somebody with a common name, and of somebody with a rare one."""
    return {name: receipt_of(name, tmp_path_factory.mktemp("point")) for name in ("李秀兰", RARE_NAME)}


@pytest.mark.parametrize("name", ["李秀兰", RARE_NAME])
def test_a_receipt_is_at_most_1200_bytes_with_the_printers_own_code_and_4000_with_a_drawn_one_on_58_mm(
    typeface: Typeface, receipts: dict[str, Slip], name: str
) -> None:
    sizes = {profile.name: len(encode(receipts[name], profile, typeface).data) for profile in PROFILES}
    for model in ("escpos-80", "epson-tm-t20", "xprinter-80"):
        assert sizes[model] <= 1_200, model
    for model in ("escpos-58", "escpos-58-silent", "zj-5870"):
        assert sizes[model] <= 4_000, model


def test_a_receipt_is_read_to_its_last_byte_on_every_model(typeface: Typeface, receipts: dict[str, Slip]) -> None:
    for profile in PROFILES:
        reads = on_paper(receipts[RARE_NAME], profile, typeface)
        codes = [read for read in reads if read.kind == "qr"]
        assert len(codes) == (profile.qr.value == "native"), profile.name
        assert all(read.size[0] <= profile.dots for read in reads if read.kind == "picture"), profile.name
        said = "".join(read.text for read in reads)
        assert ("代办收件回执" in said) is (profile.coding is not Coding.ASCII), profile.name
        assert RARE_NAME[0] not in said or profile.coding is Coding.GB18030_FOUR_BYTE


def test_encoding_a_receipt_takes_milliseconds_also_with_rare_characters(
    typeface: Typeface, receipts: dict[str, Slip]
) -> None:
    """The bench has the percentiles; this is what nobody may slow down tenfold without noticing."""
    typeface.check()
    taken_s = []
    for _ in range(5):
        began_s = time.perf_counter()
        encode(receipts[RARE_NAME], read_profile("escpos-58"), typeface)
        taken_s.append(time.perf_counter() - began_s)
    assert min(taken_s) < 0.03


@given(st.lists(BLOCKS, max_size=4), st.sampled_from(PROFILES))
def test_no_command_is_longer_than_what_makes_up_for_a_broken_off_one(
    typeface: Typeface, blocks: list[Block], profile: Profile
) -> None:
    pieces = encode(Slip((*blocks, Qr("7" * 600, Correction.LOW))), replace(profile, band_rows=8), typeface).pieces
    assert max(len(piece) for piece in pieces) <= longest_command_bytes(profile.dots, 8)


def test_every_model_that_is_shipped_says_what_is_known_of_it_and_what_is_not() -> None:
    for path in MODELS.glob("*.toml"):
        said = path.read_text("utf-8")
        assert "# Known:" in said, path.name
        assert "# Not confirmed:" in said, path.name
