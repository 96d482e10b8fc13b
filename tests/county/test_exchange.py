"""The county and its real gateway: records up, answers down, and every way in which a line or a gateway can fail."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from county.attachments import DIRECTORY, AttachmentFetcher, AttachmentVault
from county.cases import AcceptCase, DecideCase, RefuseToAccept
from county.courier import Courier
from county.desk import keep_in_step
from county.evidence import EvidenceDesk
from county.gateway_line import GatewayAway, GatewayLine, PushAnswer
from county.outbox import Outbox, PushRefused
from county.store.ledger import Ledger
from sync import county_config
from sync.clock import SystemClock
from sync.county_config import chain_key
from sync.gateway import config as gateway_config
from sync.keys import FileSigner
from sync.model.case import Case, fold
from sync.model.facts import Author, CaseWithdrawn, Outcome
from sync.model.transitions import Status
from sync.peer_name import PeerName, PeerRole
from sync.protocol.acknowledgement import Acknowledgement, encode_answer
from sync.protocol.frame import encode_frame
from sync.protocol.segment import Segment, cut
from sync.record import Link, envelope
from sync.tls import client_context, gateway_context
from tests.county.exchange import Gateway, Terminal
from tests.county.office import DECIDER, INTAKE, CountyOffice, open_office
from tests.county.village import COUNTY, Village, application, new_signer, number_of
from tests.sync.hostile import Behaviour, HostileServer, answering, sending
from tests.sync.village import Village as OtherCounty


@pytest.fixture(scope="module")
def gateway(made_county: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    home = tmp_path_factory.mktemp("exchange") / "made"
    shutil.copytree(made_county, home)
    made = Gateway(home)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def terminal(gateway: Gateway) -> Iterator[Terminal]:
    made = Terminal(gateway)
    yield made
    made.journal.close()


@pytest.fixture(scope="module")
def county(gateway: Gateway) -> Iterator[CountyOffice]:
    made = open_office(gateway.home)
    yield made
    made.database.close()


def line_of(office: CountyOffice, url: str, **settings: float) -> GatewayLine:
    names = (county_config.AUTHORITIES, county_config.TLS_CERTIFICATE, county_config.TLS_KEY)
    root, certificate, key = (office.directory / name for name in names)
    return GatewayLine(url, client_context(root, certificate, key), **settings)


def courier_of(office: CountyOffice, url: str) -> Courier:
    line = line_of(office, url)
    outbox = Outbox(office.database, line, office.trust)
    upkeep = lambda: keep_in_step(office.database, office.library)  # noqa: E731 - one expression
    fetcher = AttachmentFetcher(office.database, AttachmentVault(office.directory / DIRECTORY), line, office.clock)
    evidence = EvidenceDesk(office.database, line, lambda: office.library, office.trust, office.clock)
    return Courier(
        line,
        office.intake,
        outbox,
        fetcher,
        upkeep,
        office.papers.tend,
        evidence,
        clock=office.clock,
        jitter=lambda: 0.5,
    )


def at_the_village(terminal: Terminal, number: str) -> Case:
    """The case as the terminal folds it, from its journal and its inbox."""
    own = [envelope(record, Author.TERMINAL) for record in terminal.journal.read(0, 1000)]
    answers = [envelope(record, Author.COUNTY) for _, record in terminal.inbox().records(0, 1000)]
    return fold(number, [each for each in own + answers if each.case_no == number])


def test_an_application_goes_up_and_the_answer_comes_back(
    gateway: Gateway, terminal: Terminal, county: CountyOffice
) -> None:
    number = number_of(1)
    terminal.write(application(county.item), number)
    terminal.sync()
    courier = courier_of(county, gateway.url)
    assert courier.exchange()
    assert county.desk.open(number).case.status is Status.TAKEN_IN
    county.do(INTAKE, number, AcceptCase())
    assert courier.exchange()
    assert courier.status().up
    with county.database.reading() as connection:
        assert [chain.waiting for chain in Ledger(connection).chains(Author.COUNTY)] == [0]
    terminal.sync()
    assert at_the_village(terminal, number) == county.desk.open(number).case
    assert at_the_village(terminal, number).status is Status.ACCEPTED


def test_moves_that_cross_on_the_line_end_the_same_at_both_ends(
    gateway: Gateway, terminal: Terminal, county: CountyOffice
) -> None:
    number = number_of(2)
    courier = courier_of(county, gateway.url)
    terminal.write(application(county.item), number)
    terminal.sync()
    courier.exchange()
    county.do(INTAKE, number, AcceptCase())
    county.do(DECIDER, number, DecideCase(Outcome.REFUSED, "户籍不在本县，不符合条件。"))
    # The line is down: the village knows nothing of it, and the villager withdraws.
    terminal.write(CaseWithdrawn(reason="不想办了"), number)
    assert courier.exchange()
    terminal.sync()
    terminal.sync()
    assert courier.exchange()
    here, there = at_the_village(terminal, number), county.desk.open(number).case
    assert here == there
    assert here.status is Status.DECIDED
    assert [step.sentence for step in here.steps if step.sentence] == [
        "县里在收到撤回之前已经作出决定，撤回没有生效。对结果有意见，请告诉联络员。"
    ]


def test_answers_that_were_sent_and_not_noted_are_sent_again(
    gateway: Gateway, terminal: Terminal, county: CountyOffice
) -> None:
    number = number_of(3)
    courier = courier_of(county, gateway.url)
    terminal.write(application(county.item), number)
    terminal.sync()
    courier.exchange()
    county.do(INTAKE, number, RefuseToAccept("材料是别人的。"))
    line = line_of(county, gateway.url)
    with county.database.reading() as connection:
        chain = Ledger(connection).chains(Author.COUNTY)[0]
        tail = [each.record for each in Ledger(connection).of_chain(chain.chain, chain.stored_seq, 50)]
    # Power cut after the gateway has them and before the county has written that down.
    assert line.push(list(cut(tail))).taken
    assert courier.exchange()
    with county.database.reading() as connection:
        again = Ledger(connection).chain(chain.chain)
    assert again is not None
    assert again.waiting == 0
    terminal.sync()
    assert at_the_village(terminal, number).status is Status.NOT_ACCEPTED


def test_a_gateway_that_lost_its_newest_records_gets_them_again(
    gateway: Gateway, terminal: Terminal, county: CountyOffice
) -> None:
    number = number_of(4)
    courier = courier_of(county, gateway.url)
    terminal.write(application(county.item), number)
    terminal.sync()
    courier.exchange()
    county.do(INTAKE, number, AcceptCase())
    with county.database.writing() as connection:
        # As after a gateway's return from a backup: the county was told of more than the gateway holds.
        connection.execute("UPDATE chains SET stored_seq = stored_seq + 1 WHERE author = 'county'")
    county.do(DECIDER, number, DecideCase(Outcome.APPROVED, "符合条件。"))
    assert courier.exchange()
    terminal.sync()
    assert at_the_village(terminal, number).status is Status.DECIDED


def test_a_gateway_that_is_down_is_said_and_tried_again(
    gateway: Gateway, terminal: Terminal, county: CountyOffice
) -> None:
    courier = courier_of(county, gateway.url)
    assert courier.exchange()
    as_of = courier.status().as_of_ms
    gateway.stop()
    assert not courier.exchange()
    status = courier.status()
    assert (status.up, status.as_of_ms, status.problem) == (False, as_of, "连不上网关")
    gateway.start()
    assert courier.exchange()
    assert courier.status().up


def test_a_gateway_whose_host_nobody_knows_is_said_so(county: CountyOffice) -> None:
    courier = courier_of(county, "https://gateway.invalid:8443")
    assert not courier.exchange()
    assert courier.status().problem == "找不到网关的地址（主机名查不到）"


# --- what answers is not the gateway, or a sick one -------------------------------------------------------------


def server_context(home: Path) -> ssl.SSLContext:
    directory = home / "gateway"
    return gateway_context(
        directory / gateway_config.SERVER_CERTIFICATES,
        directory / gateway_config.SERVER_KEY,
        directory / gateway_config.AUTHORITIES,
        SystemClock(),
    )


GARBAGE = b"\x00\x01\xff" * 50


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        (answering("503 Service Unavailable"), "网关出错（503）"),
        (
            answering("503 Service Unavailable", b"", "Sunpoint-Refusal: not-vouched"),
            "网关的回执密钥不在有效期内，或者网关的时钟不对；请校时，或做 county-init 续期",
        ),
        (answering("500 Internal Server Error", b"oops"), "网关出错（500）"),
        (answering("403 Forbidden"), "网关不认县里的证书"),
        (answering("302 Found", b"", "Location: https://127.0.0.1:1/"), "网关要求转到别处，没有照办"),
        (answering("200 OK", GARBAGE), "网关的回答读不懂"),
        (answering("200 OK", encode_frame(b"no relay")), "网关的回答读不懂"),
        (answering("200 OK", b"\x00\x00\x01"), "网关的回答读不懂"),
        (answering("200 OK", b"\x00\x00\x0f\x00half", length=4000), "网关的回答不完整"),
        (sending(b"SSH-2.0-OpenSSH_9.2\r\n"), "网关的回答不完整"),
        (sending(b""), "连不上网关"),
    ],
)
def test_a_sick_gateway_is_a_state_with_a_name(office: CountyOffice, behaviour: Behaviour, problem: str) -> None:
    home = office.directory.parent
    with HostileServer(server_context(home), behaviour) as server:
        courier = courier_of(office, server.url)
        assert not courier.exchange()
    assert courier.status().problem == problem
    assert office.intake.cursor() == 0
    assert len(server.requests) == 1, "a redirect is not followed"


def test_a_gateway_with_another_countys_certificate_is_not_spoken_to(office: CountyOffice, tmp_path: Path) -> None:
    other = OtherCounty(tmp_path / "other")
    context = gateway_context(
        other.gateway / gateway_config.SERVER_CERTIFICATES,
        other.gateway / gateway_config.SERVER_KEY,
        other.gateway / gateway_config.AUTHORITIES,
        SystemClock(),
    )
    with HostileServer(context, answering("200 OK")) as server:
        courier = courier_of(office, server.url)
        assert not courier.exchange()
    assert courier.status().problem == "网关的证书不对"
    assert server.requests == []


def test_half_an_answer_keeps_the_half_that_came(office: CountyOffice) -> None:
    office.village.take_in(office.item, 1)
    office.village.take_in(office.item, 2)
    frames = [encode_frame(relay.encode()) for relay in office.village.relays()]
    whole = b"".join(frames)
    cut_short = answering("200 OK", whole[:-20], length=len(whole))
    with HostileServer(server_context(office.directory.parent), cut_short) as server:
        relays = line_of(office, server.url).feed(0)
    assert [relay.place for relay in relays] == list(range(1, len(frames)))
    office.intake.take(relays)
    assert office.desk.open(number_of(1)).case.status is Status.TAKEN_IN


def test_an_answer_that_trickles_for_ever_is_cut_off(office: CountyOffice) -> None:
    def trickle(connection: ssl.SSLSocket, _line: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            connection.sendall(b"\x00")

    with HostileServer(server_context(office.directory.parent), trickle) as server:
        line = line_of(office, server.url, exchange_s_max=0.3)
        with pytest.raises(GatewayAway):
            line.feed(0)


def test_a_gateway_that_repeats_itself_does_not_keep_the_county_busy(office: CountyOffice) -> None:
    office.village.take_in(office.item, 1)
    office.pull()
    old = encode_frame(office.village.relays()[0].encode())
    with HostileServer(server_context(office.directory.parent), answering("200 OK", old)) as server:
        courier = courier_of(office, server.url)
        assert not courier.exchange()
    assert courier.status().problem == "网关重复送来同样的记录"


# --- answers to what the county sends ---------------------------------------------------------------------------


class Answering:
    """A line whose gateway gives one answer."""

    def __init__(self, answer: PushAnswer) -> None:
        self._answer = answer

    def push(self, _segments: list[Segment]) -> PushAnswer:
        return self._answer


def waiting(office: CountyOffice) -> int:
    with office.database.reading() as connection:
        return sum(chain.waiting for chain in Ledger(connection).chains(Author.COUNTY))


def acknowledged(
    office: CountyOffice, seq: int, digest: bytes | None = None, signer: FileSigner | None = None
) -> bytes:
    """An answer that the gateway's key signs."""
    keys = office.directory.parent / "gateway"
    with office.database.reading() as connection:
        ledger = Ledger(connection)
        chain = ledger.chains(Author.COUNTY)[0].chain
        held = ledger.hash_at(chain, seq)
    link = Link(chain, seq, digest or held or bytes(32))
    statement = (keys / gateway_config.ACKNOWLEDGEMENT_STATEMENT).read_bytes()
    key = signer or FileSigner.load(keys / gateway_config.ACKNOWLEDGEMENT_KEY)
    return encode_answer(statement, Acknowledgement(link, office.clock.wall_ms()).sign(key))


@pytest.fixture
def answered(office: CountyOffice) -> CountyOffice:
    """A county with one answer that waits to be sent."""
    number = office.village.take_in(office.item, 1)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    return office


def test_a_receipt_that_the_gateway_did_not_sign_confirms_nothing(answered: CountyOffice) -> None:
    before = waiting(answered)
    forged = acknowledged(answered, before, signer=new_signer())
    for answer in (forged, b"", GARBAGE):
        outbox = Outbox(answered.database, Answering(PushAnswer(answer, taken=True, forked=False)), answered.trust)
        with pytest.raises(PushRefused):
            outbox.send()
    assert waiting(answered) == before


def test_a_receipt_for_another_record_stops_the_chain(answered: CountyOffice) -> None:
    foreign = acknowledged(answered, 1, digest=b"x" * 32)
    outbox = Outbox(answered.database, Answering(PushAnswer(foreign, taken=True, forked=False)), answered.trust)
    with pytest.raises(PushRefused):
        outbox.send()
    with answered.database.reading() as connection:
        assert Ledger(connection).chains(Author.COUNTY)[0].stopped_for == "网关上有另一个版本的县里答复"
    assert outbox.send() == 0, "a stopped chain waits for somebody to look"


def test_a_point_that_the_gateway_does_not_know_keeps_no_answer_from_the_others(
    gateway: Gateway, terminal: Terminal, county: CountyOffice
) -> None:
    number = number_of(4711)
    terminal.write(application(county.item), number)
    terminal.sync()
    courier = courier_of(county, gateway.url)
    assert courier.exchange()
    county.do(INTAKE, number, AcceptCase())
    # Before the other in the order in which they are sent; as after a backup, the gateway has never heard of it.
    elsewhere = Village(county.village.issuer, county.village.readers, region="990101102201")
    FileSigner.create(county.directory / chain_key(PeerName(COUNTY, PeerRole.TERMINAL, elsewhere.region, "01")))
    unknown = elsewhere.take_in(county.item, 1)
    county.intake.take(elsewhere.relays(first_place=county.intake.cursor() + 1))
    county.do(INTAKE, unknown, AcceptCase())
    assert not courier.exchange()
    assert courier.status().problem == "网关不收给 990101102201-01 的答复（refused）"
    terminal.sync()
    assert at_the_village(terminal, number).status is Status.ACCEPTED


def test_a_receipt_confirms_once(answered: CountyOffice) -> None:
    written = waiting(answered)
    answer = PushAnswer(acknowledged(answered, written), taken=True, forked=False)
    outbox = Outbox(answered.database, Answering(answer), answered.trust)
    assert outbox.send() == written
    assert outbox.send() == 0
    assert waiting(answered) == 0
