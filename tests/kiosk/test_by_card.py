"""What a card fills in: whose fields, which of them, and when not at all."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from devices.id_reader.card import IdCard, read_text
from devices.sim.cards import CARDS
from kiosk import by_card
from kiosk.by_card import CardExpired, CardNotForForm
from kiosk.session import Application
from sync.model.facts import IdentityFrom
from sync.model.form import Field, FieldType, Form, Option, Section
from tests.kiosk.point import demo_packs


def person(whose: str) -> tuple[Field, ...]:
    sexes = (Option("male", "男"), Option("female", "女"))
    nations = (Option("han", "汉族"), Option("tujia", "土家族"))
    return (
        Field(f"{whose}_name", "姓名", FieldType.NAME),
        Field(f"{whose}_id", "身份证号", FieldType.IDENTITY),
        Field(f"{whose}_sex", "性别", FieldType.CHOICE, options=sexes),
        Field(f"{whose}_nation", "民族", FieldType.CHOICE, options=nations),
        Field(f"{whose}_birth", "出生日期", FieldType.DATE),
        Field(f"{whose}_address", "住址", FieldType.TEXT, maximum=16),
        Field(f"{whose}_valid_from", "有效期起", FieldType.DATE),
        Field(f"{whose}_valid_until", "有效期止", FieldType.DATE),
    )


APPLICANT = Section(
    "申请人",
    (
        *person("applicant"),
        Field("applicant_phone", "电话", FieldType.PHONE),
        Field("applicant_region", "村组", FieldType.REGION),
    ),
)
FORM = Form((APPLICANT, Section("老人", (*person("elder"), Field("keeper_name", "姓名", FieldType.NAME)))))


def card(name: str) -> IdCard:
    return read_text(CARDS[name].text)


def test_every_person_of_a_form_has_a_card_and_only_who_has_a_number() -> None:
    assert by_card.persons(FORM) == ("applicant", "elder")


def test_a_card_goes_to_the_fields_of_its_person_only_and_only_where_it_fits() -> None:
    found = by_card.filled(FORM, "elder", card("moved"), date(2026, 11, 23), demo_packs().profile)
    assert found == {
        "elder_name": "张卫东",
        "elder_id": "990101196807220054",
        "elder_sex": "male",
        "elder_nation": "tujia",
        "elder_birth": "1968-07-22",
        "elder_address": "青山县柳溪乡柳溪村3组12号",
        "elder_valid_from": "2020-01-01",
        "elder_valid_until": "2040-01-01",
    }


def test_a_person_whose_name_begins_like_anothers_keeps_what_is_theirs() -> None:
    application = Application("d1", "item", 1)
    application.typed = {"applicant_id": "1", "applicant_agent_id": "2", "applicant_agent_name": "王强"}
    application.from_card = {"applicant_id": "1", "applicant_agent_id": "2", "applicant_agent_name": "王刚"}
    assert "applicant_agent_name" not in by_card.fields_of("applicant")
    # Only the other person's name was changed by hand: the applicant's number is the card's.
    assert by_card.identity_from(application) is IdentityFrom.CARD


@pytest.mark.parametrize(
    ("number", "name", "of_another"),
    [
        ("", "", False),
        ("", "李秀兰", False),
        ("", "李秀", True),
        ("990101194001010016", "李秀", False),
        ("990101196807220054", "李秀兰", True),
    ],
)
def test_whoever_is_in_the_form_is_known_by_the_number_and_without_one_by_the_name(
    number: str, name: str, *, of_another: bool
) -> None:
    holder = replace(card("citizen"), number="990101194001010016", name="李秀兰")
    application = Application("d1", "item", 1)
    application.typed = {"applicant_id": number, "applicant_name": name}
    assert by_card.is_of_another(application, "applicant", holder) is of_another


def test_an_address_that_is_too_long_for_its_field_and_an_end_that_is_none_are_left_out() -> None:
    far = replace(card("long_term"), address="很远" * 10)
    found = by_card.filled(FORM, "applicant", far, date(2026, 11, 23), demo_packs().profile)
    assert "applicant_address" not in found
    assert "applicant_valid_until" not in found


def test_numbers_of_people_for_trying_things_out_are_taken_only_where_the_county_says_so() -> None:
    profile = replace(demo_packs().profile, demo_identity_regions=())
    with pytest.raises(CardNotForForm):
        by_card.filled(FORM, "applicant", card("citizen"), date(2026, 11, 23), profile)


def test_the_last_day_of_a_card_is_still_good() -> None:
    profile = demo_packs().profile
    assert by_card.filled(FORM, "applicant", card("expired"), date(2025, 1, 1), profile)
    with pytest.raises(CardExpired):
        by_card.filled(FORM, "applicant", card("expired"), date(2025, 1, 2), profile)
