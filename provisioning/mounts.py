"""`mounts`: sticks and the second medium are mounted by themselves, so that nobody at the desk knows about mounting.

A udev rule names what was put in and asks for a mount unit, which lasts as long as the device. No program of ours runs
as root for it, and no desktop is needed. Mounted without set-user-id, devices and programs.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from provisioning.homes import terminal_at
from provisioning.plan import Step, carry_out
from provisioning.speech import Refused, Say, Sentence
from sync.durable import replace_file
from sync.terminal import TerminalConfig

TEMPLATES = Path(__file__).parent / "media"
STICK, MIRROR = "/media/stick", "/media/mirror"
"""Where the units mount; both below what the screen looks for photographs in."""
_RULES = Path("etc/udev/rules.d")
_UNITS = Path("etc/systemd/system")
_TOLD_TIMEOUT_S = 60
_TO_TELL = (
    ("systemctl", "daemon-reload"),
    ("udevadm", "control", "--reload"),
    # What is in already is looked at again.
    ("udevadm", "trigger", "--subsystem-match=block", "--action=add"),
)


class FileThere(Struct, frozen=True):
    """A file of the system with this content."""

    path: Path
    content: str

    @property
    def title(self) -> Sentence:
        """See `Step.title`."""
        return Sentence(f"文件 {self.path.name}", f"{self.path}")

    def is_done(self) -> bool:
        """See `Step.is_done`."""
        return self.path.is_file() and self.path.read_text("utf-8") == self.content

    def apply(self) -> None:
        """See `Step.apply`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.path, self.content.encode(), mode=0o644)


class PlaceKnown(Struct, frozen=True):
    """terminal.json names where sticks appear, and the second medium if there is to be one.

    What the technician has written there is left as it is.
    """

    data: Path
    mirror: bool

    @property
    def title(self) -> Sentence:
        """See `Step.title`."""
        return Sentence("terminal.json 写明挂载的地方", "terminal.json names the places")

    def is_done(self) -> bool:
        """See `Step.is_done`."""
        return self._wanted() == terminal_at(self.data)

    def apply(self) -> None:
        """See `Step.apply`."""
        owner = self.data.stat()
        self._wanted().save(self.data)
        os.chown(self.data / "terminal.json", owner.st_uid, owner.st_gid)

    def _wanted(self) -> TerminalConfig:
        held = terminal_at(self.data)
        mirror = held.mirror or MIRROR if self.mirror else held.mirror
        return replace(held, stick=held.stick or STICK, mirror=mirror)


def mounts(data: Path, say: Say, *, mirror: bool, root: Path = Path("/")) -> None:
    """Have the system mount sticks, and the second medium, for the owner of a terminal's data directory.

    Args:
        data: the terminal's data directory.
        say: told what was done.
        mirror: whether there is a second medium.
        root: where the system is.

    Raises:
        Refused: the terminal is not enrolled, or the system has no systemd.
        OSError: the files cannot be written.
    """
    place = PlaceKnown(data, mirror)
    steps: list[Step] = [place, *_files(root, data.stat())]
    if carry_out(steps, say):
        _tell_the_system(root)
    say(Sentence("插上 U 盘会自己挂好，拔掉会自己卸下", "a stick is mounted when it is put in"))
    if mirror:
        owner = data.stat()
        make = f"mkfs.ext4 -L SUNPOINT2 -E root_owner={owner.st_uid}:{owner.st_gid} /dev/…"
        say(Sentence(f"第二存储卡要先格式化一次（里面的东西会没有）：{make}", "once, for a new second medium"))


def _files(root: Path, owner: os.stat_result) -> list[FileThere]:
    folders = {".rules": root / _RULES, ".mount": root / _UNITS}
    return [
        FileThere(
            folders[each.suffix] / each.name,
            each.read_text("utf-8").replace("{uid}", str(owner.st_uid)).replace("{gid}", str(owner.st_gid)),
        )
        for each in sorted(TEMPLATES.iterdir())
    ]


def _tell_the_system(root: Path) -> None:
    if root != Path("/"):
        return
    for command in _TO_TELL:
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_TOLD_TIMEOUT_S)
        except (OSError, subprocess.SubprocessError) as cause:
            raise Refused(
                f"文件写好了，可是 {' '.join(command)} 没有做成，请重启机器", f"restart the machine: {cause}"
            ) from cause
