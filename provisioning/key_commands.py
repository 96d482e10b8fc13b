"""The command about keys that were stolen: `revoke-key`."""

from __future__ import annotations

import argparse
from pathlib import Path

from provisioning.command import DONE, AddCommand, Clocks, say
from provisioning.revocation import ToRevoke, What, revoke_key, since_of
from provisioning.speech import Sentence

_NEXT = {
    What.ACK: ("请做 county-init，网关自己改用新密钥", "run county-init; the gateway takes up the next key by itself"),
    What.PACKS: ("请做 county-init，会用新密钥重做资料包", "run county-init, which builds the packs anew"),
    What.STICK: ("请做 county-init，再重启网关", "run county-init, then restart the gateway"),
    What.TLS: ("请做 county-init，再重启县平台", "run county-init, then restart the county's program"),
    What.OPENING: ("请重启县平台", "restart the county's program"),
    What.ESCROW: ("请重启县平台", "restart the county's program"),
    What.COUNTY_CHAIN: ("请让这台终端用新号重新入网", "enrol the terminal under a new number"),
}


def add_commands(add: AddCommand) -> None:
    """Add the command."""
    revoking = add("revoke-key", _revoke_key, "end a stolen key or certificate by the root's signed list")
    revoking.add_argument("--county-dir", type=Path, required=True, help="the county's data directory, root key in it")
    revoking.add_argument("--gateway-dir", type=Path, help="the gateway's (default: gateway/ beside the county's)")
    revoking.add_argument("--which", choices=[each.value for each in What], required=True)
    revoking.add_argument(
        "--key",
        metavar="FILE|SHA-256",
        help="statement, private key or certificate file, or fingerprint (default: the one in use)",
    )
    revoking.add_argument(
        "--since", help="county time from which it is not believed, e.g. 2026-11-22T09:30 (default now)"
    )


def _revoke_key(asked: argparse.Namespace, clocks: Clocks) -> int:
    what = What(asked.which)
    gateway_dir = asked.gateway_dir or asked.county_dir.parent / "gateway"
    wanted = ToRevoke(asked.county_dir, gateway_dir, what, asked.key, since_of(asked.since, clocks.domain))
    ended = revoke_key(wanted, clocks.domain)
    say(Sentence(f"已作废，清单第 {ended.number} 号：{ended.digest.hex()}", f"revoked in list {ended.number}"))
    for path in ended.put_aside:
        say(Sentence(f"已停用：{path.name}", "put aside"))
    say(Sentence(*_NEXT[what]))
    return DONE
