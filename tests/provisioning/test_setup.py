"""What set-up makes before the first start: packages named, faces extracted, translations compiled."""

from __future__ import annotations

import gettext
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from devices.font_coverage import read_coverage
from devices.typeface import RARE_FILE
from kiosk.assets import REPOSITORY, Assets
from provisioning.setup import fonts, kivy_data, system, translations

PO_HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def po(folder: Path, area: str, *entries: tuple[str, str]) -> Path:
    """Write one area's .po file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{area}.po"
    path.write_text(PO_HEAD + "".join(f'msgid "{zh}"\nmsgstr "{en}"\n\n' for zh, en in entries), "utf-8")
    return path


def test_a_package_list_is_read_without_its_reasons(tmp_path: Path) -> None:
    (tmp_path / "packages-run.txt").write_text("# why\n\nlibegl1   # GL\nxvfb\n", "utf-8")
    (tmp_path / "packages-test.txt").write_text("chromium\n", "utf-8")
    assert system.wanted(["run", "test"], tmp_path) == ["libegl1", "xvfb", "chromium"]


def test_a_package_that_was_removed_but_left_its_settings_is_missing() -> None:
    status = "libegl1 ii \nxvfb rc \nchromium un \n"
    assert system.missing(["libegl1", "xvfb", "chromium", "xdotool"], status) == ["xvfb", "chromium", "xdotool"]


def test_an_unknown_package_set_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert system.main(["no-such-set"]) == 1
    assert capsys.readouterr().err.startswith("set-up: ")


def test_servers_that_tests_need_are_installed_without_being_started(tmp_path: Path) -> None:
    policy, clusters = tmp_path / system.POLICY, tmp_path / system.CLUSTERS
    with pytest.raises(subprocess.CalledProcessError) as asked, system.quietly(["nginx", "postgresql-15"], tmp_path):
        subprocess.run([policy, "nginx", "start"], check=True)
    assert asked.value.returncode == 101
    assert not policy.exists()
    assert "create_main_cluster = false" in clusters.read_text("utf-8")


def test_what_an_administrator_has_said_about_services_stays(tmp_path: Path) -> None:
    policy, clusters = tmp_path / system.POLICY, tmp_path / system.CLUSTERS
    for path in (policy, clusters):
        path.parent.mkdir(parents=True)
        path.write_text("mine", "utf-8")
    with system.quietly(["postgresql-15"], tmp_path):
        assert policy.read_text("utf-8") == "mine"
    assert (policy.read_text("utf-8"), clusters.read_text("utf-8")) == ("mine", "mine")


def test_checking_the_system_packages_again_needs_nothing() -> None:
    # With the bare interpreter and no site packages, as on a machine where nothing is set up yet.
    command = [sys.executable, "-S", "-m", "provisioning.setup.system", "run"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_face_taken_out_is_the_simplified_chinese_one(tmp_path: Path) -> None:
    face = fonts.FACES[0]
    fonts.extract(face, fonts.COLLECTIONS, tmp_path)
    font = TTFont(tmp_path / face.file, lazy=True)
    assert font["name"].getDebugName(1) == "Noto Sans CJK SC"
    assert set("门直骨喆堃甪㛃𠅤䶮") <= {chr(code) for code in font.getBestCmap()}
    assert [path.name for path in tmp_path.iterdir()] == [face.file]


def test_a_missing_collection_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fonts.main(["--out", str(tmp_path / "out"), "--collections", str(tmp_path)]) == 1
    assert "fonts-noto-cjk" in capsys.readouterr().err


def test_a_missing_font_of_rare_characters_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fonts.main(["--out", str(tmp_path / "out"), "--rare", str(tmp_path / "none.ttf")]) == 1
    assert "fonts-hanazono" in capsys.readouterr().err


def test_the_font_of_rare_characters_comes_with_its_licence() -> None:
    made = Assets.from_environment({}).regular_font
    assert "\U0002a6d6" in read_coverage(made.with_name(RARE_FILE))
    assert "Open-Font-License" in (made.parent / "LICENCE-HanaMin.txt").read_text("utf-8")


def test_the_made_files_are_where_the_kiosk_looks_for_them() -> None:
    assets = Assets.from_environment({})
    assert assets.regular_font.is_file()
    assert assets.bold_font.is_file()


def test_the_made_files_may_be_kept_elsewhere(tmp_path: Path) -> None:
    assets = Assets.from_environment({"SUNPOINT_ASSETS": str(tmp_path)})
    assert assets.regular_font.is_relative_to(tmp_path)
    assert assets.locale_dir == tmp_path / "locale"


def test_the_areas_of_a_language_become_one_catalogue(tmp_path: Path) -> None:
    po(tmp_path / "en", "home", ("首页", "Home"), ("返回", "Back"))
    po(tmp_path / "en", "guide", ("返回", "Back"), ("指南", "Guide"))
    assert translations.main(["--sources", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    english = gettext.translation(translations.DOMAIN, tmp_path / "out", ["en"])
    assert [english.gettext(text) for text in ("首页", "返回", "指南")] == ["Home", "Back", "Guide"]


def test_two_areas_that_disagree_are_both_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    po(tmp_path / "en", "home", ("返回", "Back"))
    po(tmp_path / "en", "guide", ("返回", "Return"))
    assert translations.main(["--sources", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "home.po" in said
    assert "guide.po" in said


def test_a_damaged_translation_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    po(tmp_path / "en", "home").write_text('msgid "unfinished\n', "utf-8")
    assert translations.main(["--sources", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.startswith("set-up: ")


def test_kivys_data_are_copied_whole_but_for_the_rules_of_its_widgets(tmp_path: Path) -> None:
    out = tmp_path / "assets" / "kivy"
    assert kivy_data.main(["--out", str(out)]) == 0
    source = kivy_data.kivy_data()
    names = {path.relative_to(source) for path in source.rglob("*")}
    assert {path.relative_to(out) for path in out.rglob("*")} == names
    assert (out / "style.kv").read_text("utf-8") == kivy_data.NO_RULES
    (out / "stale").touch()
    assert kivy_data.main(["--out", str(out)]) == 0
    assert not (out / "stale").exists()


def test_a_kivy_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    # Without site packages.
    command = [sys.executable, "-S", "-m", "provisioning.setup.kivy_data", "--out", str(tmp_path / "kivy")]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("set-up: Kivy is not installed")
    assert not (tmp_path / "kivy").exists()
