"""`enrol`: a terminal makes its own keys, shows a one-time code, and becomes a terminal of the county.

Every step may break and be repeated: the keys are on the disk before they are shown, the gateway answers the same
request in the same way, and terminal.json is written last but for the packs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct
from msgspec.structs import replace

from provisioning.gateway_link import GatewayLink, GatewayRefuses, GatewayUnreachable, fetch_authorities
from provisioning.homes import check_home
from provisioning.key_steps import Directories, SigningKey, load_key
from provisioning.plan import carry_out
from provisioning.speech import Refused, Say, Sentence
from sync import succession
from sync.certificates import CertificateRefused, check_authorities, make_request, read_chain
from sync.crockford import CodeMistyped
from sync.durable import replace_file
from sync.enrolment import EnrolmentAnswer, EnrolmentMalformed, EnrolmentNotTrusted, EnrolmentRequest
from sync.key_files import KeyFileRefused
from sync.keys import Purpose, StatementRefused, Trust
from sync.one_time_code import OneTimeCode
from sync.pack_shelf import PackShelf
from sync.packs import PACK_BYTES_MAX, PackRefused
from sync.peer_name import PeerName
from sync.protocol.pack_offer import OffersRefused, decode_offers
from sync.protocol.revocations import RevocationsRefused
from sync.revocation_file import RevocationFile
from sync.terminal import FILE_NAME, TerminalConfig, TerminalConfigRefused, is_gateway_url, trust_of
from sync.tls import client_context

CHAIN_STATEMENT = "keys/terminal-chain.statement"
"""The issuing authority's word for the record key; `doctor` compares them."""
_UNNAMED = TerminalConfig("", "", "", "", "")
"""Where the files of a terminal lie, before it has a name."""


class Enrolment(Struct, frozen=True):
    """What the technician asks for.

    Attributes:
        data: the terminal's data directory.
        gateway_url: https://host:port.
        code: as typed.
        expected: the name that the technician thinks the code is for; None to take what the county granted.
        devices: the part `devices` of terminal.json.
    """

    data: Path
    gateway_url: str
    code: str
    expected: PeerName | None = None
    devices: Mapping[str, Any] | None = None


def enrol(wanted: Enrolment, say: Say) -> TerminalConfig:
    """Enrol, or go on with an enrolment that broke. Returns what the terminal is now. Raises Refused."""
    url = wanted.gateway_url.rstrip("/")
    if not is_gateway_url(url):
        # Before the code is shown to anybody: it works once, and terminal.json could not hold this address.
        raise Refused(f"网关网址应写成 https://主机:端口：{url}", f"a gateway is https://host:port, not {url}")
    wanted = replace(wanted, gateway_url=url)
    if (wanted.data / FILE_NAME).exists():
        config = _enrolled(wanted)
        say(Sentence(f"已入网：{config.point_name}", f"enrolled already: {config.subject}"))
    else:
        config = _enrol_anew(wanted, say)
        say(Sentence(f"入网完成：{config.point_name} {config.terminal_number} 号", f"enrolled: {config.subject}"))
    fetch_packs(wanted.data, config, say)
    return config


def fetch_packs(data: Path, config: TerminalConfig, say: Say) -> None:
    """Fetch what the gateway offers and put the good packs into use. Raises Refused when one kind is missing then.

    And the key that bundles on sticks are sealed to: when the line is gone it is too late to ask for it.
    """
    trust = terminal_trust(data, config)
    link = terminal_link(data, config)
    _fetch_revocations(data, config, link, trust)
    _fetch_stick_key(data, config, link, trust)
    shelf = PackShelf(data / "packs", trust)
    shelf.incoming.mkdir(parents=True, exist_ok=True)
    try:
        offers = decode_offers(link.get("/v1/packs"))
    except OffersRefused as cause:
        raise GatewayUnreachable("网关的资料包目录读不懂", str(cause)) from cause
    for offer in offers:
        content = link.get(f"/v1/packs/{offer.name}")
        if len(content) <= PACK_BYTES_MAX:
            replace_file(shelf.incoming / f"{offer.name}.pack", content, mode=0o644)
    for outcome in shelf.install_incoming():
        told = f"{outcome.file}: {outcome.code} {outcome.detail}".strip()
        say(Sentence(f"资料包 {told}", "pack"))
    try:
        shelf.in_use()
    except PackRefused as refusal:
        raise Refused(
            "已入网，但资料包不全；县里发布后请再运行一次", f"enrolled, but the packs are not complete: {refusal}"
        ) from refusal


def _fetch_revocations(data: Path, config: TerminalConfig, link: GatewayLink, trust: Trust) -> None:
    """What the county has revoked comes before anything that the gateway shows under its keys."""
    try:
        message = link.get("/v1/revocations")
    except GatewayRefuses:
        # Nothing was ever revoked, or the gateway is of a version that cannot say.
        return
    try:
        RevocationFile(data / config.revocations, trust).take(message)
    except RevocationsRefused as cause:
        raise Refused("县里的作废清单不可信", f"the list of revocations is not to be heeded: {cause}") from cause


def _fetch_stick_key(data: Path, config: TerminalConfig, link: GatewayLink, trust: Trust) -> None:
    try:
        statement = link.get("/v1/stick-key")
        trust.check(statement, Purpose.STICK, at_ms=None)
    except GatewayRefuses:
        # An older gateway, which takes no sticks. The sync process goes on asking.
        return
    except StatementRefused as cause:
        raise Refused("网关的 U 盘密钥不可信", f"the key for sticks is not the county's: {cause}") from cause
    replace_file(data / config.stick_statement, statement, mode=0o644)


def terminal_trust(data: Path, config: TerminalConfig) -> Trust:
    """What a terminal trusts: the key of its pinned root. Raises Refused."""
    try:
        return trust_of(data, config)
    except (KeyFileRefused, OSError) as cause:
        raise Refused("县根证书不能用", f"the pinned root certificate is no good: {cause}") from cause


def terminal_link(data: Path, config: TerminalConfig) -> GatewayLink:
    """The terminal's own line to its gateway. Raises Refused."""
    try:
        context = client_context(
            data / config.root_certificate,
            data / config.tls_certificate,
            data / config.tls_key,
            terminal_trust(data, config).revoked,
        )
    except OSError as cause:
        raise Refused("终端证书不能用", f"the terminal's certificate is no good: {cause}") from cause
    return GatewayLink(config.gateway_url, context)


def _enrolled(wanted: Enrolment) -> TerminalConfig:
    try:
        config = TerminalConfig.load(wanted.data)
    except TerminalConfigRefused as cause:
        raise Refused(f"{FILE_NAME} 写得不对，请改回来再做", str(cause)) from cause
    if wanted.expected is not None and wanted.expected.urn() != config.subject:
        raise Refused(
            f"这台终端已经入网为 {config.region}-{config.terminal_number}，不能改名",
            f"this terminal is enrolled as {config.subject}; it keeps its name",
        )
    if wanted.gateway_url != config.gateway_url:
        raise Refused(
            f"这台终端入网时的网关是 {config.gateway_url}；网关换了地址，请改 {FILE_NAME} 里的 gateway_url",
            f"this terminal's gateway is {config.gateway_url}; if that moved, change gateway_url in {FILE_NAME}",
        )
    if wanted.devices is not None and wanted.devices != config.devices:
        config = replace(config, devices=wanted.devices)
        config.save(wanted.data)
    return config


def _enrol_anew(wanted: Enrolment, say: Say) -> TerminalConfig:
    try:
        code = OneTimeCode.read(wanted.code)
    except CodeMistyped as cause:
        raise Refused("入网码输错了，请逐字核对", str(cause)) from cause
    data = wanted.data
    check_home(data, FILE_NAME)
    record_key, tls_key = data / _UNNAMED.record_key, data / _UNNAMED.tls_key
    carry_out(
        [
            Directories([data, data / "keys"]),
            SigningKey(record_key, Sentence("记录签名密钥，在本机生成", "the record key, made here")),
            SigningKey(tls_key, Sentence("TLS 密钥，在本机生成", "the TLS key, made here")),
        ],
        say,
    )
    root = _pin_root(wanted, code)
    records, tls = load_key(record_key), load_key(tls_key)
    request = EnrolmentRequest.make(code.token_id, code.secret, make_request(tls.private_key, wanted.expected), records)
    link = GatewayLink(wanted.gateway_url, client_context(data / _UNNAMED.root_certificate))
    try:
        answer = EnrolmentAnswer.decode(link.post("/v1/enrol", request.encode()))
        answer.check(root, code.fingerprint, tls.public_key, records.public_key)
    except (EnrolmentMalformed, EnrolmentNotTrusted) as cause:
        raise Refused("网关的回答不可信，没有入网", f"the gateway's answer is not to be trusted: {cause}") from cause
    if wanted.expected is not None and answer.name != wanted.expected:
        raise Refused("网关给的是另一台终端的名字", "the gateway named another terminal")
    replace_file(data / _UNNAMED.tls_certificate, answer.certificates, mode=0o644)
    replace_file(data / CHAIN_STATEMENT, answer.terminal_chain, mode=0o644)
    replace_file(data / _UNNAMED.opening_statement, answer.opening, mode=0o644)
    replace_file(data / _UNNAMED.escrow_statement, answer.escrow, mode=0o644)
    if answer.succession is not None:
        replace_file(data / succession.FILE, answer.succession.encode(), mode=0o644)
    config = TerminalConfig(
        region=answer.name.region,
        point_name=answer.point_name,
        terminal_number=answer.name.terminal,
        county=answer.name.county,
        gateway_url=wanted.gateway_url,
        devices=wanted.devices,
    )
    config.save(data)
    return config


def _pin_root(wanted: Enrolment, code: OneTimeCode) -> x509.Certificate:
    """Fetch the root, hold it against the code, keep it. Nothing secret has been said to anybody before."""
    try:
        chain = read_chain(fetch_authorities(wanted.gateway_url))
        check_authorities(chain, code.fingerprint)
    except CertificateRefused as cause:
        raise Refused(
            "这个网关不是入网码所说的那个县的，没有入网", f"this is not the gateway of the code's county: {cause}"
        ) from cause
    replace_file(wanted.data / _UNNAMED.root_certificate, chain[1].public_bytes(Encoding.PEM), mode=0o644)
    return chain[1]
