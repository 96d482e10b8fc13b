"""Small contents in their plain form, whole in themselves: a catalogue of one item, a profile, a calendar."""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]


def a_field(code: str, kind: str = "text", **more: object) -> Plain:
    return {"code": code, "label": code, "type": kind} | more


def a_form(*fields: Plain) -> Plain:
    applicant = [
        a_field("applicant_name", "name", need="key"),
        a_field("applicant_id", "identity", need="key"),
        a_field("applicant_phone", "phone", need="optional"),
        a_field("applicant_region", "region"),
    ]
    return {"sections": [{"title": "申请人", "fields": applicant}, {"title": "事项", "fields": list(fields)}]}


def an_item(code: str = "elder_allowance", **more: object) -> Plain:
    return {
        "code": code,
        "version": 1,
        "effective": "2026-01-01",
        "name": "高龄津贴申请",
        "short_name": "高龄津贴",
        "theme": "elder",
        "department": "civil",
        "role": "proxy",
        "urgency": "ordinary",
        "type": "benefit",
        "audience": "person",
        "basis": ["老年人权益保障法"],
        "conditions": ["年满80周岁"],
        "quantity": "不限",
        "steps": [
            {"code": "begin", "kind": "start", "title": "申请", "ways": [{"to": "whole"}]},
            {
                "code": "whole",
                "kind": "decision",
                "title": "齐全吗",
                "ways": [{"to": "finish", "when": "齐全"}, {"to": "notice", "when": "缺"}],
            },
            {"code": "notice", "kind": "action", "title": "补齐", "ways": [{"to": "finish"}]},
            {"code": "finish", "kind": "end", "title": "办结"},
        ],
        "result": "通知",
        "place": "村便民服务点",
        "hours": "工作日",
        "consult_phone": "000-5550-201",
        "complaint_phone": "12345",
        "visits": 1,
        "keys": [{"words": "高龄津贴申请", "syllables": ["gao", "ling", "jin", "tie", "shen", "qing"]}],
        "materials": [{"code": "id_card", "name": "身份证", "necessity": "required", "source": "申请人", "copies": 1}],
        "form": a_form(a_field("kind", "choice", options=[{"code": "a", "label": "甲"}, {"code": "b", "label": "乙"}])),
    } | more


def a_catalogue(*items: Plain) -> Plain:
    return {
        "themes": [{"code": "elder", "name": "养老助老", "icon": "person"}],
        "roles": [
            {"role": role, "name": name, "meaning": name}
            for role, name in (("direct", "直办"), ("proxy", "代办"), ("assist", "协办"), ("tell", "公开告知"))
        ],
        "items": list(items) or [an_item()],
    }


VILLAGE, ENDED, TOWN = "990101102203", "990101102202", "990101102000"

PROFILE_PLAIN: dict[str, Any] = {
    "county": "990101",
    "name": "青山县",
    "point_name": "便民服务点",
    "regions": [
        {"code": TOWN, "name": "青山镇", "since": "2015-01-01"},
        {
            "code": VILLAGE,
            "name": "柳溪村",
            "since": "2015-01-01",
            "groups": [{"code": "003", "name": "三组"}],
        },
        {"code": ENDED, "name": "下河村", "since": "2015-01-01", "until": "2024-12-31", "successor": VILLAGE},
    ],
    "departments": [
        {"code": "civil", "name": "民政局", "short_name": "民政", "phone": "000-5550-201", "address": "县城"}
    ],
    "terminals": [
        {
            "region": VILLAGE,
            "number": "01",
            "name": "柳溪村便民服务点",
            "address": "村部",
            "phone": "000-5550-123",
            "hours": "工作日",
        }
    ],
    "agents": [
        {
            "id": "A01",
            "name": "王建国",
            "region": VILLAGE,
            "phone": "000-5550-123",
            "title": "联络员",
            "since": "2024-03-01",
            "until": "2026-11-30",
        }
    ],
    "lights": {"notice_days": 2, "warning_days": 0},
    "periods": {
        "promise_days": 5,
        "extension_days_max": 10,
        "notice_valid_natural_days": 90,
        "supplement_days": 15,
        "handover_days": 10,
        "retention_natural_days": 3650,
    },
    "timings": {
        "idle_s": 90,
        "idle_warning_s": 20,
        "desk_lock_s": 300,
        "pin_tries": 5,
        "pin_wait_s": 15,
        "pad_window_s": 30,
    },
    "complaint_phone": "12345",
    "receipt_host": "qingshan.example",
    "words": dict.fromkeys(
        (
            *("mandate", "privacy", "free_of_charge", "truth", "deferral"),
            *("receipt_foot", "notice_foot", "no_agent"),
        ),
        "略",
    ),
    "demo_identity_regions": ["990101"],
}

CALENDAR_PLAIN: Plain = {
    "first_day": "2026-01-01",
    "last_day": "2026-12-31",
    "issued": "2025-11-04",
    "notices": ["关于2026年部分节假日安排的通知"],
    "days_off": [{"day": "2026-10-01", "name": "国庆节"}],
    "working_weekends": [{"day": "2026-10-10", "name": "国庆节调休上班"}],
}
