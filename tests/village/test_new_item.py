"""A new service item with a form of its own is rows in tables: published, fetched, taken in, printed and decided."""

from __future__ import annotations

import shutil
import subprocess
import sys

from kiosk.intents import Choose, Done, Next, Open, Sign, Typed
from kiosk.pages import Fields
from provisioning.county_init import CHECKOUT
from sync import county_config
from sync.gateway import config as gateway_config
from sync.model.facts import CaseTakenIn, Kind
from sync.packs import PackKind
from sync.reading import fact_of
from tests.kiosk.journeys import SIGN_IN, SIGNATURE
from tests.village.ends import Ends, check_equal
from tests.village.scene import Scene
from tests.village.story import PRINTED, REASONS, only_letters

BUILD_S = 60
ROWS = {
    "items.csv": (
        "well_water,1,2026-11-01,农村饮用水井水质检测申请,水质检测,井水;化验水,,medical,civil,代办,一般,公共服务,"
        "自然人,否,,,10,工作日,不限,水质检测报告,proxy_county,村便民服务点,工作日,000-5550-204,12345,1,,否"
    ),
    "basis.csv": "well_water,生活饮用水卫生标准（GB 5749）",
    "conditions.csv": "well_water,家里用自备井饮水",
    "materials.csv": "well_water,id_card,申请人身份证,必要,1,0,申请人提供,,,核对本人",
    "fields.csv": """well_water,水井,depth,井深（米）,号码,关键,1,3,,,12,,
well_water,水井,kind,怎么取水,单选,必填,,,hand=手压;pump=电泵;other=其他,,pump,,
well_water,水井,kind_text,是什么方式,文字,必填,2,30,,,,kind=other,
well_water,水井,people,几个人喝这口井的水,号码,必填,1,3,,,4,,
well_water,水质,troubles,水有什么不对,多选,选填,,3,smell=有味;color=发黄;scale=水垢多,,scale,,没有就不选
well_water,水质,since,什么时候开始的,日期,选填,-3650,0,,,2026-10-01,,
well_water,水质,spent,已经花了多少钱处理,金额,选填,0,1000000,,,200,,元""",
}
NEW_VERSION = ("事项目录,1,", "事项目录,2,")


def publish(scene: Scene) -> None:
    """A clerk adds rows to the county's tables, builds the packs and puts them where the gateway offers them."""
    home = scene.stage.county_dir
    tables = home / county_config.PACKS_SOURCE_DIRECTORY
    for name, rows in ROWS.items():
        with (tables / name).open("a", encoding="utf-8", newline="") as table:
            table.write(rows + "\n")
    versions = tables / "versions.csv"
    versions.write_text(versions.read_text("utf-8").replace(*NEW_VERSION), "utf-8", newline="")
    published = home / county_config.PACKS_DIRECTORY
    command = [
        *(sys.executable, "-m", "county", "packs", "build", str(tables), "--out", str(published)),
        *("--key", str(home / county_config.PACKS_KEY), "--statement", str(home / county_config.PACKS_STATEMENT)),
        *scene.stage.clock_arguments(),
    ]
    built = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=BUILD_S, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    catalogue = PackKind.CATALOGUE.file_name
    shutil.copy(published / catalogue, scene.stage.gateway_dir / gateway_config.PACKS_DIRECTORY / catalogue)


def test_a_new_item_is_rows_only_and_goes_all_the_way(scene: Scene) -> None:
    counter, ends = scene.counter, Ends(scene.stage)
    publish(scene)
    scene.start("gateway", "county", "simulators", "sync")
    counter.until(lambda: Kind.PACK_INSTALLED in kinds_written(ends), "the new catalogue in use")
    counter.until_devices_work()
    counter.do(*SIGN_IN, Open("new"), Typed("search", "szjc"), Open("item", "well_water"))
    assert counter.page.aside is not None
    counter.do(Choose("id_card", "here"), Next())
    assert "kind_text" not in asked(scene)
    counter.do(
        Typed("applicant_name", "李秀兰"),
        Typed("applicant_id", "990101194001010016"),
        Choose("applicant_region", "990101102203001"),
        Typed("depth", "18"),
        Choose("kind", "other"),
    )
    assert "kind_text" in asked(scene)
    counter.do(
        Typed("kind_text", "打水桶"),
        Typed("people", "3"),
        Choose("troubles", "smell"),
        Choose("troubles", "scale"),
        Typed("since", "20261001"),
        Typed("spent", "35.50"),
        Done("spent"),
        Next(),
        Choose("id_card", "original_seen"),
        Next(),
        Sign("signature", SIGNATURE),
        Next(),
    )
    assert counter.place == "receipt", counter.page
    number = counter.case_no
    counter.until(lambda: PRINTED in repr(counter.page), "a receipt that is printed")
    paper = scene.papers()[0]["text"]
    assert number in only_letters(paper)
    assert "水质检测" in only_letters(paper)

    scene.act("civil-intake", number, "accept")
    scene.act("civil-decider", number, "decide", outcome="refused", reasons=REASONS)
    counter.until(lambda: counter.row(number).status.value == "decided", "the decision at the desk")
    scene.until_all_is_told()
    check_equal(ends)
    assert ends.status_at_desk(number) == ends.status_at_county(number) == "decided"
    values = taken_in(ends, number).values
    assert {code: values[code] for code in ("depth", "kind_text", "troubles", "since", "spent")} == {
        "depth": "18",
        "kind_text": "打水桶",
        "troubles": ("smell", "scale"),
        "since": "2026-10-01",
        "spent": 3550,
    }
    personal = scene.console("civil-decider").open_personal(number)
    assert "打水桶" in personal
    assert "水有什么不对" in personal


def kinds_written(ends: Ends) -> list[int]:
    """The kinds of this terminal's records."""
    return [record.header.kind for record in ends.terminal_records()]


def asked(scene: Scene) -> set[str]:
    """The questions that the form asks now."""
    blocks = scene.counter.page.blocks
    return {view.field for block in blocks if isinstance(block, Fields) for view in block.fields}


def taken_in(ends: Ends, number: str) -> CaseTakenIn:
    """The application as the county has it."""
    chain = ends.terminal_records()[0].header.chain
    for record in ends.of_chain(ends.county, chain):
        if record.header.kind == Kind.CASE_TAKEN_IN and record.header.case_no == number:
            fact = fact_of(record, ends.keys(ends.county))
            assert isinstance(fact, CaseTakenIn)
            return fact
    raise AssertionError(f"the county has no application {number}")
