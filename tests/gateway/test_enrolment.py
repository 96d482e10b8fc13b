"""One-time codes: used once, in time, by who knows the secret, for the terminal that the county named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from provisioning.gateway_link import GatewayLink, GatewayRefuses
from provisioning.grant import grant
from provisioning.key_steps import load_issuer
from sync import county_config
from sync.certificates import peer_name
from sync.clock import FixedClock, SystemClock
from sync.enrolment import EnrolmentAnswer, EnrolmentMalformed, EnrolmentNotTrusted, EnrolmentRequest
from sync.gateway import config as gateway_config
from sync.gateway.enrolling import (
    TRIES_PER_ADDRESS_MAX,
    TRIES_WINDOW_MS,
    Authority,
    CodeExpired,
    CodeLocked,
    CodeUsed,
    Enroller,
    SecretWrong,
    TooManyTries,
    TriesLimit,
)
from sync.gateway.shelf import PublishedPacks
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.voice import LentKey
from sync.grant import GrantMalformed, GrantRequest
from sync.keys import FileSigner, Purpose, Statement, StatementRefused
from sync.one_time_code import OneTimeCode, secret_digest
from sync.peer_name import PeerName, PeerRole
from sync.record import chain_id
from sync.tls import client_context
from tests.gateway.county_site import COUNTY, Box, Site

HOUR_MS = 3600 * 1000
NOW_MS = 1_795_415_520_000


def refused_code(box: Box, code: OneTimeCode, name: PeerName | None = None) -> str:
    with pytest.raises(GatewayRefuses) as refused:
        box.enrol(code, name)
    return refused.value.code


def wrong(code: OneTimeCode) -> OneTimeCode:
    return OneTimeCode(code.token_id, bytes(10), code.fingerprint)


def test_the_name_comes_from_the_code(site: Site) -> None:
    name = site.next_name()
    box = Box(site, site.home / f"box-{name.region}")
    answer = box.enrol(site.code_for(name))
    assert answer.name == name
    own, issuer = x509.load_pem_x509_certificates(answer.certificates)
    assert peer_name(own) == name
    assert (own.not_valid_after_utc - own.not_valid_before_utc).days == 400
    assert issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_a_used_code_is_refused_to_another_box(site: Site) -> None:
    code = site.code_for(site.next_name())
    Box(site, site.home / "first").enrol(code)
    assert refused_code(Box(site, site.home / "second"), code) == "code-used"


def test_a_terminal_whose_answer_was_lost_asks_again_and_gets_the_same(site: Site) -> None:
    code = site.code_for(site.next_name())
    box = Box(site, site.home / "patient")
    assert box.enrol(code) == box.enrol(code)
    assert box.push(box.writer.write(1)).status == 200


def test_a_code_for_another_terminal_is_refused_and_stays_good(site: Site) -> None:
    name, other = site.next_name(), site.next_name()
    code = site.code_for(name)
    box = Box(site, site.home / "misled")
    assert refused_code(box, code, other) == "code-for-another"
    assert box.enrol(code, name).name == name


def test_a_code_that_was_never_given_is_refused(site: Site) -> None:
    code = OneTimeCode.make(bytes(range(16)), site.code_for(site.next_name()).fingerprint)
    assert refused_code(Box(site, site.home / "guesser"), code) == "code-unknown"


def test_a_second_code_for_a_terminal_ends_the_first(site: Site) -> None:
    name = site.next_name()
    first, second = site.code_for(name), site.code_for(name)
    box = Box(site, site.home / "renewed")
    assert refused_code(box, first) == "code-unknown"
    assert box.enrol(second).name == name


def test_a_terminal_number_is_never_given_twice(site: Site) -> None:
    box = site.enrol_box()
    assert box.name is not None
    with pytest.raises(GatewayRefuses) as refused:
        site.code_for(box.name)
    assert refused.value.code == "name-taken"


def test_one_record_key_enrols_once(site: Site) -> None:
    box = site.enrol_box()
    assert refused_code(box, site.code_for(site.next_name())) == "key-refused"


def test_two_boxes_that_race_for_one_code_end_with_one_terminal(site: Site) -> None:
    code = site.code_for(site.next_name())
    boxes = [Box(site, site.home / f"racer-{number}") for number in range(4)]
    ends: list[str] = []

    def race(box: Box) -> None:
        try:
            box.enrol(code)
            ends.append("enrolled")
        except GatewayRefuses as refused:
            ends.append(refused.code)

    lines = [threading.Thread(target=race, args=(box,)) for box in boxes]
    for line in lines:
        line.start()
    for line in lines:
        line.join()
    assert sorted(ends) == ["code-used"] * 3 + ["enrolled"]


def test_a_box_without_the_record_key_cannot_enrol_it(site: Site) -> None:
    box, other = Box(site, site.home / "thief"), Box(site, site.home / "owner")
    code = site.code_for(site.next_name())
    honest = box.request(code)
    stolen = EnrolmentRequest(
        honest.token_id, honest.secret, honest.certificate_request, other.records.public_key, honest.proof
    )
    with pytest.raises(EnrolmentMalformed):
        EnrolmentRequest.decode(stolen.encode())


def test_an_answer_is_believed_only_under_the_root_of_the_code(site: Site) -> None:
    box = Box(site, site.home / "careful")
    code = site.code_for(site.next_name())
    answer = box.enrol(code)
    root = x509.load_pem_x509_certificate((box.keys / "root-certificate.pem").read_bytes())
    keys = (box.tls.public_key, box.records.public_key)
    assert answer.check(root, code.fingerprint, *keys).county == COUNTY
    with pytest.raises(EnrolmentNotTrusted):
        answer.check(root, bytes(16), *keys)
    with pytest.raises(EnrolmentNotTrusted):
        answer.check(root, code.fingerprint, keys[1], keys[1])
    with pytest.raises(EnrolmentNotTrusted):
        answer.check(root, code.fingerprint, keys[0], keys[0])
    encoded = answer.encode()
    assert EnrolmentAnswer.decode(encoded) == answer
    with pytest.raises(EnrolmentMalformed):
        EnrolmentAnswer.decode(encoded[:-1])


# --- with a clock that the test moves ------------------------------------------------------------------------------


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW_MS)


@pytest.fixture
def enroller(site: Site, tmp_path: Path, clock: FixedClock) -> Iterator[Enroller]:
    issuer = load_issuer(site.gateway_dir / gateway_config.ISSUER_KEY, site.county_dir / county_config.AUTHORITIES)
    signer = FileSigner.load(site.gateway_dir / gateway_config.ACKNOWLEDGEMENT_KEY)
    root = FileSigner.load(site.county_dir / county_config.ROOT_KEY)
    lasting = Statement(Purpose.ACKNOWLEDGE, signer.public_key, "gateway", site.trust.county, 0, 1 << 46)
    statement = lasting.sign(root)
    lent = LentKey(lambda: (signer, statement), site.trust)
    store = SqliteStore(tmp_path / "gateway.db")
    packs = PublishedPacks(tmp_path, site.trust)
    readers = [
        (site.gateway_dir / file).read_bytes()
        for file in (gateway_config.OPENING_STATEMENT, gateway_config.ESCROW_STATEMENT)
    ]
    yield Enroller(store, Authority(issuer, site.trust, lent, *readers), packs, clock, SystemClock())
    store.close()


@pytest.fixture
def code(site: Site, enroller: Enroller) -> OneTimeCode:
    """A code good for one hour."""
    name = site.next_name()
    made = site.code_for(name)
    statement = (site.county_dir / county_config.chain_statement(name)).read_bytes()
    digest = secret_digest(made.token_id, made.secret)
    enroller.grant(GrantRequest(made.token_id, digest, name, "柳溪村便民服务点", HOUR_MS, statement))
    return made


def test_a_code_is_good_to_its_last_moment_and_not_beyond(
    site: Site, enroller: Enroller, code: OneTimeCode, clock: FixedClock, tmp_path: Path
) -> None:
    clock.advance(HOUR_MS + 1)
    with pytest.raises(CodeExpired):
        enroller.enrol(Box(site, tmp_path / "late").request(code))
    clock.set_wall(NOW_MS + HOUR_MS)
    assert enroller.enrol(Box(site, tmp_path / "late-again").request(code))


def test_who_enrolled_in_time_gets_the_answer_again_when_the_code_is_over(
    site: Site, enroller: Enroller, code: OneTimeCode, clock: FixedClock, tmp_path: Path
) -> None:
    request = Box(site, tmp_path / "box").request(code)
    answer = enroller.enrol(request)
    clock.advance(10 * HOUR_MS)
    assert enroller.enrol(request) == answer
    with pytest.raises(CodeUsed):
        enroller.enrol(Box(site, tmp_path / "another").request(code))


def test_five_wrong_secrets_end_a_code_for_the_right_one_too(
    site: Site, enroller: Enroller, code: OneTimeCode, tmp_path: Path
) -> None:
    box = Box(site, tmp_path / "box")
    for _ in range(5):
        with pytest.raises(SecretWrong):
            enroller.enrol(box.request(wrong(code)))
    with pytest.raises(CodeLocked):
        enroller.enrol(box.request(code))


def test_an_address_that_fails_too_often_waits(clock: FixedClock) -> None:
    tries = TriesLimit(clock)
    for _ in range(TRIES_PER_ADDRESS_MAX):
        tries.check("10.0.0.1")
        tries.count("10.0.0.1")
    with pytest.raises(TooManyTries):
        tries.check("10.0.0.1")
    tries.check("10.0.0.2")
    clock.advance(TRIES_WINDOW_MS + 1)
    tries.check("10.0.0.1")


def test_a_good_code_forgives_the_mistyped_ones_before(clock: FixedClock) -> None:
    tries = TriesLimit(clock)
    for _ in range(TRIES_PER_ADDRESS_MAX - 1):
        tries.count("10.0.0.1")
    tries.forget("10.0.0.1")
    tries.count("10.0.0.1")
    tries.check("10.0.0.1")


def test_guessing_is_slowed_down_and_said_so(own_site: Site) -> None:
    good = own_site.code_for(own_site.next_name())
    box = Box(own_site, own_site.home / "guesser")
    link = GatewayLink(own_site.url, client_context(box.keys / "root-certificate.pem"))
    for _ in range(TRIES_PER_ADDRESS_MAX):
        with pytest.raises(GatewayRefuses):
            link.post("/v1/enrol", b"\x80")
    assert refused_code(box, good) == "too-many-tries"


def test_a_grant_without_the_root_s_statement_for_the_county_s_chain_is_refused(
    site: Site, enroller: Enroller, tmp_path: Path
) -> None:
    name = PeerName(COUNTY, PeerRole.TERMINAL, "990101000777", "01")
    stranger = Box(site, tmp_path / "stranger").records
    statement = Statement("county-chain", stranger.public_key, name.urn(), COUNTY, 0, 1 << 50).sign(stranger)
    with pytest.raises(StatementRefused):
        enroller.grant(GrantRequest("ABCDEF", bytes(32), name, "某村", HOUR_MS, statement))


def test_a_grant_for_ever_is_refused() -> None:
    name = PeerName(COUNTY, PeerRole.TERMINAL, "990101000777", "01")
    with pytest.raises(GrantMalformed):
        GrantRequest.decode(GrantRequest("ABCDEF", bytes(32), name, "某村", 1 << 50, b"").encode())


def test_a_grant_makes_the_county_s_chain_to_the_terminal_once(site: Site) -> None:
    name = site.next_name()
    site.code_for(name)
    key = (site.county_dir / county_config.chain_key(name)).read_bytes()
    grant(site.county_dir, name.region, "1", "柳溪村便民服务点", 1, SystemClock(), lambda _: None)
    assert (site.county_dir / county_config.chain_key(name)).read_bytes() == key
    box = Box(site, site.home / "pointed")
    box.enrol(site.code_for(name))
    chain = site.county_writer(name).link.chain
    assert chain == chain_id(site.county_writer(name).signer.public_key)
    assert box.link.get(f"/v1/head/{chain.hex()}")
