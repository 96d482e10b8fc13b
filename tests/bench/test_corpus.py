"""That what the pipe's bench carries is what it is said to be."""

import json
from collections import Counter
from pathlib import Path

import pytest

from county.publishing.assembly import contents_of
from provisioning.county_init import SAMPLE_TABLES
from sync.model.answers import asked_fields, validate
from sync.model.facts import CaseTakenIn, Kind, ResultDelivered, kind_of
from sync.model.form import FieldType
from sync.model.moment import local_date
from sync.reading import fact_of
from tests.bench import corpus
from tests.seals import keys_in


def test_the_corpus_is_a_thousand_records_of_whole_cases_and_the_same_in_every_run() -> None:
    told = list(corpus.told(corpus.CASES))
    assert len(told) == corpus.RECORDS == 1_000
    assert told == list(corpus.told(corpus.CASES))
    assert set(Counter(each.case_no for each in told).values()) == {corpus.RECORDS_A_CASE}
    assert [each.at_ms for each in told] == sorted(each.at_ms for each in told)


def test_its_forms_are_filled_in_completely_and_right() -> None:
    contents = contents_of(SAMPLE_TABLES / "990101")
    taken = [each for each in corpus.told(corpus.CASES) if isinstance(each.happened, CaseTakenIn)]
    assert len(taken) == corpus.CASES
    for each in taken:
        assert isinstance(each.happened, CaseTakenIn)
        form = contents.catalogue.item(each.happened.item_code).form
        assert form is not None
        day = local_date(each.at_ms)
        answers = dict(each.happened.values)
        assert validate(form, answers, day, contents.profile, with_signature=False) == ()
        asked = {field.code for field in asked_fields(form, answers, day) if field.type is not FieldType.SIGNATURE}
        assert asked == answers.keys()
        assert {field.code for field in form.fields()} - {"applicant_signature"} == asked


def test_the_journal_says_what_the_documents_of_the_peers_say(tmp_path: Path) -> None:
    records = corpus.records(tmp_path / "journal")
    keys = keys_in(records)
    written = [each for each in records if each.header.kind not in (Kind.CONTENT_KEY_SEALED, Kind.SHIFT_OPENED)]
    told, documents = list(corpus.told(corpus.CASES)), [json.loads(each) for each in corpus.documents(corpus.CASES)]
    assert [fact_of(record, keys) for record in written] == [each.happened for each in told]
    for record, document in zip(written, documents, strict=True):
        assert document["case"] == record.header.case_no
        assert document["at_ms"] == record.header.wall_ms
        assert document["kind"] == Kind(record.header.kind).name.lower()


def test_a_paper_that_ended_names_the_one_that_was_issued(tmp_path: Path) -> None:
    records = {each.header.seq: each for each in corpus.records(tmp_path / "journal")}
    ended = [each for each in records.values() if each.header.kind == Kind.SLIP_ENDED]
    assert len(ended) == 2 * corpus.CASES
    named = [records[int(str(each.header.plain[0]))] for each in ended]
    wrong = [each for each, issued in zip(ended, named, strict=True) if issued.header.case_no != each.header.case_no]
    # Two people at the counter at once: between paper and end something else may be written.
    assert len(wrong) <= len(ended) // 10


@pytest.mark.parametrize("kind", [Kind.CASE_TAKEN_IN, Kind.RESULT_DELIVERED])
def test_no_two_signatures_are_the_same(kind: Kind) -> None:
    signatures = [
        each.happened.signature
        for each in corpus.told(corpus.CASES)
        if isinstance(each.happened, CaseTakenIn | ResultDelivered) and kind_of(each.happened) == kind
    ]
    assert len(set(signatures)) == corpus.CASES
    assert min(sum(map(len, strokes)) for strokes in signatures) > 20
