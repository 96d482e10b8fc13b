"""Ratings given after the service: which counts as the rating, which as its 追评, and which is put by."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import facts
from sync.model.case import fold
from sync.model.content import ContentWrong
from sync.model.content_reading import read
from sync.model.facts import Channel, Envelope, Fact, Stage, kind_of, to_plain
from sync.model.later import Later, LaterEffect, RatingOutcome, chances, settle
from sync.model.profile import LaterRatings

NUMBER = "990101102203261123010007X"
HOME, ELSEWHERE = b"terminl1", b"terminl2"
NOON_MS = 1_795_400_000_000
DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)
TERMS = LaterRatings(30, 90)
DELIVERED_MS = NOON_MS + 5 * DAY_MS


def record(happened: Fact, seq: int, at_ms: int) -> Envelope:
    """A record of the terminal that has the case."""
    plain, _ = to_plain(happened)
    author, actor = facts.Author.TERMINAL, facts.ActorClass.AGENT
    return Envelope(kind_of(happened), author, HOME, seq, at_ms, "A01", actor, NUMBER, plain)


def taken_in() -> Envelope:
    """The case begins."""
    happened = facts.CaseTakenIn(
        item_code="elder_allowance", item_version=1, role=facts.Role.PROXY, urgency=facts.Urgency.ORDINARY,
        promise_days=5, applicant=facts.Person(name="李秀兰"), values={}, materials=(), signature=(), agent_name="王",
    )  # fmt: skip
    return record(happened, 1, NOON_MS)


def window(visit: int, at_ms: int, *, answered: bool, seq: int = 2) -> list[Envelope]:
    """A window at the desk with or without an answer."""
    place = {"stage": Stage.TAKEN_IN, "visit": visit, "channel": Channel.PAD}
    invited = facts.RatingInvited(**place)  # type: ignore[arg-type] # the three fields of a window
    ended: Fact = facts.RatingNotGiven(**place, reason="timed_out")  # type: ignore[arg-type] # as above
    if answered:
        ended = facts.RatingGiven(**place, level=2, after_ms=900)  # type: ignore[arg-type] # as above
    return [record(invited, seq, at_ms), record(ended, seq + 1, at_ms + 20_000)]


def later(days: float, seq: int = 1, chain: bytes = ELSEWHERE, *, proven: bool = True) -> Later:
    """A rating so many days after taking in."""
    return Later((chain, seq), NOON_MS + int(days * DAY_MS), proven)


def effects(records: list[Envelope], *given_later: Later) -> list[LaterEffect]:
    """What each counts as, in the order given."""
    settled = {each.later.place: each.effect for each in settle(chances(fold(NUMBER, records)), given_later, TERMS)}
    return [settled[each.place] for each in given_later]


def test_who_did_not_rate_at_the_desk_rates_later_then_adds_one_and_no_third() -> None:
    silent = [taken_in(), *window(1, NOON_MS, answered=False)]
    rated, followed, once_more = LaterEffect.RATED, LaterEffect.FOLLOWED, LaterEffect.ONCE_MORE
    assert effects(silent, later(1), later(2, 2), later(3, 3)) == [rated, followed, once_more]


def test_who_rated_at_the_desk_adds_one_and_the_first_stands() -> None:
    rated = [taken_in(), *window(1, NOON_MS, answered=True)]
    assert effects(rated, later(1), later(2, 2)) == [LaterEffect.FOLLOWED, LaterEffect.ONCE_MORE]
    assert [each.outcome for each in chances(fold(NUMBER, rated))] == [RatingOutcome.GIVEN]


def test_who_was_never_asked_rates_later() -> None:
    assert effects([taken_in()], later(1)) == [LaterEffect.RATED]


def test_the_last_day_counts_and_the_day_after_does_not() -> None:
    silent, rated = [taken_in()], [taken_in(), *window(1, NOON_MS, answered=True)]
    assert effects(silent, later(30)) == [LaterEffect.RATED]
    assert effects(silent, later(31)) == [LaterEffect.TOO_LATE]
    assert effects(rated, later(90)) == [LaterEffect.FOLLOWED]
    assert effects(rated, later(91)) == [LaterEffect.TOO_LATE]


def test_what_is_not_proven_or_about_nothing_counts_for_nothing() -> None:
    assert effects([taken_in()], later(1, proven=False), later(2, 2)) == [LaterEffect.NOT_PROVEN, LaterEffect.RATED]
    assert effects([], later(1)) == [LaterEffect.NO_SERVICE]


def test_each_later_rating_is_about_the_last_service_that_had_come_by_then() -> None:
    records = [taken_in(), *window(1, NOON_MS, answered=True), *window(2, DELIVERED_MS, answered=False, seq=5)]
    settled = settle(chances(fold(NUMBER, records)), [later(1), later(6, 2), later(7, 3)], TERMS)
    about = [(each.effect, each.chance.visit) for each in settled if each.chance is not None]
    assert about == [(LaterEffect.FOLLOWED, 1), (LaterEffect.RATED, 2), (LaterEffect.FOLLOWED, 2)]


def test_a_terminal_whose_clock_is_behind_the_service_rates_its_first() -> None:
    assert effects([taken_in()], later(-3)) == [LaterEffect.RATED]


def test_a_wild_time_in_a_record_is_no_trouble() -> None:
    assert effects([taken_in()], later(10**9)) == [LaterEffect.TOO_LATE]


laters = st.lists(
    st.builds(
        later,
        st.floats(-1, 120),
        st.integers(1, 9),
        st.sampled_from([HOME, ELSEWHERE, b"terminl3"]),
        proven=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.place,
)
lives = st.lists(st.tuples(st.floats(0, 60), st.booleans()), max_size=3)


def life_of(windows: list[tuple[float, bool]]) -> list[Envelope]:
    """A case with windows on these days, answered or not."""
    records = [taken_in()]
    for visit, (day, answered) in enumerate(sorted(windows), 1):
        records += window(visit, NOON_MS + int(day * DAY_MS), answered=answered, seq=2 * visit)
    return records


@given(lives, laters, st.randoms(use_true_random=False))
def test_whatever_comes_in_first_each_counts_the_same(
    windows: list[tuple[float, bool]], given_later: list[Later], rng: object
) -> None:
    of = chances(fold(NUMBER, life_of(windows)))
    shuffled = list(given_later)
    rng.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random
    assert settle(of, given_later, TERMS) == settle(of, shuffled, TERMS)


@given(lives, laters)
def test_no_chance_is_ever_rated_twice_or_followed_up_twice_and_what_the_desk_heard_stands(
    windows: list[tuple[float, bool]], given_later: list[Later]
) -> None:
    of = chances(fold(NUMBER, life_of(windows)))
    settled = settle(of, given_later, TERMS)
    assert sorted(each.later.place for each in settled) == sorted(each.place for each in given_later)
    for chance in of:
        mine = [each.effect for each in settled if each.chance == chance]
        at_desk = chance.outcome is RatingOutcome.GIVEN
        assert mine.count(LaterEffect.RATED) <= (0 if at_desk else 1)
        assert mine.count(LaterEffect.FOLLOWED) <= 1
        if LaterEffect.FOLLOWED in mine:
            assert at_desk or mine.index(LaterEffect.RATED) < mine.index(LaterEffect.FOLLOWED)
    assert all(each.effect is LaterEffect.NOT_PROVEN for each in settled if not each.later.proven)


@given(lives, laters)
def test_a_terminal_that_adds_its_own_one_by_one_settles_as_the_county_does_with_all(
    windows: list[tuple[float, bool]], given_later: list[Later]
) -> None:
    of = chances(fold(NUMBER, life_of(windows)))
    in_order = sorted(given_later, key=lambda each: (each.at_ms, each.place))
    one_by_one = [settle(of, in_order[: at + 1], TERMS)[-1].effect for at in range(len(in_order))]
    assert one_by_one == [each.effect for each in settle(of, given_later, TERMS)]


def test_a_county_cannot_take_a_rating_after_it_takes_no_follow_up_any_more() -> None:
    with pytest.raises(ContentWrong):
        read(LaterRatings, {"rating_natural_days": 31, "follow_up_natural_days": 30})
    assert read(LaterRatings, {"rating_natural_days": 0, "follow_up_natural_days": 0}) == LaterRatings(0, 0)
