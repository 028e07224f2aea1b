"""A publication's way: four people, one document, nothing that is not disclosed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from tests.capabilities.safety_index.offices import (
    AUDITS,
    BOTH,
    CHIEF,
    PERIOD,
    STAT,
    WHY,
    approved,
    built,
    compiled,
    document,
    hidden_part,
    open_office,
    published,
)

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.cases.publications import (
    PublicationStage,
    approve,
    audit,
    compile,
    publication,
    publish,
    withdraw,
)
from gengfu.capabilities.safety_index.cases.publishing import (
    compiles,
    published_bytes,
    publishes,
)
from gengfu.capabilities.safety_index.rules.document import (
    HIDDEN,
    CompoundFigure,
    CompoundReport,
    Correction,
)
from gengfu.kernel import (
    BadInput,
    Corrupt,
    Forbidden,
    RuleBroken,
    Said,
    Seen,
    Stale,
    WrongStage,
)
from gengfu.kernel.audit import audit as audit_ledger


def stage(office, case):
    return office.do(CHIEF, lambda desk: desk.get(publication, case)).stage


def test_from_compiling_to_the_public_and_every_step_is_proved(office):
    content = document()
    done = published(office, content)
    assert done.stage is PublicationStage.PUBLISHED
    assert (done.period, done.issue, done.compiled_by) == (PERIOD, 1, "sun")
    assert (done.audit.calls, done.audit.recorded, done.audit.by) == (200, 160, "ai")
    assert done.audit.calls_per_record == 1.25
    assert done.sha256 == sha256(content).hexdigest()
    codec = JsonCodec()
    kept = office.office.look(lambda reader: published_bytes(reader, codec, done))
    assert kept == content
    verdict = office.office.look(
        lambda reader: audit_ledger(reader, office.office.registry, codec, pytest.fail)
    )
    assert verdict.intact.findings == ()
    assert verdict.complete.findings == ()


def test_whoever_compiles_neither_audits_nor_approves(office):
    made = compiled(office, who=BOTH)
    with pytest.raises(RuleBroken, match="does not audit"):
        office.do(BOTH, lambda desk: desk.apply(made.id, audit, 10, 10))
    office.do(AUDITS, lambda desk: desk.apply(made.id, audit, 10, 10))
    with pytest.raises(RuleBroken, match="does not approve"):
        office.do(BOTH, lambda desk: desk.apply(made.id, approve))


def test_roles_and_stages_stand_in_the_way(office):
    made = compiled(office)
    with pytest.raises(Forbidden):
        office.do(STAT, lambda desk: desk.apply(made.id, audit, 10, 10))
    with pytest.raises(WrongStage):
        office.do(CHIEF, lambda desk: desk.apply(made.id, approve))
    with pytest.raises(WrongStage):
        office.do(CHIEF, lambda desk: publishes(desk, made.id))
    with pytest.raises(RuleBroken, match="no more calls"):
        office.do(AUDITS, lambda desk: desk.apply(made.id, audit, 10, 11))
    with pytest.raises(Forbidden):
        compiled(office, document("2026-09"), who=CHIEF)


def test_only_the_next_issue_of_a_month_is_taken(office):
    with pytest.raises(RuleBroken, match="next issue of this month is 1, not 2"):
        compiled(office, document(issue=2))
    first = published(office)
    with pytest.raises(RuleBroken, match="next issue of this month is 2, not 1"):
        compiled(office)
    with pytest.raises(RuleBroken, match="not 3"):
        compiled(office, document(issue=3))
    second = published(office, document(issue=2))
    assert second.corrects.why == WHY
    before = office.do(CHIEF, lambda desk: desk.get(publication, first.id))
    assert (before.stage, before.replaced_by) == (PublicationStage.CORRECTED, 2)
    published(office, document("2026-11"))


def test_one_draft_of_a_month_at_a_time_and_a_withdrawn_one_makes_room(office):
    made = compiled(office)
    with pytest.raises(RuleBroken, match="another draft"):
        compiled(office)
    office.do(STAT, lambda desk: desk.apply(made.id, withdraw, "wrong file"))
    assert stage(office, made.id) is PublicationStage.WITHDRAWN
    again = published(office)
    assert again.id != made.id
    with pytest.raises(WrongStage):
        office.do(STAT, lambda desk: desk.apply(again.id, withdraw, "too late"))


def test_two_who_lay_down_the_same_issue_at_once_leave_one(office):
    with pytest.raises(Stale):
        office.do(
            STAT,
            lambda desk: [
                desk.open_as(
                    "publication-2026-10-1.1", compile, PERIOD, 1, "{}",
                    sha256(b"{}").hexdigest(),
                )
                for _ in range(2)
            ],
        )  # fmt: skip


def test_the_digest_is_checked_by_the_rule_itself(office):
    with pytest.raises(RuleBroken, match="digest"):
        office.do(STAT, lambda desk: desk.open(compile, PERIOD, 1, "{}", "0" * 64))


def test_made_up_figures_stay_in_demonstrations(office):
    with pytest.raises(RuleBroken, match="demonstrations"):
        office.do(STAT, lambda desk: compiles(desk, document(), simulated_site=False))
    true = document(simulated=False)
    office.do(STAT, lambda desk: compiles(desk, true, simulated_site=False))


def loose(content: bytes, **more) -> bytes:
    return json.dumps(json.loads(content) | more, sort_keys=True).encode()


def with_place(**other):
    """Return a document whose first place has other fields."""
    first, *rest = built().places
    return document(places=(replace(first, **other), *rest))


def with_part(**other):
    """Return a document whose first place has other fields in its first part."""
    first, *rest = built().places[0].parts
    return with_place(parts=(replace(first, **other), *rest))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "truncated"),
        (b"{}", "missing required field"),
        (b"\xff", "."),
        (document() + b"\n", "bytes are not those"),
        (loose(document()), "bytes are not those"),
        (JsonCodec().encode(json.loads(loose(document(), cases=[1]))), "bytes"),
        (document(format="gengfu-other"), "format: gengfu-publication 1 is taken"),
        (document(version=2), "format: gengfu-publication 1 is taken"),
        (document("2026-13"), "a month is written like"),
        (document(issue=0), "issue: the first is 1"),
        (document(issue=2, corrects=None), "every issue but the first corrects"),
        (document(corrects=Correction(issue=1, why=WHY)), "every issue but the first"),
        (with_part(events="3"), "is a count that the disclosure step hides"),
        (with_part(events="1"), "t000.crime: is a count"),
        (with_part(events="03"), "is a count"),
        (with_part(events="-7"), "is a count"),
        (with_part(events="about 7"), "is a count"),
        (document(totals=(("crime", "4"),)), "totals.crime"),
        (document(places=built().places[:1] * 2), "an area stands twice"),
        (document(totals=built().totals[:1]), "totals: are of other parts than"),
        (document(totals=built().totals * 2), "totals: are of other parts than"),
        (with_place(parts=()), "places.t000: has other parts than method.domains names"),
        (with_place(parts=built().places[0].parts[:1] * 3), "t000: has other parts than"),
        (with_part(expected=-1.0), "places.t000: nobody expects so many events"),
        (with_part(expected=1e12), "places.t000: nobody expects so many events"),
    ],
)  # fmt: skip
def test_what_the_disclosure_step_did_not_make_is_refused(office, content, says):
    before = office.office.look(lambda reader: reader.size())
    with pytest.raises(BadInput, match=says):
        compiled(office, content)
    assert office.office.look(lambda reader: reader.size()) == before


def test_a_document_that_was_erased_is_missed_loudly(office):
    done = published(office)
    office.office.store.transact(lambda tx: tx.erase_facts(publication.kind, done.id))
    with pytest.raises(Corrupt, match="not on the ledger"):
        office.office.look(lambda reader: published_bytes(reader, JsonCodec(), done))


def test_publishing_needs_what_is_published_already_to_be_the_one_before(office):
    made = approved(office)
    with pytest.raises(Stale):
        office.do(CHIEF, lambda desk: publishes(desk, Seen(made.id, made.version - 1)))
    office.do(CHIEF, lambda desk: publishes(desk, made.id))
    with pytest.raises(WrongStage):
        office.do(CHIEF, lambda desk: desk.apply(made.id, publish))


HOME = {one.id: (one.name, one.name_zh) for one in built().places}


def laid_down(office, content, areas=HOME):
    return office.do(
        STAT, lambda desk: compiles(desk, content, simulated_site=True, areas=areas)
    )


def test_only_areas_of_this_city_are_taken_under_their_names(office):
    with pytest.raises(BadInput, match=r"places\.t003: this city has no such area"):
        laid_down(office, document(), {k: v for k, v in HOME.items() if k != "t003"})
    renamed = HOME | {"t001": ("Elsewhere", "别处")}
    with pytest.raises(BadInput, match=r"places\.t001: is called 'Elsewhere'"):
        laid_down(office, document(), renamed)
    assert laid_down(office, document(), HOME | {"more": ("More", "")}).stage


@pytest.mark.parametrize("area", ["a/b", "a b", "", "a\u00a0b", "a?b", "x" * 201])
def test_an_area_that_no_address_can_name_is_refused(office, area):
    place = replace(built().places[0], id=area)
    content = document(places=(place, *built().places[1:]))
    with pytest.raises(BadInput, match=r"letters, figures and \. : ~"):
        compiled(office, content)


def test_a_month_by_other_clocks_than_the_citys_is_refused(office):
    def compile_at(timezone):
        return office.do(
            STAT,
            lambda desk: compiles(
                desk, document(), simulated_site=True, timezone=timezone
            ),
        )

    with pytest.raises(BadInput, match="not of Pacific/Kiritimati"):
        compile_at("Pacific/Kiritimati")
    assert compile_at(built().timezone).stage


def test_made_up_months_and_recorded_ones_do_not_mix(office):
    first = compiled(office)
    recorded = document("2026-09", simulated=False)
    with pytest.raises(RuleBroken, match="do not stand in one portal"):
        compiled(office, recorded)
    office.do(STAT, lambda desk: desk.apply(first.id, withdraw, "wrong file"))
    published(office, recorded)
    with pytest.raises(RuleBroken, match="do not stand in one portal"):
        compiled(office)


def after(earlier, period="2026-11"):
    made = replace(built().made, earlier=earlier)
    return document(period, made=made)


def test_a_trend_is_of_what_was_published_here(office):
    first = document()
    known = (PERIOD, sha256(first).hexdigest())
    with pytest.raises(RuleBroken, match="an issue of 2026-10 that is not the newest"):
        compiled(office, after((known,)))
    approved(office, first)
    with pytest.raises(RuleBroken, match="not the newest"):
        compiled(office, after((known,)))


def test_published_months_are_compared_with_as_they_were_published(office):
    """The base years, and the year before where a comparison is made with it."""
    first = document("2025-10")
    named = (("2025-10", sha256(first).hexdigest()),)
    published(office, first)
    for same in ({"method": built().method}, {"comparisons": built().comparisons}):
        with pytest.raises(RuleBroken, match="compared with 2025-10, which is publish"):
            compiled(office, document(**same))
        made = replace(built().made, earlier=named)
        draft = compiled(office, document(made=made, **same))
        office.do(STAT, lambda desk, id=draft.id: desk.apply(id, withdraw, "again"))
    method = replace(built().method, base_years=(2023, 2024))
    assert compiled(office, document(method=method))


def test_a_trend_of_a_corrected_month_is_built_again(office):
    first, second = document(), document(issue=2)
    published(office, first)
    published(office, second)
    with pytest.raises(RuleBroken, match="not the newest"):
        compiled(office, after(((PERIOD, sha256(first).hexdigest()),)))
    assert compiled(office, after(((PERIOD, sha256(second).hexdigest()),)))


@pytest.mark.parametrize("telling", ["ratio", "per_10_000"])
def test_a_hidden_count_is_not_told_by_what_is_made_from_it(office, telling):
    place, part = hidden_part()
    shown = next(p for p in place.parts if p.ratio is not None)
    told = replace(part, **{telling: getattr(shown, telling)})
    parts = tuple(told if one is part else one for one in place.parts)
    places = tuple(
        replace(one, parts=parts) if one is place else one for one in built().places
    )
    with pytest.raises(BadInput, match=f"{place.id}.{part.domain}: a hidden count"):
        compiled(office, document(places=places))


def test_no_month_is_published_before_it_has_ended_in_the_city():
    """At 16:00 UTC on the last of November December begins there."""
    office = open_office(at=datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC))
    for period in ("2026-11", "2026-12", "9999-12"):
        with pytest.raises(RuleBroken, match=f"{period} has not ended yet"):
            compiled(office, document(period))
    with pytest.raises(BadInput, match="timezone: 'Nowhere/City' is none"):
        compiled(office, document("2026-11", timezone="Nowhere/City"))
    office.clock.advance(timedelta(seconds=1))
    assert compiled(office, document("2026-11")).stage


@pytest.mark.parametrize("rate", [(1.5, None, None), (None, 0.1, None)])
def test_a_hidden_count_of_a_compound_is_not_told_either(office, rate):
    figure = CompoundFigure(
        kind="theft", events=HIDDEN, per_1_000=rate[0], low=rate[1], high=rate[2]
    )
    compound = CompoundReport(
        id="c1", name="", name_zh="", area="t001", households=9, figures=(figure,)
    )
    with pytest.raises(BadInput, match=r"compounds\.c1\.theft: a hidden count"):
        compiled(office, document(compounds=(compound,)))


@pytest.mark.parametrize("period", ["x", "2026-13", "\uff12026-01", ""])
def test_a_trend_that_no_page_could_draw_is_refused(office, period):
    point = replace(built().places[0].trend[-1], period=period)
    with pytest.raises(BadInput, match="a month is written like"):
        compiled(office, with_place(trend=(point,)))


def test_a_month_is_written_in_one_way_only(office):
    published(office)
    with pytest.raises(BadInput, match="a month is written like"):
        compiled(office, document("\uff12026-10"))
    with pytest.raises(BadInput, match="is a count that"):
        compiled(office, with_place(deaths_12m="0010"))


def test_a_text_longer_than_paper_is_refused(office):
    with pytest.raises(BadInput, match="a text has more than 2000 letters"):
        compiled(office, document(city="x" * 2001))
    assert compiled(office, document(city="x" * 2000)).stage


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\u202e", "\uffff"])
def test_a_sign_that_nobody_sees_is_refused_wherever_it_stands(office, sign):
    why = Said("fine", f"错{sign}")
    for other in (
        {"city": f"City{sign}"},
        {"issue": 2, "corrects": Correction(issue=1, why=why)},
        {"made": replace(built().made, code=sign)},
    ):
        with pytest.raises(BadInput, match=r"a text holds character U\+"):
            compiled(office, document(**other))


def test_a_draft_whose_trend_was_corrected_meanwhile_is_not_published(office):
    first = document()
    published(office, first)
    draft = approved(office, after(((PERIOD, sha256(first).hexdigest()),)))
    published(office, document(issue=2))
    with pytest.raises(RuleBroken, match="not the newest"):
        office.do(CHIEF, lambda desk: publishes(desk, draft.id))
    assert stage(office, draft.id) is PublicationStage.APPROVED
