"""What a campaign has met is still known when it goes on after it was broken off, however much went wrong."""

from __future__ import annotations

from pathlib import Path

from tests.campaign.results import FAILURES_KEPT_MAX, Results


def test_a_campaign_that_goes_on_knows_every_seed_that_failed_and_not_only_those_it_has_a_line_of(
    tmp_path: Path,
) -> None:
    path, failed = tmp_path / "campaign.json", FAILURES_KEPT_MAX + 25
    first = Results(path, "this code")
    part = first.part("village", 1000)
    for seed in range(2 * failed):
        part.add(seed, {"cases": 1}, f"what was done\nseed {seed} lost a record" if seed % 2 else "", 0.1)
    first.keep()
    Results(path, "this code").keep()
    met = Results(path, "this code").part("village", 1000)
    assert (len(met.failed), len(met.good)) == (failed, failed), "also when it went on more than once"
    assert [line for line in met.failed.values() if line] == [
        f"seed {seed} lost a record" for seed in range(1, 2 * FAILURES_KEPT_MAX, 2)
    ]
    met.add(1, {"cases": 1}, "", 0.1)
    assert (len(met.failed), len(met.good)) == (failed - 1, failed + 1), "one that is good now has not failed"
    assert not Results(path, "other code").part("village", 1000).failed
