import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.village.ends import Ends
from tests.village.scene import Scene, make_stage, set_up
from tests.village.story import Story


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stage on which county-init, grant, enrol and agent-add have been done; copied for every test."""
    directory = tmp_path_factory.mktemp("village") / "stage"
    set_up(directory)
    return directory


@pytest.fixture
def scene(made: Path, tmp_path: Path) -> Iterator[Scene]:
    """A village in which no program runs yet but the kiosk."""
    scene = Scene.copied(made, tmp_path / "stage")
    yield scene
    scene.close()


@dataclass(frozen=True)
class Told:
    """A stage after the whole story, everything ended: to be looked at, not to be changed."""

    ends: Ends
    case_no: str

    def copied(self, directory: Path) -> Ends:
        """A copy of everything, to be changed. The devices' links lead nowhere any more."""
        shutil.copytree(self.ends.stage.directory, directory, symlinks=True)
        return Ends(make_stage(directory))


@pytest.fixture(scope="session")
def told(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The whole story, told once."""
    directory = tmp_path_factory.mktemp("told") / "stage"
    scene = Scene.copied(made, directory)
    try:
        scene.start("simulators", "county", "sync")
        story = Story(scene)
        story.tell()
    finally:
        scene.close()
    return Told(Ends(make_stage(directory)), story.case_no)
