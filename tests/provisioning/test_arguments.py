from pathlib import Path

import pytest

from provisioning.__main__ import main

INIT = ["county-init", "--county", "990101", "--name", "青山县"]
GRANT = ["grant", "--point", "990101102203", "--terminal", "01", "--point-name", "柳溪村便民服务点"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*INIT, "--port", "0"], "'0' is not a number from 1 to 65535"),
        ([*INIT, "--port", "70000"], "'70000' is not a number"),
        ([*INIT, "--port", "84４3"], "is not a number"),
        ([*INIT, "--host", "two words"], "'two words' is neither a host name nor an address"),
        ([*INIT, "--host", "https://gateway"], "is neither a host name nor an address"),
        ([*INIT, "--host=-gateway"], "is neither a host name nor an address"),
        ([*GRANT, "--hours", "-5"], "'-5' is not a number from 1 to 8760"),
        ([*GRANT, "--hours", "0"], "'0' is not a number"),
    ],
)
def test_a_number_or_name_that_nothing_can_use_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    folder = ["--dir" if arguments[0] == "county-init" else "--county-dir", str(tmp_path / "county")]
    with pytest.raises(SystemExit) as refused:
        main([*arguments, *folder])
    assert refused.value.code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "county").exists()
