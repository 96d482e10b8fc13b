"""A kiosk at the demo county, whose sync process is the test."""

from __future__ import annotations

from pathlib import Path

from county.store.ledger import Ledger
from kiosk.desk import SYSTEM
from kiosk.intents import Back, Do, Next, Scanned, Typed
from kiosk.pages import Facts, Trace
from kiosk.presenters.shown_paper import SHOWN
from sync.keys import Purpose, Statement
from sync.model.facts import Author, DeskKeyMade
from sync.model.receipt import qr_text
from sync.protocol.relay import Relay
from sync.protocol.segment import Segment
from sync.transport.transport import Transport
from tests.county.office import CountyOffice
from tests.county.village import COUNTY, FAR_MS
from tests.kiosk.journeys import SIGN_IN, TAKE_IN, TAKE_IN_ANOTHER
from tests.kiosk.point import Point
from tests.seals import DESK

FOUR = "0016"


class Kiosk:
    """A kiosk whose sync process is this test: carries records both ways."""

    def __init__(self, office: CountyOffice, directory: Path, region: str, terminal: str = "01") -> None:
        """Set a terminal up; nobody has opened its desk yet."""
        self.office = office
        readers = (*office.village.readers, DESK.recipient)
        self.point = Point(directory, region=region, terminal=terminal, readers=readers)
        self.transport = Transport.open_or_create(directory / "transport.db")
        subject = f"urn:sunpoint:{COUNTY}:terminal:{region}:{terminal}"
        statement = Statement(Purpose.TERMINAL_CHAIN, self.point.journal.public_key, subject, COUNTY, 0, FAR_MS)
        self.statement = statement.sign(office.village.issuer)
        self.sent = 0
        self.code = ""

    def tell_desk_key(self) -> Kiosk:
        """What the first agent does by signing in: the county is told whom to seal to."""
        told = DeskKeyMade(public_key=DESK.recipient.public_key, private_key=DESK.secret())
        self.point.desk.note(told, SYSTEM)
        return self

    def carry(self) -> None:
        """Everything goes up, the county answers by itself, and what it has written comes down."""
        self.up()
        self.office.answer()
        self.down()

    def up(self) -> None:
        with self.office.database.reading() as connection:
            place = Ledger(connection).cursor() + 1
        records = self.point.journal.read(self.sent, 1000)
        relays = [Relay(place + at, self.statement, Segment.of([record]).encode()) for at, record in enumerate(records)]
        self.office.intake.take(relays)
        self.sent += len(records)

    def down(self) -> None:
        link = self.transport.inbox_link()
        with self.office.database.reading() as connection:
            ledger = Ledger(connection)
            news = [
                each.record
                for chain in ledger.chains(Author.COUNTY)
                if (chain.region, chain.terminal) == (self.point.region, self.point.terminal)
                for each in ledger.of_chain(chain.chain, link.seq if link else 0, 500)
            ]
        if news:
            self.transport.keep_records(news)
        self.point.core.tick()

    def take_in(self) -> str:
        """Take a case in, and leave the desk locked: from here on nobody reads anything here."""
        again = bool(self.point.desk.cases.rows(over=False))
        self.point.do(*SIGN_IN, *(TAKE_IN_ANOTHER if again else TAKE_IN))
        number = self.point.session.case_no or ""
        self.code = self.receipt(number)
        self.point.do(Do("done"), Do("lock"))
        return number

    def receipt(self, number: str) -> str:
        """The text of the code on the paper, made while the desk is open."""
        return qr_text(self.point.paper_desk.token(number), self.point.point_packs.profile.receipt_host)

    def ask(self, code: str, four: str = FOUR) -> None:
        """Come to the home screen, scan, and say the last four."""
        while self.point.place != "home":
            self.point.do(Back())
        self.point.do(Scanned(code))
        if self.point.session.query.verdict in SHOWN:
            self.point.do(Typed("last_four", four), Next())

    def notices(self) -> list[str]:
        return self.point.notices

    def told_of_a_case(self) -> bool:
        status = self.point.seen.status
        return status is not None and any("办件已取回" in entry.text for entry in status.left)

    def story(self) -> list[tuple[str, str]]:
        return [
            (each.text, each.note) for block in self.point.page.blocks if isinstance(block, Trace)
            for each in block.entries
        ]  # fmt: skip

    def facts(self) -> dict[str, str]:
        return {
            label: text for block in self.point.page.blocks if isinstance(block, Facts) for label, text in block.rows
        }

    def close(self) -> None:
        self.transport.close()
        self.point.close()
