"""The commands about the county and its gateway, from `county-init` to `renew-certificate`."""

from __future__ import annotations

import argparse
import ipaddress
import re
import sys
from pathlib import Path

from provisioning.command import DONE, AddCommand, Clocks, say, whole_number
from provisioning.county_init import SAMPLE_TABLES, County, county_init, gateway_address
from provisioning.grant import grant, revoke
from provisioning.import_page import ImportPageSetUp, import_page_init
from provisioning.recovery import PutBack, recover
from provisioning.renewal import renew_certificate
from provisioning.rotation import Which, rotate
from provisioning.speech import Sentence

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def add_commands(add: AddCommand) -> None:
    """Add the commands."""
    init = add("county-init", _county_init, "make the keys, certificates and first packs of a county; repeatable")
    init.add_argument("--county", required=True, help="6-digit code, e.g. 990101")
    init.add_argument("--name", required=True, help="name of the county, e.g. 青山县")
    init.add_argument("--dir", type=Path, required=True, help="the county's data directory")
    init.add_argument("--gateway-dir", type=Path, help="the gateway's data directory (default: gateway/ beside it)")
    init.add_argument("--host", type=_host, help="address that terminals reach the gateway under (default: as before)")
    init.add_argument("--port", type=_port, help="of the gateway (default: as before, 8443 at first)")
    init.add_argument("--tables", type=Path, help="CSV tables of the packs (default: those that come with Sunpoint)")

    _page_arguments(add("import-page-init", _import_page_init, "make the page where a township takes sticks"))

    _grant_arguments(add("grant", _grant, "let one terminal enrol and print its one-time code; needs the gateway"))

    revoking = add("revoke", _revoke, "refuse a terminal from now on; what it has delivered stays")
    _name_arguments(revoking)
    revoking.add_argument(
        "--at-seq", type=_seq, help="the last record of its chain that is believed (default: the last that came)"
    )

    recovering = add(
        "county-recover", _county_recover, "let a log go on that was put back from a backup; needs the root key"
    )
    recovering.add_argument("--county-dir", type=Path, required=True, help="the county's data directory")
    recovering.add_argument("--gateway-dir", type=Path, help="the gateway's (default: gateway/ beside the county's)")
    recovering.add_argument(
        "--last-epoch", type=_epoch, default=1, help="the epoch that a terminal's doctor names, if recoveries were lost"
    )

    rotating = add("rotate-key", _rotate_key, "replace the county's opening or escrow key; needs the root key")
    rotating.add_argument("--county-dir", type=Path, required=True, help="the county's data directory")
    rotating.add_argument("--gateway-dir", type=Path, help="the gateway's (default: gateway/ beside the county's)")
    rotating.add_argument("--which", choices=[each.value for each in Which], required=True)
    rotating.add_argument("--lost", action="store_true", help="the old key is not there any more")

    renewing = add("renew-certificate", _renew_certificate, "renew the gateway's TLS certificate; run at the gateway")
    renewing.add_argument("--gateway-dir", type=Path, required=True, help="the gateway's data directory")
    renewing.add_argument("--now", action="store_true", help="also when it does not end within 30 days")


def _page_arguments(page: argparse.ArgumentParser) -> None:
    page.add_argument("--county-dir", type=Path, required=True, help="the county's data directory")
    page.add_argument("--gateway-dir", type=Path, help="the gateway's data directory (default: gateway/ beside it)")
    page.add_argument("--dir", type=Path, required=True, help="the page's data directory")
    page.add_argument("--place", required=True, help="where it stands, e.g. 青山镇便民服务中心")


def _grant_arguments(granting: argparse.ArgumentParser) -> None:
    _name_arguments(granting)
    granting.add_argument("--point-name", required=True, help="e.g. 柳溪村便民服务点")
    granting.add_argument(
        "--replaces",
        metavar="NN",
        help="number of the dead terminal whose place it takes; that one is refused then",
    )
    granting.add_argument(
        "--hours", type=_hours, default=72, help="how long the code is good for, 1 to 8760 (default 72)"
    )


def _name_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--county-dir", type=Path, required=True, help="the county's data directory")
    parser.add_argument("--point", required=True, help="12-digit code of the point")
    parser.add_argument("--terminal", required=True, help="number of the terminal at its point, 1 to 99")


def _port(text: str) -> int:
    return whole_number(text, 1, 65_535)


def _epoch(text: str) -> int:
    return whole_number(text, 1, 1_000_000)


def _seq(text: str) -> int:
    return whole_number(text, 0, 1 << 50)


def _hours(text: str) -> int:
    return whole_number(text, 1, 8_760)


def _host(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if not _HOST_NAME.fullmatch(text):
            raise argparse.ArgumentTypeError(f"{text!r} is neither a host name nor an address") from None
    return text


def _county_init(asked: argparse.Namespace, clocks: Clocks) -> int:
    host, port = gateway_address(asked.dir)
    county = County(
        county=asked.county,
        name=asked.name,
        directory=asked.dir,
        gateway_directory=asked.gateway_dir or asked.dir.parent / "gateway",
        host=asked.host or host,
        port=asked.port or port,
        tables=asked.tables or SAMPLE_TABLES / asked.county,
    )
    applied = county_init(county, clocks.domain, clocks.machine, say, asked.clock)
    if applied:
        say(Sentence(f"县 {asked.county} 准备完毕", f"county {asked.county} is ready"))
    else:
        say(Sentence("全部已有，没有改动", "everything is there; nothing was changed"))
    return DONE


def _import_page_init(asked: argparse.Namespace, clocks: Clocks) -> int:
    gateway = asked.gateway_dir or asked.county_dir.parent / "gateway"
    import_page_init(ImportPageSetUp(asked.county_dir, gateway, asked.dir, asked.place), clocks.machine, say)
    say(Sentence("导入页准备完毕，请用 user-add 加工作人员", "the page is ready; add its staff with user-add"))
    return DONE


def _grant(asked: argparse.Namespace, clocks: Clocks) -> int:
    code = grant(
        asked.county_dir,
        asked.point,
        asked.terminal,
        asked.point_name,
        asked.hours,
        clocks.domain,
        lambda _: None,
        asked.replaces,
    )
    print(code.text())
    print(Sentence(f"一次性入网码，{asked.hours} 小时内有效", "one-time code"), file=sys.stderr)
    return DONE


def _revoke(asked: argparse.Namespace, _clocks: Clocks) -> int:
    revoke(asked.county_dir, asked.point, asked.terminal, asked.at_seq)
    say(Sentence("这台终端已停用", "the terminal is revoked"))
    return DONE


def _county_recover(asked: argparse.Namespace, clocks: Clocks) -> int:
    gateway_dir = asked.gateway_dir or asked.county_dir.parent / "gateway"
    begun = recover(PutBack(asked.county_dir, gateway_dir, asked.last_epoch), clocks.domain)
    say(
        Sentence(
            f"已签署恢复声明：第 {begun.epoch} 期，保留前 {begun.kept.size} 条。启动网关后生效",
            f"signed: epoch {begun.epoch} keeps {begun.kept.size} entries; start the gateway",
        )
    )
    return DONE


def _rotate_key(asked: argparse.Namespace, clocks: Clocks) -> int:
    gateway_dir = asked.gateway_dir or asked.county_dir.parent / "gateway"
    rotate(asked.county_dir, gateway_dir, Which(asked.which), clocks.domain, say, lost=asked.lost)
    say(Sentence("密钥已更换，请重启网关和县平台", "the key is replaced; restart the gateway and the county"))
    return DONE


def _renew_certificate(asked: argparse.Namespace, clocks: Clocks) -> int:
    renew_certificate(asked.gateway_dir, clocks.machine, say, now=asked.now)
    return DONE
