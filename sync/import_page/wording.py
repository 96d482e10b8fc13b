"""What the page says, in the words of a township's counter."""

from __future__ import annotations

from sync.bundle.report import ChainReport, Taken
from sync.peer_name import PeerName, PeerNameRefused

REFUSALS = {
    "not-a-bundle": "这不是终端写的文件，没有收。请选名字以 sunpoint-up 开头的文件。",
    "bundle-down": "这是县里给终端的回执，不用上传，带回村里就行。请选名字以 sunpoint-up 开头的文件。",
    "bundle-of-another-county": "这个文件是别的县的，这里不收。请交给那个县的镇上。",
    "bundle-for-another-key": "县里换过密钥，这个文件打不开，一条也没有收。请先让终端联网一次，再重新写 U 盘。",
    "bundle-damaged": "文件不完整或者坏了，一条也没有收。请回村里重新写一次 U 盘，看到“可以拔出”再拔。",
    "bundle-too-large": "文件太大，不像是终端写的，一条也没有收。",
    "malformed": "文件里的内容读不懂，一条也没有收。请联系技术员。",
    "store-unavailable": (
        "县里网关的硬盘满了或者坏了，没有收好，不是 U 盘的问题。"
        "请告诉县里，修好以后把 U 盘再带来传一次，重复传不会多收。"
    ),
    "not-vouched": "县里网关的回执密钥过期了，或者时钟不对，一条也没有收。请告诉县里，修好以后再传。",
    "line": "没有收到县里的回答，不知道收了没有。请过一会儿再传一次，重复传不会多收。",
    "empty": "文件是空的。请拔下 U 盘重新插好，再选一次。",
}
UNKNOWN_REFUSAL = "县里的网关没有收这个文件。请联系技术员。"
TAKEN = {
    Taken.ALL: "全部收到",
    Taken.GAP: "前面的记录还没有到，后面的先不收。请把上一次的 U 盘也传一次，或让村里重新写一次。",
    Taken.FORK: "同一个号上有两份不同的记录，已经留证，请联系县里。",
    Taken.REVOKED: "这台终端县里已经停用，送来的记录单独存放，等县里核定。",
    Taken.UNKNOWN: "县里没有登记过这台终端，没有收。请联系技术员。",
    Taken.MALFORMED: "记录的签名不对，没有收。请联系技术员。",
}


def refusal(word: str) -> str:
    """Return why nothing of a file was taken."""
    return REFUSALS.get(word, UNKNOWN_REFUSAL)


def terminal(urn: str) -> str:
    """Return how a terminal is called here: its point's code and its number."""
    try:
        name = PeerName.from_urn(urn)
    except PeerNameRefused:
        return "不认识的终端"
    return f"{name.region} 点 {name.terminal} 号终端"


def counts(report: ChainReport) -> str:
    """Return what was taken of one chain."""
    said = f"新收 {report.fresh} 条"
    if report.known:
        said += f"，以前收过 {report.known} 条"
    return f"{said}，县里现有前 {report.head_seq} 条" if report.head_seq else said


def wait(ms: int) -> str:
    """Return a waiting time in words."""
    seconds = -(-ms // 1000)
    return f"{seconds} 秒" if seconds < 60 else f"{-(-seconds // 60)} 分钟"
