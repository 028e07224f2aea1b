"""A correction: of what stands here, with a reason, and showing nothing it hid."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest
from tests.capabilities.safety_index.offices import (
    WHY,
    built,
    compiled,
    document,
    hidden_part,
    published,
)

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.cases.publications import (
    publication,
)
from gengfu.capabilities.safety_index.rules.document import (
    HIDDEN,
    WITHHELD,
    Comparison,
    CompoundFigure,
    CompoundReport,
    Publication,
)
from gengfu.kernel import BadInput, RuleBroken, Said


def test_a_correction_says_why_on_the_ledger(office):
    first = published(office)
    published(office, document(issue=2))
    entries = office.office.look(
        lambda reader: reader.entries_of(publication.kind, first.id)
    )
    facts = json.loads(entries[-1].sealed.facts)
    assert entries[-1].entry.move == "correct"
    assert facts == {"issue": 2, "why": {"en": WHY.en, "zh": WHY.zh}}


def test_a_correction_without_reason_in_both_languages_is_refused(office):
    published(office)
    corrects = replace(
        JsonCodec().decode(type(built()), document(issue=2)).corrects,
        why=Said("because", " "),
    )
    with pytest.raises(BadInput, match="both languages"):
        compiled(office, document(issue=2, corrects=corrects))


def test_a_correction_shows_no_count_that_the_issue_before_it_hides(office):
    published(office)
    place, part = hidden_part()
    shown = next(p for p in place.parts if p.ratio is not None)
    open_part = replace(part, events="12", per_10_000=3.0, ratio=shown.ratio)
    parts = tuple(open_part if one is part else one for one in place.parts)
    places = tuple(
        replace(one, parts=parts) if one is place else one for one in built().places
    )
    with pytest.raises(
        RuleBroken, match=f"{place.id}.{part.domain}: hidden in issue 1"
    ):
        compiled(office, document(issue=2, places=places))
    assert compiled(office, document(issue=2))


def compound(events, rate=None):
    figure = CompoundFigure(
        kind="theft", events=events, per_1_000=rate, low=rate, high=rate
    )
    return CompoundReport(
        id="c1", name="", name_zh="", area="t001", households=90, figures=(figure,)
    )


def compared(value=None, of_area=()):
    return Comparison(code="x", said=WHY, value=value, of_area=of_area)


def totals(**other):
    return tuple((dict(built().totals) | other).items())


HIDING = {
    "totals": (totals(crime=WITHHELD), totals(crime="70"), "totals.crime"),
    "compounds": ((compound(HIDDEN),), (compound("5", 1.2),), "compounds.c1.theft"),
    "comparisons": ((compared(),), (compared(1.7),), "comparisons.x"),
}


@pytest.mark.parametrize("what", [*HIDING, "areas compared", "deaths_12m"])
def test_nothing_that_an_issue_hid_is_shown_by_its_correction(office, what):
    here = built().places[0]
    if what == "areas compared":
        hidden, shown = (compared(of_area=()),), (compared(of_area=((here.id, 9.5),)),)
        field, where = "comparisons", f"comparisons.x.{here.id}"
    elif what == "deaths_12m":
        rest = built().places[1:]
        hidden = (replace(here, deaths_12m=HIDDEN), *rest)
        shown = (replace(here, deaths_12m="5"), *rest)
        field, where = "places", f"places.{here.id}.deaths_12m"
    else:
        (hidden, shown, where), field = HIDING[what], what
    first = document(**{field: hidden})
    published(office, first)
    corrects = {"corrects_sha256": sha256(first).hexdigest()}
    with pytest.raises(RuleBroken, match=f"^{where}: hidden in issue 1, so it stays"):
        compiled(office, document(issue=2, **{field: shown}, **corrects))
    assert compiled(office, document(issue=2, **{field: hidden}, **corrects))


def test_a_correction_is_of_the_same_areas_and_parts(office):
    """Without an area the others and their sum would tell what it hid."""
    published(office)
    first, *rest = built().places
    for other in ((), (replace(first, id="else"),)):
        with pytest.raises(RuleBroken, match=r"other areas or other .* issue 1"):
            compiled(office, document(issue=2, places=(*other, *rest)))
    assert compiled(office, document(issue=2, places=(*rest, first)))


def test_a_correction_is_of_the_issue_that_stands(office):
    published(office, document(city="The city as it was"))
    for other in ({}, {"corrects_sha256": "0" * 64}, {"corrects_sha256": ""}):
        with pytest.raises(RuleBroken, match="does not correct issue 1 as it is publ"):
            compiled(office, document(issue=2, **other))
    with pytest.raises(BadInput, match="corrects_sha256: the first issue corrects"):
        compiled(office, document("2026-09", corrects_sha256="0" * 64))


def test_documents_of_before_there_were_digests_read_and_keep_their_bytes(office):
    first = document()
    assert b"corrects_sha256" not in first
    old = document(issue=2, corrects_sha256="")
    assert b"corrects_sha256" not in old
    read = JsonCodec().decode(Publication, old)
    assert read.corrects_sha256 == ""
    assert JsonCodec().encode(read) == old
