"""Made-up people of the demonstration county, and what they write. Nobody has these numbers."""

from __future__ import annotations

from datetime import date, timedelta
from math import cos, sin
from random import Random

from sync.model.case_number import CaseNumber
from sync.model.check_character import mod_11_2
from sync.model.facts import (
    ActorClass,
    CaseTakenIn,
    Fact,
    OneTimeNoticeGiven,
    RatingGiven,
    ResultDelivered,
    SlipIssued,
    Strokes,
)
from sync.model.moment import wall_ms_at
from sync.model.strokes import simplified

REGION, TERMINAL = "990101102203", 1
MONDAY = date(2026, 11, 23)
AGENT = ActorClass.AGENT

_FAMILY = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "秀兰英华建国志明桂芳玉梅春生福德文海荣贵长林素珍淑琴永红卫东小平光辉美凤金山银花大勇"


def name(random: Random) -> str:
    """A name of two or three characters."""
    return random.choice(_FAMILY) + "".join(random.choices(_GIVEN, k=random.choice((1, 2, 2, 2))))


def identity(random: Random, first_year: int, last_year: int) -> str:
    """An identity number of the demonstration region, of somebody born in these years."""
    born = date(random.randrange(first_year, last_year), 1, 1) + timedelta(days=random.randrange(365))
    held = f"990101{born:%Y%m%d}{random.randrange(1, 1000):03}"
    return held + mod_11_2(held)


def phone(random: Random) -> str:
    """A telephone number."""
    return "000555" + digits(random, 5)


def digits(random: Random, count: int) -> str:
    """So many digits."""
    return "".join(random.choices("0123456789", k=count))


def region(random: Random) -> str:
    """A group of the village, which has six."""
    return f"{REGION}{random.randrange(1, 7):03}"


def case_number(random: Random, serial: int) -> str:
    """A case number."""
    day = MONDAY + timedelta(days=random.randrange(300))
    return CaseNumber(REGION, day, TERMINAL, serial % 8_000 + 1).text


def morning_ms(day: date) -> int:
    """When the point opens."""
    return wall_ms_at(day, 8, 30)


def actor_of(happened: Fact) -> tuple[str, ActorClass]:
    """Who says so, as the kiosk writes it."""
    if isinstance(happened, RatingGiven):
        return "pad", ActorClass.PAD
    if isinstance(happened, CaseTakenIn | ResultDelivered | SlipIssued | OneTimeNoticeGiven):
        return "A01", ActorClass.AGENT
    return "system", ActorClass.SYSTEM


def handwriting(random: Random, characters: int) -> Strokes:
    """A signature as the pad takes it: strokes of a shaking finger, a point every few pixels, simplified as there."""
    strokes = []
    for place in range(characters):
        left = 60 + place * 280
        for _ in range(random.randrange(4, 10)):
            x, y = left + random.uniform(0, 190), random.uniform(40, 220)
            heading = random.choice((0.0, 0.1, 0.8, 1.5, 1.6, 2.3)) + random.uniform(-0.2, 0.2)
            bend = random.uniform(-0.05, 0.05)
            points: list[int] = []
            for _ in range(random.randrange(6, 28)):
                points += [round(x + random.gauss(0, 0.5)), round(y + random.gauss(0, 0.5))]
                x, y = x + 5 * cos(heading), y + 5 * sin(heading)
                heading += bend
            strokes.append(simplified(points))
    return tuple(strokes)
