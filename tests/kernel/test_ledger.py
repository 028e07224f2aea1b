"""What an entry commits to, byte by byte."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from gengfu.kernel import ActorId, CaseId, Entry, Purpose, Role
from gengfu.kernel.ledger import commit_facts, commit_state, instant

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=("Cs",)))

entries = st.builds(
    Entry,
    kind=texts,
    case=texts.map(CaseId),
    version=st.integers(1, 2**31),
    move=texts,
    at=st.datetimes(timezones=st.just(UTC)),
    actor=texts.map(ActorId),
    role=texts.map(Role),
    purpose=texts.map(Purpose),
    represents=st.none() | texts,
    facts_commitment=st.binary(min_size=32, max_size=32),
    state_commitment=st.binary(min_size=32, max_size=32),
)


@given(entries)
def test_the_leaf_is_canonical_json_of_every_field(entry: Entry) -> None:
    fields = {
        "actor": entry.actor,
        "at": entry.at.isoformat(timespec="microseconds"),
        "case": entry.case,
        "facts": entry.facts_commitment.hex(),
        "kind": entry.kind,
        "move": entry.move,
        "purpose": entry.purpose,
        "represents": entry.represents,
        "role": entry.role,
        "state": entry.state_commitment.hex(),
        "version": entry.version,
    }
    assert json.loads(entry.leaf_bytes()) == fields
    assert (
        entry.leaf_bytes()
        == json.dumps(
            fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        ).encode()
    )


@given(entries, entries)
def test_two_entries_never_share_a_leaf(one: Entry, other: Entry) -> None:
    assert (one.leaf_bytes() == other.leaf_bytes()) == (one == other)


def test_the_zone_of_an_instant_does_not_show() -> None:
    here = AT.astimezone(timezone(timedelta(hours=8)))
    assert instant(here) == instant(AT) == "2026-03-02T08:00:00.000000+00:00"


def test_commitments_depend_on_salt_kind_and_content() -> None:
    made = {
        commit(salt, content)
        for commit in (commit_facts, commit_state)
        for salt in (b"a" * 16, b"b" * 16)
        for content in (b"", b"x", b"a")
    }
    assert len(made) == 12
    assert commit_facts(b"s", b"f") == hashlib.sha256(b"facts\x00sf").digest()
    assert commit_state(b"s", b"f") == hashlib.sha256(b"state\x00sf").digest()


def test_an_entry_knows_its_stamp() -> None:
    entry = Entry(
        kind="report",
        case=CaseId("a"),
        version=1,
        move="open",
        at=AT,
        actor=ActorId("lin"),
        role=Role("clerk"),
        purpose=Purpose("help"),
        represents="justice",
        facts_commitment=b"f" * 32,
        state_commitment=b"s" * 32,
    )
    stamp = entry.stamp
    assert (stamp.case, stamp.at, stamp.actor) == ("a", AT, "lin")
    assert (stamp.role, stamp.represents) == ("clerk", "justice")
    assert replace(entry, represents=None).stamp.represents is None
