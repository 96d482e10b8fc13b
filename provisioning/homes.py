"""Whose data directory one is: every program has one of its own, and keys of two programs in one would be mixed up."""

from __future__ import annotations

from pathlib import Path

from provisioning.speech import Refused
from sync import county_config, terminal
from sync.gateway import config as gateway_config
from sync.gateway.config import GatewayConfig, GatewayConfigRefused
from sync.import_page import config as page_config
from sync.terminal import TerminalConfig, TerminalConfigMissing, TerminalConfigRefused

_OWNERS = {
    county_config.FILE_NAME: ("县平台", "the county"),
    gateway_config.FILE_NAME: ("网关", "the gateway"),
    terminal.FILE_NAME: ("终端", "a terminal"),
    page_config.FILE_NAME: ("导入页", "an import page"),
}


def check_home(directory: Path, own: str) -> None:
    """Refuse a directory that holds another program's configuration than `own`. Raises Refused, changes nothing."""
    for name, (chinese, english) in _OWNERS.items():
        if name != own and (directory / name).exists():
            raise Refused(
                f"{directory} 是{chinese}的数据目录，请换一个目录",
                f"{directory} is the data directory of {english}; name another",
            )


def terminal_at(data: Path) -> TerminalConfig:
    """What the terminal of a data directory is. Raises Refused."""
    try:
        return TerminalConfig.load(data)
    except TerminalConfigMissing as cause:
        raise Refused("这台机器还没有入网，请先做 enrol", f"{cause}; enrol this machine first") from cause
    except TerminalConfigRefused as cause:
        raise Refused("terminal.json 写得不对，请改回来", str(cause)) from cause


def check_gateway(directory: Path, county: str) -> None:
    """Refuse what is not the data directory of this county's gateway. Raises Refused, changes nothing."""
    try:
        found = GatewayConfig.load(directory).county
    except GatewayConfigRefused as cause:
        raise Refused(f"{directory} 不是网关的数据目录", str(cause)) from cause
    if found != county:
        raise Refused(f"网关属于另一个县（{found}）", f"the gateway is of county {found}")
