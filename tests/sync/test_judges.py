"""Other people's code reads what this writes."""

import json
import subprocess
import sys
from pathlib import Path

from provisioning.county_init import CHECKOUT
from tests.golden.make import VECTORS

JUDGES = Path(sys.prefix) / "judges" / "bin" / "python"


def test_cwt_verifies_every_cose_message_and_refuses_it_with_one_byte_changed() -> None:
    script = CHECKOUT / "tests" / "judges" / "cose.py"
    ran = subprocess.run([JUDGES, script, VECTORS], capture_output=True, text=True, check=True, timeout=60)
    judged: dict[str, list[str]] = json.loads(ran.stdout)
    assert {"record 1", "statement", "acknowledgement"} <= judged.keys()
    assert set(map(tuple, judged.values())) == {("verified", "VerifyError")}
