"""A short part of the campaign, from the run's seed: what fails here is repeated by the command that it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from provisioning.county_init import CHECKOUT
from tests.campaign.__main__ import main
from tests.campaign.attacks.part import ATTACKS, HONEST
from tests.campaign.attacks.table import ATTACKS as TABLE
from tests.campaign.fuzz.decoders import decoders
from tests.campaign.fuzz.part import FUZZ
from tests.campaign.part import Part
from tests.campaign.parts import PARTS
from tests.campaign.power.crash import Loss
from tests.campaign.power.part import POWER
from tests.campaign.power.writers import WRITERS
from tests.campaign.results import Results
from tests.campaign.village.tale import tell

FAR = 1 << 31
"""Seeds of a campaign are small ones; those of tests lie beyond, and are others in every run."""
VILLAGES, HONEST_VILLAGES, FUZZED, CUTS_EACH, ATTACKS_EACH = 110, 12, 4_000, 30, 2


def run(part: Part, seeds: Iterable[int]) -> Counter[str]:
    """Run seeds of a part and return what happened how often; the first failure says how to repeat it."""
    happened: Counter[str] = Counter()
    with part.ready() as run_one:
        for seed in seeds:
            print(f"python -m tests.campaign --part {part.name} --seeds {seed}:{seed + 1} --again")
            happened.update(run_one(seed))
    return happened


def first(seed: int, of: int = 1) -> int:
    """Where the seeds of this run begin; a multiple of `of`."""
    return FAR + seed - (FAR + seed) % of


def test_villages_keep_their_promises_whatever_fails(seed: int) -> None:
    village = next(part for part in PARTS if part.name == "village")
    happened = run(village, range(first(seed), first(seed) + VILLAGES))
    for what in ("records", "answers", "deaths", "cut_going", "cut_coming", "delayed", "refused by a disk", "swaps"):
        assert happened[what], f"{what}: not once in {VILLAGES} villages"


def test_in_honest_villages_nobody_is_accused(seed: int) -> None:
    assert run(HONEST, range(first(seed), first(seed) + HONEST_VILLAGES))["acknowledgements"]


def test_every_attack_ends_as_the_threat_model_says(seed: int) -> None:
    begin = first(seed, len(TABLE))
    happened = run(ATTACKS, range(begin, begin + ATTACKS_EACH * len(TABLE)))
    assert happened == Counter({attack.name: ATTACKS_EACH for attack in TABLE})


def test_a_power_cut_at_any_step_takes_nothing_that_was_reported(seed: int) -> None:
    kinds = len(WRITERS) * len(Loss)
    begin = first(seed, kinds)
    happened = run(POWER, range(begin, begin + CUTS_EACH * kinds))
    assert happened == Counter({f"{name}, {loss.name}": CUTS_EACH for name in WRITERS for loss in Loss})


def test_nothing_damaged_is_believed_and_nothing_is_asked_of_memory(seed: int) -> None:
    happened = run(FUZZ, range(first(seed), first(seed) + FUZZED))
    for decoder in decoders():
        assert happened[f"{decoder.name}: refused"], f"{decoder.name} has refused nothing"


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_same_seed_is_the_same_village_in_another_process(seed: int, hash_seed: str) -> None:
    code = f"from tests.campaign.village.tale import tell; print(tell({first(seed)}).trace)"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == tell(first(seed)).trace


def test_a_campaign_goes_on_where_it_was_broken_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "nice", lambda _: 0)
    monkeypatch.setattr("tests.campaign.__main__.code_version", lambda: "the same code")
    out = tmp_path / "campaign.json"
    asked = ["--part", "fuzz", "--out", str(out)]
    assert main([*asked, "--seeds", "0:40"]) == 0
    assert main([*asked, "--seeds", "20:60"]) == 0
    assert "20 of 40 seeds to run" in capsys.readouterr().out
    met = Results(out, "the same code").part("fuzz", FUZZ.target)
    assert met.good == set(range(60))
    assert sum(met.counts.values()) == 60
    assert Results(out, "other code").part("fuzz", FUZZ.target).good == set()


def test_what_makes_no_sense_is_refused_in_a_sentence_and_no_file_of_another_kind_is_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "letter.json"
    other.write_text('{"dear": "county"}')
    for out in (other, tmp_path):
        assert main(["--part", "fuzz", "--seeds", "0:1", "--out", str(out)]) == 2
        assert "holds no results" in capsys.readouterr().err
    assert other.read_text() == '{"dear": "county"}'
    for wrong in (["--jobs", "0"], ["--seconds", "-1"], ["--seconds", "nan"], ["--seeds", "3:3"]):
        with pytest.raises(SystemExit, match="2"):
            main([*wrong, "--out", str(tmp_path / "out.json")])
        assert " is no" in capsys.readouterr().err
