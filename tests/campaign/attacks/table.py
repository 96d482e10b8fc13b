"""Attacks in one stroke with their stated outcomes. docs/threat-model.md says where the others are tried."""

from __future__ import annotations

from tests.campaign.attacks import on_disks, on_lines, on_papers, on_people
from tests.campaign.attacks.attack import Attack

_ON_DISK = frozenset({"journal: audit", "county: audit", "journal: JournalDamaged"})
_LOG = frozenset({"line: log_forked", "line: log_went_back"})

ATTACKS = (
    Attack("record deleted", "a record is taken out of a store", on_disks.record_deleted, _ON_DISK),
    Attack("records swapped", "two records change places in a store", on_disks.records_swapped, _ON_DISK),
    Attack("record changed", "a header is changed in a store", on_disks.record_changed, _ON_DISK),
    Attack("body changed", "a body is changed in a store", on_disks.body_changed, _ON_DISK),
    Attack(
        "record withheld",
        "the gateway leaves a record out of what it hands on to the county",
        on_lines.record_withheld,
        frozenset({"county: alarm: 前后接不上"}),
    ),
    Attack(
        "row dropped",
        "the gateway's operator deletes a record from the store before the county has read it",
        on_lines.row_dropped,
        frozenset({"county: alarm: 网关的库里缺了记录，或者被改过"}),
    ),
    Attack(
        "two branches",
        "a copied disk writes on beside the original",
        on_disks.two_branches,
        frozenset({"gateway: fork"}),
    ),
    Attack(
        "old image after sending",
        "a disk is put back from a copy older than what the county holds",
        on_disks.old_image_after_sending,
        frozenset({"line: forked", "line: county_ahead", "gateway: fork", "journal: JournalIsBehind"}),
    ),
    Attack("log rewritten", "the county drops a head from its log and states it anew", on_lines.log_rewritten, _LOG),
    Attack("checkpoint forks", "another tree is stated under the county's own key", on_lines.checkpoint_forks, _LOG),
    Attack(
        "unknown key", "records of a key that nobody vouched for", on_lines.unknown_key, frozenset({"refused: refused"})
    ),
    Attack(
        "wrong signature",
        "records of a known chain under another key",
        on_lines.wrong_signature,
        frozenset({"refused: malformed"}),
    ),
    Attack(
        "revoked key",
        "a terminal that the county has revoked goes on",
        on_lines.revoked_key,
        frozenset({"line: not_admitted"}),
    ),
    Attack(
        "foreign chain",
        "a terminal sends records of another's chain",
        on_lines.foreign_chain,
        frozenset({"refused: refused"}),
    ),
    Attack(
        "changed on the way",
        "a byte of an upload is changed",
        on_lines.changed_on_the_way,
        frozenset({"refused: malformed", "refused: refused"}),
    ),
    Attack(
        "acknowledgement forged",
        "an acknowledgement of a key that the root did not lend",
        on_lines.acknowledgement_forged,
        frozenset({"line: not_signed"}),
    ),
    Attack(
        "acknowledgement swapped",
        "an acknowledgement of another terminal's chain",
        on_lines.acknowledgement_swapped,
        frozenset({"line: garbled"}),
    ),
    Attack(
        "acknowledgement replayed",
        "an older acknowledgement comes again in the place of the new one",
        on_lines.acknowledgement_replayed,
        frozenset({"line: garbled"}),
    ),
    Attack(
        "inbox of another",
        "a terminal gets the county's answers to another terminal",
        on_lines.inbox_of_another,
        frozenset({"line: not_signed"}),
    ),
    Attack(
        "attachment changed at the desk",
        "a sealed attachment is changed at the terminal before it was sent",
        on_papers.changed_at_the_desk,
        frozenset({"line: attachment damaged"}),
    ),
    Attack(
        "attachment changed on the line",
        "other bytes are uploaded in the place of an attachment",
        on_papers.exchanged_on_the_line,
        frozenset({"gateway: attachment thrown away"}),
    ),
    Attack(
        "attachment changed at the gateway",
        "the gateway's operator changes an attachment, or exchanges parts of two",
        on_papers.changed_at_the_gateway,
        frozenset({"county: attachment not taken"}),
    ),
    Attack(
        "attachment changed at the county",
        "a sealed attachment is changed on the county's disk",
        on_papers.changed_at_the_county,
        frozenset({"county: attachment not opened"}),
    ),
    Attack(
        "attachment of another",
        "a terminal uploads what a record of another one names",
        on_papers.brought_by_another,
        frozenset({"refused: attachment"}),
    ),
    Attack(
        "clock set back", "the clock is set back by hours", on_people.clock_set_back, frozenset({"county: clock moved"})
    ),
    Attack(
        "hurried inspection",
        "a visit of a minute is made to look like an hour by moving the clock",
        on_people.hurried_inspection,
        frozenset({"county: clock moved"}),
    ),
    Attack("tail dropped", "the newest records are taken away before they were sent", on_disks.tail_dropped),
    Attack("tail rewritten", "whoever holds the key writes the unsent tail anew", on_disks.tail_rewritten),
    Attack(
        "old image before sending",
        "a disk is put back from a copy, and nothing since was sent",
        on_disks.old_image_before_sending,
    ),
    Attack("never entered", "an application is never taken in", on_people.never_entered),
    Attack("false content", "what is entered is not true", on_people.false_content),
    Attack("agent presses the pad", "the agent rates in the villager's place", on_people.agent_presses),
)
