"""Somebody who had nothing but `sync/README.md` has built a terminal, and a real gateway takes it for one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync import county_config
from sync.keys import Purpose
from sync.model.facts import CaseWithdrawn, ContentKeySealed, DeskKeyMade, Fact, ShiftOpened, kind_of, to_plain
from sync.peer_name import PeerName
from sync.protocol.relay import open_relay
from sync.protocol.segment import decode_segment
from sync.reading import fact_of
from sync.record import Record
from sync.sealing import KeyOpener
from tests.gateway.county_site import Site, push, stream_of
from tests.seals import keys_in
from tests.second.cbor import decode, encode
from tests.second.county import ChainDiffers, NotVouchedFor, Trust, WentBack
from tests.second.facts import Catalogue
from tests.second.primitives import NotProven
from tests.second.records import CHECKPOINT, CONTENT_KEY_KIND, Journal, Matters, encode_segment, frame
from tests.second.terminal import Code, CodeMistyped, GatewayRefused, RootNotOfCode, Terminal

CHECKOUT = Path(__file__).resolve().parents[2]
DICTIONARIES = CHECKOUT / "sync" / "dictionaries"
OURS = ("kiosk", "sync", "devices", "county", "provisioning")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("county"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def matters() -> Matters:
    return Matters(DICTIONARIES)


@pytest.fixture
def enrol(site: Site, matters: Matters, tmp_path: Path) -> Callable[[], Terminal]:
    """Makes terminals that have enrolled and told their keys."""

    def made() -> Terminal:
        name = site.next_name()
        home = tmp_path / name.region
        home.mkdir()
        terminal = Terminal(f"127.0.0.1:{site.port}", home, matters)
        terminal.enrol(Code.read(site.code_for(name).text()))
        terminal.write_first_records()
        return terminal

    return made


def flipped(message: bytes) -> Iterator[bytes]:
    """The message with each of its bits turned over, one at a time."""
    for place in range(8 * len(message)):
        changed = bytearray(message)
        changed[place // 8] ^= 1 << place % 8
        yield bytes(changed)


def known_to_county(site: Site, chain: bytes) -> list[Record]:
    """What the gateway hands on of a chain, as our own programs read it."""
    found: list[Record] = []
    place = 0
    while relays := site.feed(place):
        place = relays[-1].place
        for relay in relays:
            if decode_segment(relay.segment).after.chain == chain:
                found += open_relay(relay, site.trust, Purpose.TERMINAL_CHAIN)[1]
    return found


# --- as a stranger ---------------------------------------------------------------------------------------------------


def test_a_program_that_has_nothing_of_ours_enrols_sends_and_verifies(site: Site) -> None:
    name = site.next_name()
    done = subprocess.run(
        [sys.executable, "-m", "tests.second.terminal", f"127.0.0.1:{site.port}", site.code_for(name).text(),
         str(DICTIONARIES)],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert (said["name"], said["acknowledged"]) == (name.urn(), 5)
    assert 0 < said["sizes"][0] < said["sizes"][1]


def test_it_loads_nothing_of_ours(site: Site) -> None:
    asked = (
        "import sys, tests.second.terminal, tests.second.facts\n"
        f"print(sorted(name for name in sys.modules if name.split('.')[0] in {OURS}))"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_county_reads_what_it_sealed(site: Site, enrol: Callable[[], Terminal]) -> None:
    terminal = enrol()
    terminal.send()
    records = known_to_county(site, terminal.journal.chain)
    opener = KeyOpener.load(site.county_dir / county_config.OPENING_KEY)
    facts: list[Fact] = [fact_of(record, keys_in(records, opener)) for record in records]
    assert [type(each) for each in facts] == [ContentKeySealed, DeskKeyMade, ShiftOpened, CaseWithdrawn]
    assert isinstance(facts[3], CaseWithdrawn)
    assert facts[3].reason == "不办了"
    assert [record.header_bytes for record in records] == [record.header for record in terminal.journal.records]


def test_the_county_reads_every_kind_of_fact_that_the_catalogue_has(site: Site, enrol: Callable[[], Terminal]) -> None:
    terminal = enrol()
    told = json.loads((CHECKOUT / "tests" / "golden" / "facts.json").read_text("utf-8"))
    written = [(int(kind), *Catalogue(told, number).example(int(kind))) for kind in told["kinds"] for number in (1, 2)]
    written = [each for each in written if each[0] != CONTENT_KEY_KIND]
    for kind, plain, body in written:
        terminal.journal.write(kind, plain, body)
    terminal.send()
    records = known_to_county(site, terminal.journal.chain)
    keys = keys_in(records, KeyOpener.load(site.county_dir / county_config.OPENING_KEY))
    for record, (kind, plain, body) in zip(records[4:], written, strict=True):
        fact = fact_of(record, keys)
        assert kind_of(fact) == kind
        assert encode(to_plain(fact)) == encode([plain, body])


def test_it_reads_what_the_county_writes_to_it(site: Site, enrol: Callable[[], Terminal]) -> None:
    terminal, other = enrol(), enrol()
    written = site.county_writer(PeerName.from_urn(terminal.name)).write(120)
    assert push(site, site.county_link().context, stream_of(written)).status == 200
    assert [record.hash for record in terminal.read_inbox()] == [record.hash for record in written]
    assert other.read_inbox() == []


def test_a_long_outage_goes_up_in_many_segments_and_the_county_proves_to_have_it_all(
    site: Site, enrol: Callable[[], Terminal]
) -> None:
    terminal, other = enrol(), enrol()
    terminal.send()
    older = terminal.wait_for_own_head().checkpoint
    for _ in range(3):
        other.journal.write(2)
        other.send()
        other.wait_for_own_head()
    for number in range(150):
        terminal.journal.write(22, {20: bytes(8), 21: number}, {0: f"第{number}次"})
    assert terminal.journal.records[4].fields[CHECKPOINT] == older.hash
    assert terminal.send().seq == 154
    said = terminal.wait_for_own_head()
    assert said.head == terminal.journal.head
    assert said.checkpoint.size >= older.size + 4
    assert len(known_to_county(site, terminal.journal.chain)) == 154


# --- what it refuses -------------------------------------------------------------------------------------------------


def test_an_acknowledgement_with_any_bit_turned_is_refused(enrol: Callable[[], Terminal]) -> None:
    terminal = enrol()
    terminal.send()
    answer = terminal.line.ask("GET", f"/v1/head/{terminal.journal.chain.hex()}")
    for changed in flipped(answer):
        with pytest.raises(ValueError):  # noqa: PT011  # by which of the refusals depends on the bit
            terminal.take_acknowledgement(changed)
    assert terminal.take_acknowledgement(answer).seq == 4


def test_a_checkpoint_with_any_bit_turned_is_refused_and_the_held_one_stays(enrol: Callable[[], Terminal]) -> None:
    terminal, other = enrol(), enrol()
    terminal.send()
    held = terminal.wait_for_own_head().checkpoint
    other.send()
    other.wait_for_own_head()
    terminal.journal.write(2)
    terminal.send()
    terminal.held = None
    terminal.wait_for_own_head()
    terminal.held = held
    answer = terminal.fetch_checkpoint()
    for changed in flipped(answer):
        with pytest.raises(ValueError):  # noqa: PT011  # as above
            terminal.take_checkpoint(changed)
        assert terminal.held == held
    newer = terminal.take_checkpoint(answer)
    assert newer.head == terminal.journal.head
    assert newer.checkpoint.size > held.size


def test_a_county_that_went_back_or_was_changed_is_refused(enrol: Callable[[], Terminal]) -> None:
    terminal = enrol()
    terminal.send()
    first = terminal.fetch_checkpoint()
    terminal.take_checkpoint(first)
    terminal.wait_for_own_head()
    terminal.journal.write(2)
    terminal.send()
    held = terminal.wait_for_own_head().checkpoint
    with pytest.raises((WentBack, NotProven)):
        terminal.take_checkpoint(first)
    # What it holds is of a tree that this county never had.
    terminal.held = type(held)(held.size - 1, bytes(32), held.at_ms - 1, held.epoch, held.hash)
    with pytest.raises(NotProven):
        terminal.take_checkpoint(terminal.fetch_checkpoint())


def test_another_countys_word_is_refused(enrol: Callable[[], Terminal]) -> None:
    terminal = enrol()
    segment = encode_segment(terminal.journal.records, terminal.journal.matters)
    answer = terminal.line.ask("POST", "/v1/segments", frame(segment))
    honest = terminal.trust
    terminal.trust = Trust(honest.root, "990102", honest.issuer)
    with pytest.raises(NotVouchedFor):
        terminal.take_acknowledgement(answer)
    terminal.trust = Trust(terminal.journal.public_key, honest.county)
    with pytest.raises(ValueError, match="another key"):
        terminal.take_acknowledgement(answer)
    terminal.trust = honest
    assert terminal.take_acknowledgement(answer).seq == 4


def test_a_journal_that_lost_or_changed_its_end_is_noticed(enrol: Callable[[], Terminal], matters: Matters) -> None:
    terminal = enrol()
    terminal.send()
    terminal.journal.records.pop()
    with pytest.raises(ChainDiffers):
        terminal.ask_head()
    terminal.journal.write(2)
    with pytest.raises(ChainDiffers):
        terminal.ask_head()


def test_a_root_that_the_code_does_not_name_is_told_nothing(site: Site, matters: Matters, tmp_path: Path) -> None:
    code = Code.read(site.code_for(site.next_name()).text())
    terminal = Terminal(f"127.0.0.1:{site.port}", tmp_path, matters)
    with pytest.raises(RootNotOfCode):
        terminal.enrol(Code(code.token_id, code.secret, bytes(16)))
    terminal.enrol(code)


def test_an_enrolment_with_anything_of_somebody_else_in_it_is_refused(
    enrol: Callable[[], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[bytes, bytes, bytes]] = []
    take = Terminal.take_enrolment

    def overheard(box: Terminal, answer: bytes, issuer_key: bytes, root_key: bytes) -> None:
        heard.append((answer, issuer_key, root_key))
        take(box, answer, issuer_key, root_key)

    monkeypatch.setattr(Terminal, "take_enrolment", overheard)
    terminal, _ = enrol(), enrol()
    monkeypatch.undo()
    (answer, *keys), (another, *_) = heard
    own, other = decode(answer), decode(another)
    changes = [{key: other[key]} for key in (1, 2, 4, 5)]
    changes += [{3: own[8]}, {8: own[9]}, {9: own[8]}, {0: 2}, {3: own[2]}]
    for change in changes:
        with pytest.raises(ValueError):  # noqa: PT011  # by which of the refusals depends on the field
            terminal.take_enrolment(encode(own | change), *keys)
    with pytest.raises(ValueError, match="another key"):
        terminal.take_enrolment(answer, keys[0], terminal.journal.public_key)
    terminal.take_enrolment(answer, *keys)


def test_a_code_with_a_slip_is_refused_before_anything_is_said(site: Site) -> None:
    text = site.code_for(site.next_name()).text()
    assert Code.read(text.lower().replace("-", " ").replace("0", "o")) == Code.read(text)
    slip = "2" if text[0] != "2" else "3"
    for wrong in (slip + text[1:], text[:-1], text + "0", "U" + text[1:]):
        with pytest.raises(CodeMistyped):
            Code.read(wrong)


# --- what the gateway refuses of it ----------------------------------------------------------------------------------


def test_the_gateway_stores_nothing_of_a_segment_that_was_changed_on_its_way(enrol: Callable[[], Terminal]) -> None:
    terminal = enrol()
    segment = encode_segment(terminal.journal.records, terminal.journal.matters)
    words = set()
    for place in range(20, 8 * len(segment), 97):
        changed = bytearray(segment)
        changed[place // 8] ^= 1 << place % 8
        try:
            terminal.line.ask("POST", "/v1/segments", frame(bytes(changed)))
        except GatewayRefused as refused:
            words.add(refused.word)
        else:
            # A bit of a compressed frame that means nothing was changed: what was signed has come.
            assert terminal.ask_head().seq == 4
    assert words <= {"malformed", "gap", "fork", "refused"}
    # Where such a bit was met there is nothing left to send.
    assert (terminal.ask_head() if terminal.ask_head().seq else terminal.send()).seq == 4


def test_the_gateway_takes_no_chain_that_nobody_enrolled(enrol: Callable[[], Terminal], matters: Matters) -> None:
    terminal = enrol()
    stranger = Journal(Ed25519PrivateKey.generate(), matters)
    stranger.write(2)
    with pytest.raises(GatewayRefused) as refused:
        terminal.line.ask("POST", "/v1/segments", frame(encode_segment(stranger.records, matters)))
    assert refused.value.word == "refused"
