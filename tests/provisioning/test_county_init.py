"""Setting up a county: once, and again without changing anything."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from provisioning.__main__ import main
from provisioning.county_init import SAMPLE_TABLES, County, county_init, county_keys
from provisioning.key_steps import RootStatement
from provisioning.plan import carry_out
from provisioning.speech import Refused, Sentence
from sync import county_config
from sync.clock import FixedClock, SystemClock
from sync.county_config import CountyConfig, CountyConfigRefused
from sync.gateway import config as gateway_config
from sync.gateway.config import GatewayConfig
from sync.keys import FileSigner, Purpose, Trust
from sync.one_time_code import OneTimeCode

DAY_MS = 24 * 3600 * 1000
CODE_OF_NOBODY = OneTimeCode("000000", bytes(10), bytes(16)).text()


def county_at(home: Path, tables: Path | None = None, host: str = "127.0.0.1") -> County:
    return County("990101", "青山县", home / "county", home / "gateway", host, 8443, tables or home / "tables")


def contents(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def make_keys(home: Path, host: str = "127.0.0.1") -> int:
    clock = SystemClock()
    return carry_out(county_keys(county_at(home, host=host), clock, clock), lambda _: None)


def test_the_command_sets_up_a_county_and_a_second_run_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["county-init", "--county", "990101", "--name", "青山县", "--dir", str(tmp_path / "county")]
    assert main(command) == 0
    before = contents(tmp_path)
    assert {path.name for path in before} >= {"catalogue.pack", "profile.pack", "calendar.pack", "gateway.json"}
    capsys.readouterr()
    assert main(command) == 0
    assert contents(tmp_path) == before
    assert "没有改动" in capsys.readouterr().out


def test_every_private_key_is_its_owner_s_alone(tmp_path: Path) -> None:
    make_keys(tmp_path)
    keys = list(tmp_path.rglob("*-key.pem"))
    assert len(keys) == 9
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in keys)
    assert stat.S_IMODE((tmp_path / "county" / "keys").stat().st_mode) == 0o700


def test_a_set_up_that_broke_anywhere_goes_on(tmp_path: Path) -> None:
    steps = list(county_keys(county_at(tmp_path), SystemClock(), SystemClock()))
    for count in range(1, len(steps) + 1):
        assert carry_out(steps[:count], lambda _: None) == 1
    assert carry_out(steps, lambda _: None) == 0


def test_a_root_key_is_never_made_anew_in_the_place_of_another(tmp_path: Path) -> None:
    make_keys(tmp_path)
    root = tmp_path / "county" / county_config.ROOT_KEY
    root.unlink()
    with pytest.raises(Refused) as refused:
        make_keys(tmp_path)
    assert "不是这把根密钥签的" in refused.value.sentence.chinese


def test_a_directory_of_another_county_is_refused(tmp_path: Path) -> None:
    make_keys(tmp_path)
    CountyConfig("990102", "邻县", "https://127.0.0.1:1", "0" * 32).save(tmp_path / "county")
    with pytest.raises(Refused) as refused:
        make_keys(tmp_path)
    assert "另一个县" in refused.value.sentence.chinese


def test_a_gateway_that_moved_gets_a_new_certificate_and_keeps_its_keys(tmp_path: Path) -> None:
    make_keys(tmp_path)
    before = contents(tmp_path)
    make_keys(tmp_path, host="10.1.2.3")
    changed = {path.name for path, content in contents(tmp_path).items() if before[path] != content}
    assert changed == {"server-certificates.pem", "gateway.json", "county.json"}


def test_what_an_operator_wrote_into_gateway_json_is_kept(tmp_path: Path) -> None:
    make_keys(tmp_path)
    file = tmp_path / "gateway" / gateway_config.FILE_NAME
    own = GatewayConfig.load(tmp_path / "gateway")
    replace(own, store="postgresql:///sunpoint").save(tmp_path / "gateway")
    before = file.read_bytes()
    assert make_keys(tmp_path) == 0
    assert file.read_bytes() == before
    make_keys(tmp_path, host="10.1.2.3")
    moved = replace(own, store="postgresql:///sunpoint", listen="10.1.2.3:8443")
    assert GatewayConfig.load(tmp_path / "gateway") == moved
    replace(moved, listen="unix:/run/sunpoint/gateway-1.sock").save(tmp_path / "gateway")
    make_keys(tmp_path, host="10.1.2.4")
    assert GatewayConfig.load(tmp_path / "gateway").listen == "unix:/run/sunpoint/gateway-1.sock"
    assert CountyConfig.load(tmp_path / "county").gateway_url == "https://10.1.2.4:8443"


def test_a_county_that_is_set_up_again_without_its_address_keeps_it(tmp_path: Path) -> None:
    command = ["county-init", "--county", "990101", "--name", "青山县", "--dir", str(tmp_path / "county")]
    assert main([*command, "--host", "gw.example.cn", "--port", "9443"]) == 0
    before = contents(tmp_path)
    assert main(command) == 0
    assert contents(tmp_path) == before


@pytest.mark.parametrize("wrong", ["county", "gateway"])
def test_a_county_that_was_mistyped_or_whose_gateway_is_elsewhere_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    make_keys(tmp_path)
    command = ["county-init", "--name", "青山县", "--dir", str(tmp_path / "county")]
    if wrong == "gateway":
        (tmp_path / "gateway").rename(tmp_path / "carried-away")
    before = contents(tmp_path)
    assert main([*command, "--county", "990101" if wrong == "gateway" else "990102"]) == 1
    assert ("--gateway-dir" if wrong == "gateway" else "另一个县（990101）") in capsys.readouterr().err
    assert contents(tmp_path) == before
    assert not (wrong == "gateway" and (tmp_path / "gateway").exists())


def test_a_statement_is_renewed_in_its_last_month_and_not_before(tmp_path: Path) -> None:
    root, key = FileSigner.create(tmp_path / "root.pem"), FileSigner.create(tmp_path / "key.pem")

    def step(days: int) -> RootStatement:
        return RootStatement(
            tmp_path / "statement", lambda: key.public_key, tmp_path / "root.pem", Purpose.PACKS, "publisher", "990101",
            100, FixedClock((20_000 + days) * DAY_MS), Sentence("", ""),
        )  # fmt: skip

    step(0).apply()
    assert step(60).is_done()
    assert not step(75).is_done()
    step(75).apply()
    trust = Trust(root.public_key, "990101")
    held = trust.check((tmp_path / "statement").read_bytes(), Purpose.PACKS, at_ms=20_150 * DAY_MS)
    assert held.key == key.public_key


def test_tables_with_a_fault_make_no_packs_and_are_named(tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "items.csv").write_text("nonsense\n", "utf-8")
    clock = SystemClock()
    with pytest.raises(Refused) as refused:
        county_init(county_at(tmp_path), clock, clock, lambda _: None)
    assert "资料包没有做成" in refused.value.sentence.chinese
    assert not list((tmp_path / "gateway").rglob("*.pack"))


def test_tables_of_another_county_are_not_taken_over_and_the_right_ones_are_the_next_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = tmp_path / "tables"
    shutil.copytree(SAMPLE_TABLES / "990101", tables)
    command = ["county-init", "--county", "330122", "--name", "某某县", "--dir", str(tmp_path / "county")]
    command += ["--tables", str(tables)]
    assert main(command) == 1
    assert "表格是 990101 县的" in capsys.readouterr().err
    profile = tables / "profile.csv"
    profile.write_text(profile.read_text("utf-8").replace("county,990101", "county,330122"), "utf-8")
    assert main(command) == 0
    assert "county,330122" in (tmp_path / "county" / "packs" / "source" / "profile.csv").read_text("utf-8")


def test_no_program_is_set_up_in_the_directory_of_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_keys(tmp_path)
    (tmp_path / "gateway" / "gateway.json").touch()
    before = contents(tmp_path)
    init = ["county-init", "--county", "990101", "--name", "青山县"]
    enrol = ["enrol", "--gateway", "https://127.0.0.1:8443", "--code", CODE_OF_NOBODY]
    page = ["import-page-init", "--county-dir", str(tmp_path / "county"), "--place", "青山镇"]
    for command, directory in (
        ([*init, "--dir"], tmp_path / "gateway"),
        ([*init, "--gateway-dir", str(tmp_path / "both"), "--dir"], tmp_path / "both"),
        ([*enrol, "--data"], tmp_path / "county"),
        ([*page, "--dir"], tmp_path / "gateway"),
    ):
        assert main([*command, str(directory)]) == 1
        assert "目录" in capsys.readouterr().err
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--county", "99010", "--name", "青山县"], "六位数字"),
        (["--county", "990199", "--name", "无表县"], "--tables"),
    ],
)
def test_what_cannot_be_is_said_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(["county-init", *arguments, "--dir", str(tmp_path / "county")]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "　", "青" * 41, "青" * 100, "青山\n县", "青山\udcff"])
def test_a_name_that_county_json_cannot_hold_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    command = ["county-init", "--county", "990101", "--dir", str(tmp_path / "county")]
    assert main([*command, "--name", name]) == 1
    assert "county.json: name is missing or not of its form" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_name_as_long_as_county_json_holds_is_cut_in_the_certificate_only(tmp_path: Path) -> None:
    county, clock = replace(county_at(tmp_path), name="青" * 40), SystemClock()
    carry_out(county_keys(county, clock, clock), lambda _: None)
    assert CountyConfig.load(county.directory).name == county.name
    assert carry_out(county_keys(county, clock, clock), lambda _: None) == 0


def test_a_gateway_address_that_no_url_can_hold_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="gateway_url"):
        make_keys(tmp_path, host="fe80::1%eth0")
    assert list(tmp_path.iterdir()) == []


def test_county_json_is_not_written_as_it_could_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(CountyConfigRefused, match="name"):
        CountyConfig("990101", "", "https://127.0.0.1:1", "0" * 32).save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_both_sides_hold_the_same_authorities(tmp_path: Path) -> None:
    make_keys(tmp_path)
    ours = tmp_path / "county" / county_config.AUTHORITIES
    theirs = tmp_path / "gateway" / gateway_config.AUTHORITIES
    assert ours.read_bytes() == theirs.read_bytes()
    theirs.unlink()
    make_keys(tmp_path)
    assert ours.read_bytes() == theirs.read_bytes()
