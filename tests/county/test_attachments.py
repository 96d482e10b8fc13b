"""Attachments at the county: fetched beside the records, opened for whoever may see them, erased for good."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import pytest
from PIL import Image

from county.attachments import (
    DIRECTORY,
    AttachmentFetcher,
    AttachmentUnreadable,
    AttachmentVault,
    sweep,
)
from county.gateway_line import GatewayAway, NotAtGateway
from county.store.attachments import AttachmentState, AttachmentTable, Wanted
from sync.attachments.sealed import Sealed, seal
from sync.attachments.shelf import AttachmentShelf
from sync.model.facts import AttachmentAdded
from sync.protocol.arrivals import Arrival
from sync.protocol.recovery import BACKUP_WINDOW_MS
from tests.county.exchange import Gateway, Terminal
from tests.county.hall import Hall
from tests.county.office import INTAKE, STRANGER, CountyOffice, open_office
from tests.county.test_exchange import courier_of
from tests.county.village import application, number_of

KEY = bytes(range(32))


def picture(seed: int = 0, kind: str = "jpeg") -> bytes:
    """A photograph of noise."""
    made = io.BytesIO()
    Image.frombytes("RGB", (64, 48), random.Random(seed).randbytes(64 * 48 * 3)).save(made, kind)
    return made.getvalue()


def added(sealed: Sealed, media_type: str = "image/jpeg", name: str = "李秀兰户口本第 2 页") -> AttachmentAdded:
    return AttachmentAdded(
        digest=sealed.digest, size=len(sealed.content), key=KEY, name=name, media_type=media_type, material=""
    )


class Shelf:
    """A gateway as the county's line shows it: what has arrived there. It can lie."""

    def __init__(self) -> None:
        self.arrived: list[bytes] = []
        self.held: dict[bytes, bytes] = {}
        self.sizes: dict[bytes, int] = {}
        self.released: list[bytes] = []
        self.asked = 0
        self.away_after = 1 << 30

    def add(self, sealed: Sealed) -> None:
        self.arrived.append(sealed.digest)
        self.held[sealed.digest] = sealed.content

    def cut_short(self, digest: bytes) -> None:
        self.sizes[digest], self.held[digest] = len(self.held[digest]), self.held[digest][:-9]

    def arrivals(self, after: int) -> tuple[Arrival, ...]:
        found = enumerate(self.arrived, 1)
        sizes = {each: self.sizes.get(each, len(self.held[each])) for each in self.arrived}
        return tuple(Arrival(place, each, sizes[each]) for place, each in found if place > after)[:2]

    def attachment(self, digest: bytes, start: int, stop: int) -> bytes:
        self.asked += 1
        if self.asked > self.away_after:
            raise GatewayAway("网关没有回应")
        if digest not in self.held:
            raise NotAtGateway
        return self.held[digest][start:stop]

    def release(self, digest: bytes) -> None:
        self.released.append(digest)


@pytest.fixture
def vault(office: CountyOffice) -> AttachmentVault:
    return AttachmentVault(office.directory / DIRECTORY)


def fetcher_of(
    office: CountyOffice, vault: AttachmentVault, line: Shelf, bytes_max: int = 1 << 30
) -> AttachmentFetcher:
    return AttachmentFetcher(office.database, vault, line, office.clock, bytes_max)


def named(office: CountyOffice, sealed: Sealed, serial: int = 1) -> str:
    """A case that has come in with the record of an attachment."""
    number = office.village.take_in(office.item, serial)
    office.village.write(added(sealed), number)
    office.pull()
    return number


def erase(office: CountyOffice, vault: AttachmentVault, number: str, one: Sealed) -> bool:
    with office.database.writing() as connection:
        erased = AttachmentTable(connection).erase(one.digest, number, office.clock.wall_ms())
    sweep(office.database, vault)
    return erased


def state(office: CountyOffice, number: str, sealed: Sealed) -> AttachmentState:
    with office.database.reading() as connection:
        return AttachmentTable(connection).of_case(number)[sealed.digest]


def test_an_attachment_goes_from_the_village_through_the_gateway_to_the_county(home_gateway: Gateway) -> None:
    """The real terminal's sync process, the real gateway, the county's own line."""
    terminal = Terminal(home_gateway)
    office = open_office(home_gateway.home)
    vault = AttachmentVault(office.directory / DIRECTORY)
    shelf = AttachmentShelf(terminal.data / "attachments", free_bytes_least=0)
    number = number_of(1)
    content = random.Random(1).randbytes(700_000)
    made = seal(content, KEY)
    shelf.put(made)
    terminal.write(application(office.item), number)
    terminal.write(added(made), number)
    terminal.journal.close()
    courier = courier_of(office, home_gateway.url)
    terminal.sync()
    assert courier.exchange()
    assert state(office, number, made) is AttachmentState.HERE
    assert vault.opened(added(made)) == content
    assert erase(office, vault, number, made)
    assert courier.exchange()
    assert state(office, number, made) is AttachmentState.ERASED
    terminal.sync()
    office.database.close()


@pytest.fixture
def home_gateway(home: object) -> Iterator[Gateway]:
    made = Gateway(home)  # type: ignore[arg-type]  # the fixture's path
    made.start()
    yield made
    made.stop()


def test_what_arrives_before_its_record_waits_and_is_fetched_then(office: CountyOffice, vault: AttachmentVault) -> None:
    line, one = Shelf(), seal(picture(), KEY)
    line.add(one)
    fetcher = fetcher_of(office, vault, line)
    assert not fetcher.fetch()
    assert not vault.path(one.digest).exists()
    number = named(office, one)
    assert state(office, number, one) is AttachmentState.ON_ITS_WAY
    assert not fetcher.fetch()
    assert state(office, number, one) is AttachmentState.HERE
    assert vault.opened(added(one)) == picture()


def test_a_line_that_dies_in_the_middle_costs_no_byte_that_came(office: CountyOffice, vault: AttachmentVault) -> None:
    line, one = Shelf(), seal(bytes(1_000_000), KEY)
    number = named(office, one)
    line.add(one)
    line.away_after = 2
    with pytest.raises(GatewayAway):
        fetcher_of(office, vault, line).fetch()
    assert vault.held_bytes(one.digest) == 2 * 256 * 1024
    line.away_after = 1 << 30
    fetcher_of(office, vault, line).fetch()
    assert line.asked == 5, "two, the one that failed, and the two that were missing"
    assert state(office, number, one) is AttachmentState.HERE


def test_records_have_their_turn_between_attachments(office: CountyOffice, vault: AttachmentVault) -> None:
    line, made = Shelf(), [seal(bytes([n]) * 600_000, KEY) for n in range(3)]
    numbers = [named(office, each, serial) for serial, each in enumerate(made, 1)]
    for each in made:
        line.add(each)
    fetcher = fetcher_of(office, vault, line, bytes_max=600_000)
    rounds = 1
    while fetcher.fetch():
        rounds += 1
    assert rounds > 2
    assert {state(office, number, each) for number, each in zip(numbers, made, strict=True)} == {AttachmentState.HERE}


def test_other_bytes_than_were_named_are_not_kept(office: CountyOffice, vault: AttachmentVault) -> None:
    line, one = Shelf(), seal(picture(), KEY)
    number = named(office, one)
    line.add(one)
    line.held[one.digest] = seal(picture(1), KEY).content[: len(one.content)].ljust(len(one.content), b"x")
    assert not fetcher_of(office, vault, line).fetch()
    assert state(office, number, one) is AttachmentState.ON_ITS_WAY
    assert list((office.directory / DIRECTORY).iterdir()) == []
    # It has to arrive anew before it is asked for again.
    asked = line.asked
    fetcher_of(office, vault, line).fetch()
    assert line.asked == asked
    line.add(one)
    fetcher_of(office, vault, line).fetch()
    assert state(office, number, one) is AttachmentState.HERE


def test_one_that_ends_too_early_at_the_gateway_stays_missing_and_holds_up_no_other(
    office: CountyOffice, vault: AttachmentVault
) -> None:
    line, short, other = Shelf(), seal(picture(), KEY), seal(picture(1), KEY)
    number, second = named(office, short, 1), named(office, other, 2)
    line.add(short)
    line.add(other)
    fetcher = fetcher_of(office, vault, line)
    line.cut_short(short.digest)
    fetcher.fetch()
    assert state(office, number, short) is AttachmentState.ON_ITS_WAY
    assert state(office, second, other) is AttachmentState.HERE


def test_one_that_the_gateway_has_lost_stays_missing_and_holds_up_no_other(
    office: CountyOffice, vault: AttachmentVault
) -> None:
    line, lost, other = Shelf(), seal(picture(), KEY), seal(picture(1), KEY)
    number = named(office, lost, 1)
    second = named(office, other, 2)
    line.add(lost)
    line.add(other)
    held = line.held.pop(lost.digest)
    line.arrivals = lambda after: (  # type: ignore[method-assign]  # it still says that it has arrived
        (Arrival(1, lost.digest, len(held)), Arrival(2, other.digest, len(other.content))) if after == 0 else ()
    )
    fetcher_of(office, vault, line).fetch()
    assert state(office, number, lost) is AttachmentState.ON_ITS_WAY
    assert state(office, second, other) is AttachmentState.HERE


def test_what_is_erased_is_gone_is_not_fetched_again_and_the_gateway_gives_it_up(
    office: CountyOffice, vault: AttachmentVault
) -> None:
    line, one, early = Shelf(), seal(picture(), KEY), seal(picture(1), KEY)
    number = named(office, one, 1)
    second = named(office, early, 2)
    line.add(one)
    fetcher = fetcher_of(office, vault, line)
    fetcher.fetch()
    assert not erase(office, vault, second, one), "one case has erased what another one named"
    assert erase(office, vault, number, one)
    assert erase(office, vault, second, early)
    assert not erase(office, vault, second, early)
    # Not whole there yet, as it may be when a terminal has just begun.
    fetcher.fetch()
    assert line.released == [one.digest, early.digest]
    # A terminal that had not heard of it, or a gateway that was put back: what is there again is given up again.
    line.add(early)
    fetcher.fetch()
    assert line.released == [one.digest, early.digest, early.digest]
    assert {state(office, number, one), state(office, second, early)} == {AttachmentState.ERASED}
    assert not vault.path(one.digest).exists()
    with pytest.raises(AttachmentUnreadable):
        vault.opened(added(one))


def test_what_is_erased_while_it_is_fetched_is_gone_with_the_next_exchange(
    office: CountyOffice, vault: AttachmentVault
) -> None:
    line, one = Shelf(), seal(picture(), KEY)
    number = named(office, one)
    line.add(one)
    fetch = line.attachment

    def erased_meanwhile(digest: bytes, start: int, stop: int) -> bytes:
        erase(office, vault, number, one)
        return fetch(digest, start, stop)

    line.attachment = erased_meanwhile  # type: ignore[method-assign]  # the command comes while it is under way
    fetcher_of(office, vault, line).fetch()
    assert vault.digests() == {one.digest}
    fetcher_of(office, vault, line).fetch()
    assert vault.digests() == set()
    assert line.released == [one.digest]


def test_the_gateway_gives_up_what_has_been_here_for_the_time_of_a_backup(
    office: CountyOffice, vault: AttachmentVault
) -> None:
    line, one = Shelf(), seal(picture(), KEY)
    named(office, one)
    line.add(one)
    fetcher = fetcher_of(office, vault, line)
    fetcher.fetch()
    office.clock.advance(BACKUP_WINDOW_MS)
    fetcher.fetch()
    assert line.released == []
    office.clock.advance(1)
    fetcher.fetch()
    fetcher.fetch()
    assert line.released == [one.digest]
    assert vault.opened(added(one)) == picture()


def test_a_damaged_file_or_another_key_opens_nothing(office: CountyOffice, vault: AttachmentVault) -> None:
    one = seal(picture(), KEY)
    vault.append(one.digest, one.content)
    assert vault.settle(Wanted(one.digest, len(one.content)))
    other_key = AttachmentAdded(digest=one.digest, size=1, key=bytes(32), name="", media_type="")
    with pytest.raises(AttachmentUnreadable, match="打不开"):
        vault.opened(other_key)
    vault.path(one.digest).write_bytes(one.content[:-1] + b"?")
    with pytest.raises(AttachmentUnreadable, match="打不开"):
        vault.opened(added(one))


def arrive(hall: Hall, content: bytes, media_type: str, name: str = "李秀兰户口本第 2 页") -> tuple[str, Sealed, str]:
    """A case with an attachment that is named, and not here yet."""
    number = hall.take_in()
    one = seal(content, KEY)
    hall.office.village.write(added(one, media_type, name), number)
    hall.office.pull()
    return number, one, f"/cases/{number}/attachments/{one.digest.hex()}"


def keep(hall: Hall, one: Sealed) -> None:
    """It has come."""
    vault = AttachmentVault(hall.office.directory / DIRECTORY)
    vault.append(one.digest, one.content)
    vault.settle(Wanted(one.digest, len(one.content)))
    with hall.office.database.writing() as connection:
        AttachmentTable(connection).keep(one.digest, 0)


def test_the_page_says_that_an_attachment_has_not_come_until_it_is_there(hall: Hall) -> None:
    number, one, href = arrive(hall, picture(2), "image/jpeg")
    browser = hall.enter(INTAKE)
    page = browser.get(f"/cases/{number}")
    assert "还未传到" in page.text
    assert "户口本" not in page.text, "the name of a paper may name a person"
    keep(hall, one)
    page = browser.get(f"/cases/{number}")
    assert "还未传到" not in page.text
    assert href not in page.text
    assert browser.get(href).status == 303, "not before what is personal was opened, which is written down"
    browser.send(page, f"/cases/{number}/personal")
    page = browser.get(f"/cases/{number}")
    assert href in page.text
    assert "户口本第 2 页" in page.text
    shown = browser.get(href)
    assert (shown.status, shown.body) == (200, picture(2))
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]


def test_what_is_no_picture_is_saved_and_never_shown_whatever_the_record_says(hall: Hall) -> None:
    pdf = b"%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript >> >>"
    number, one, href = arrive(hall, pdf, "image/png")
    keep(hall, one)
    script, two, other = arrive(hall, b"<script>alert(1)</script>", "image/jpeg")
    keep(hall, two)
    browser = hall.enter(INTAKE)
    for each in (number, script):
        browser.send(browser.get(f"/cases/{each}"), f"/cases/{each}/personal")
    shown = browser.get(href)
    assert shown.headers["Content-Type"] == "application/pdf"
    assert shown.headers["Content-Disposition"].startswith("attachment")
    refused = browser.get(other)
    assert refused.status == 404
    assert b"<script>" not in refused.body


def test_an_attachment_is_not_for_other_departments_nor_of_another_case(hall: Hall) -> None:
    number, one, href = arrive(hall, picture(3), "image/jpeg")
    keep(hall, one)
    elsewhere = hall.take_in()
    browser = hall.enter(INTAKE)
    browser.send(browser.get(f"/cases/{elsewhere}"), f"/cases/{elsewhere}/personal")
    assert browser.get(href.replace(number, elsewhere)).status == 404
    assert hall.enter(STRANGER).get(href).status == 403
