"""The desk: role, purpose, version, referral, and personal facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.kernel.mediation import (
    CLERK,
    LIN,
    MEDIATION,
    MEDIATOR,
    START,
    WU,
    Mediation,
    Stage,
    close,
    consent,
    draft,
    mediation,
    nudge,
    offer,
    office,
    person,
    sign_terms,
)

from gengfu.adapters.clock import VirtualClock
from gengfu.adapters.memory import MemoryStore
from gengfu.kernel import (
    AUDITOR,
    CLOCKWORK,
    OVERSIGHT,
    Actor,
    ActorId,
    AreaId,
    BadInput,
    CaseId,
    Corrupt,
    Desk,
    Forbidden,
    Malformed,
    NotFound,
    Office,
    Place,
    Purpose,
    Ref,
    RuleBroken,
    SealedWords,
    Seen,
    Stale,
    Stamp,
    WrongStage,
)
from gengfu.kernel.audit import audit
from gengfu.kernel.both import half
from gengfu.kernel.records import erasure, reading
from gengfu.kernel.tasks import task

TWO = frozenset({"a", "b"})


@pytest.fixture
def desks() -> Office:
    return office()


def opened(desks: Office, **facts: object) -> Mediation:
    return desks.serve(LIN, MEDIATION, lambda d: d.open(offer, TWO, **facts))


def entries(desks: Office) -> list[tuple[str, str, str, str]]:
    logged = desks.look(lambda r: r.entries(-1, 1000))
    return [(e.entry.kind, e.entry.move, e.entry.actor, e.entry.role) for e in logged]


class TestMoves:
    def test_a_case_goes_its_way(self, desks: Office) -> None:
        place = Place(-71.3, -29.9, "Plaza")
        case = opened(desks, place=place, area=AreaId("z7"), priority=2)
        assert case.version == 1
        row = desks.look(lambda r: r.find("mediation", case.id))
        assert row is not None
        assert (row.lon, row.lat, row.area, row.priority) == (-71.3, -29.9, "z7", 2)
        assert (row.stage, row.opened_at) == ("offered", START)
        for actor, move, words in (
            (LIN, consent, "a"),
            (LIN, consent, "b"),
            (WU, draft, "x"),
            (LIN, sign_terms, "a"),
            (LIN, sign_terms, "b"),
        ):
            self.make(desks, actor, case.id, move, words)
        settled = desks.serve(LIN, MEDIATION, lambda d: d.get(mediation, case.id))
        assert settled.stage is Stage.SETTLED
        assert settled.version == 6
        assert desks.look(lambda r: r.due(datetime.max.replace(tzinfo=UTC), 9)) == []
        assert entries(desks)[:3] == [
            ("mediation", "offer", "lin", "clerk"),
            ("mediation", "consent", "lin", "clerk"),
            ("mediation", "consent", "lin", "clerk"),
        ]

    def make(
        self, desks: Office, actor: Actor, case: CaseId, move: Any, words: str
    ) -> None:
        desks.serve(actor, MEDIATION, lambda d: d.apply(case, move, words))

    def test_all_moves_at_one_desk_stand_or_fall_together(self, desks: Office) -> None:
        def job(desk: Desk) -> None:
            case = desk.open(offer, TWO)
            desk.apply(case.id, consent, "a")
            desk.apply(case.id, consent, "nobody")

        with pytest.raises(RuleBroken):
            desks.serve(LIN, MEDIATION, job)
        assert entries(desks) == []
        assert desks.look(lambda r: list(r.rows("mediation"))) == []

    def test_a_move_starts_only_from_its_stages(self, desks: Office) -> None:
        case = opened(desks)
        with pytest.raises(WrongStage, match="draft does not start from offered"):
            desks.serve(WU, MEDIATION, lambda d: d.apply(case.id, draft, "x"))

    def test_an_undeclared_result_is_a_fault_of_the_capability(
        self, desks: Office
    ) -> None:
        case = opened(desks)
        wrong = replace(consent, rule=lambda case, _s, **_f: replace(case, stage="x"))
        stamp = Stamp(case.id, START, ActorId("x"), CLERK)
        with pytest.raises(Malformed, match="undeclared"):
            wrong(case, stamp, party="a")
        other = replace(consent, rule=lambda case, _s, **_f: replace(case, id="x"))
        with pytest.raises(Malformed):
            other(case, stamp, party="a")
        with pytest.raises(Malformed):
            replace(offer, rule=lambda _s: case)(replace(stamp, case="other"))

    def test_what_is_not_there_is_not_found(self, desks: Office) -> None:
        with pytest.raises(NotFound):
            desks.serve(LIN, MEDIATION, lambda d: d.apply(CaseId("x"), consent, "a"))
        with pytest.raises(NotFound):
            desks.serve(LIN, MEDIATION, lambda d: d.get(mediation, CaseId("x")))
        assert desks.serve(LIN, MEDIATION, lambda d: d.find(mediation, "x")) is None

    def test_a_known_id_is_opened_once(self, desks: Office) -> None:
        def job(desk: Desk) -> Mediation:
            return desk.open_as(CaseId("m1"), offer, TWO)

        assert desks.serve(LIN, MEDIATION, job).id == "m1"
        with pytest.raises(Stale, match="open already"):
            desks.serve(LIN, MEDIATION, job)

    def test_fresh_ids_sort_by_time_and_differ(self, desks: Office) -> None:
        clock = desks.clock
        assert isinstance(clock, VirtualClock)
        ids = []
        for _ in range(5):
            ids.append(opened(desks).id)
            clock.advance(timedelta(milliseconds=1))
        assert ids == sorted(ids)
        assert len(set(ids)) == 5
        same = {opened(desks).id for _ in range(50)}
        assert len(same) == 50

    def test_listing_gives_values(self, desks: Office) -> None:
        made = [opened(desks) for _ in range(3)]
        desks.serve(LIN, MEDIATION, lambda d: d.apply(made[1].id, consent, "a"))

        def job(desk: Desk) -> None:
            found = desk.list(mediation, stages=[Stage.OFFERED], limit=9)
            assert {c.id for c in found} == {c.id for c in made}
            assert len(desk.list(mediation, limit=2)) == 2
            assert desk.get(mediation, made[1].id).consents == {"a"}

        desks.serve(LIN, MEDIATION, job)


class TestAccess:
    @pytest.mark.parametrize(
        "actor",
        [
            person("x"),
            person("x", MEDIATOR),
            person("x", CLERK, purpose=Purpose("other")),
            person("x", CLOCKWORK),
        ],
    )
    def test_the_wrong_role_is_refused(self, desks: Office, actor: Actor) -> None:
        case = opened(desks)
        before = entries(desks)
        with pytest.raises(Forbidden, match="consent needs clerk for mediation"):
            desks.serve(actor, MEDIATION, lambda d: d.apply(case.id, consent, "a"))
        with pytest.raises(Forbidden, match="offer needs clerk"):
            desks.serve(actor, MEDIATION, lambda d: d.open(offer, TWO))
        assert entries(desks) == before

    def test_another_purpose_is_refused(self, desks: Office) -> None:
        case = opened(desks)
        both = Actor(
            ActorId("x"), frozenset({(CLERK, MEDIATION), (CLERK, Purpose("other"))})
        )
        with pytest.raises(Forbidden, match="made for mediation, not for other"):
            desks.serve(
                both, Purpose("other"), lambda d: d.apply(case.id, consent, "a")
            )
        with pytest.raises(Forbidden, match="made for mediation, not for other"):
            desks.serve(both, Purpose("other"), lambda d: d.open(offer, TWO))

    def test_the_role_that_allowed_it_is_recorded(self, desks: Office) -> None:
        case = opened(desks)
        for party in "ab":
            desks.serve(LIN, MEDIATION, lambda d, p=party: d.apply(case.id, consent, p))
        desks.serve(WU, MEDIATION, lambda d: d.apply(case.id, draft, "x"))
        two_hats = person("x", MEDIATOR, CLERK, of="justice-office")
        desks.serve(two_hats, MEDIATION, lambda d: d.apply(case.id, sign_terms, "a"))
        last = desks.look(lambda r: r.entries(-1, 99))[-1].entry
        assert (last.role, last.represents) == ("clerk", "justice-office")
        assert (last.purpose, last.at) == ("mediation", START)


class TestSeen:
    def test_what_was_seen_must_still_be_so(self, desks: Office) -> None:
        case = opened(desks)
        seen = Seen(case.id, 1)
        desks.serve(LIN, MEDIATION, lambda d: d.apply(seen, consent, "a"))
        with pytest.raises(Stale, match="at version 2, not 1"):
            desks.serve(LIN, MEDIATION, lambda d: d.apply(seen, consent, "b"))
        with pytest.raises(Stale):
            desks.serve(
                LIN, MEDIATION, lambda d: d.apply(Seen(case.id, 9), consent, "b")
            )
        now = desks.serve(
            LIN, MEDIATION, lambda d: d.apply(Seen(case.id, 2), consent, "b")
        )
        assert now.version == 3


class TestFacts:
    def test_facts_are_held_to_their_limits(self, desks: Office) -> None:
        case = opened(desks)
        for party in ("", "x" * 201):
            with pytest.raises(BadInput, match="party: "):
                desks.serve(
                    LIN, MEDIATION, lambda d, p=party: d.apply(case.id, consent, p)
                )
        with pytest.raises(BadInput, match="parties: 1 items"):
            desks.serve(LIN, MEDIATION, lambda d: d.open(offer, frozenset({"a"})))
        with pytest.raises(BadInput, match=r"place\.lat"):
            opened(desks, place=Place(0.0, float("nan")))

    def test_a_damaged_row_is_called_corrupt(self) -> None:
        store = MemoryStore()
        desks = office(store)
        case = opened(desks)
        key = ("mediation", case.id)
        held = store._kept.cases[key]
        genuine = held.row
        for damage in (
            {"body": genuine.body[:-1]},
            {"body": genuine.body.replace(b'"version":1', b'"version":2')},
            {"version": 2},
        ):
            held.row = replace(genuine, **damage)
            with pytest.raises(Corrupt):
                desks.serve(LIN, MEDIATION, lambda d: d.apply(case.id, consent, "a"))


class TestReferral:
    def test_a_case_is_referred_and_linked(self, desks: Office) -> None:
        case = opened(desks)

        def job(desk: Desk) -> Mediation:
            made = desk.refer(case, mediation, "mediation", "neighbours shout")
            assert isinstance(made, Mediation)
            return made

        made = desks.serve(LIN, MEDIATION, job)
        assert made.origin == Ref("mediation", case.id)
        assert entries(desks)[-1] == (
            "mediation",
            "take_referral",
            "clockwork",
            "clockwork",
        )

    def test_nobody_takes_it(self, desks: Office) -> None:
        case = opened(desks)
        with pytest.raises(NotFound, match="takes referrals to nowhere"):
            desks.serve(
                LIN, MEDIATION, lambda d: d.refer(case, mediation, "nowhere", "x")
            )


class TestPersonalFacts:
    def sealed(self, desks: Office, subject: str = "s1") -> Mediation:
        return desks.serve(
            LIN,
            MEDIATION,
            lambda d: d.open(offer, TWO, phone=d.seal(subject, "138 0013 8000")),
        )

    def test_sealed_words_are_nowhere_in_the_open(self, desks: Office) -> None:
        case = self.sealed(desks)
        row = desks.look(lambda r: r.find("mediation", case.id))
        (logged,) = desks.look(lambda r: r.entries(-1, 9))
        assert row is not None
        assert logged.sealed is not None
        for stored in (row.body, logged.sealed.facts, logged.entry.leaf_bytes()):
            assert b"138" not in stored

    def test_readings_are_recorded_once_per_desk(self, desks: Office) -> None:
        one, two = self.sealed(desks), self.sealed(desks, "s2")

        def job(desk: Desk) -> list[str | None]:
            found = []
            for case in (one, two, one):
                assert case.phone is not None
                found.append(desk.reveal(Ref("mediation", case.id), case.phone))
            return found

        assert desks.serve(LIN, MEDIATION, job) == ["138 0013 8000"] * 3
        (record,) = desks.serve(
            person("x", AUDITOR, purpose=OVERSIGHT),
            OVERSIGHT,
            lambda d: d.list(reading),
        )
        assert set(record.subjects) == {"s1", "s2"}
        assert {ref.id for ref in record.cases} == {one.id, two.id}
        assert record.purpose == MEDIATION
        assert record.reader == LIN.id

    def test_a_reading_without_the_purpose_is_refused(self, desks: Office) -> None:
        case = self.sealed(desks)
        assert case.phone is not None
        with pytest.raises(Forbidden, match="may not read for other"):
            desks.serve(
                LIN,
                Purpose("other"),
                lambda d: d.reveal(Ref("mediation", case.id), case.phone),
            )

    def test_an_erased_subject_is_gone_and_the_ledger_still_holds(
        self, desks: Office
    ) -> None:
        case, other = self.sealed(desks), self.sealed(desks, "s2")
        desks.serve(LIN, MEDIATION, lambda d: d.apply(case.id, consent, "a"))
        leaves = desks.look(lambda r: list(r.leaf_hashes(0, 9)))
        refs = (Ref("mediation", case.id),)
        desks.serve(LIN, MEDIATION, lambda d: d.erase(["s1"], "asked for", refs))

        def look(desk: Desk) -> list[str | None]:
            return [
                desk.reveal(Ref("mediation", c.id), c.phone or SealedWords("", ""))
                for c in (case, other)
            ]

        assert desks.serve(LIN, MEDIATION, look) == [None, "138 0013 8000"]
        assert desks.look(lambda r: list(r.leaf_hashes(0, 3))) == leaves
        kept = desks.look(lambda r: r.entries_of("mediation", case.id))
        assert [one.sealed for one in kept] == [None, None]
        (record,) = desks.serve(LIN, OVERSIGHT, lambda d: d.list(erasure))
        assert (record.subjects, record.because) == (("s1",), "asked for")
        assert record.ordered_by == LIN.id
        found = desks.look(lambda r: audit(r, desks.registry, desks.codec, lambda n: n))
        assert found.intact.holds
        assert found.complete.findings == ()
        assert found.erased == 2
        # The case itself goes on, and later moves are on the ledger as ever.
        desks.serve(LIN, MEDIATION, lambda d: d.apply(case.id, consent, "b"))
        found = desks.look(lambda r: audit(r, desks.registry, desks.codec, lambda n: n))
        assert found.complete.findings == ()


class TestEnds:
    def test_open_tasks_are_withdrawn_when_the_case_ends(self, desks: Office) -> None:
        case = opened(desks)
        for party in "ab":
            desks.serve(LIN, MEDIATION, lambda d, p=party: d.apply(case.id, consent, p))
        desks.serve(
            person("x", CLERK),
            MEDIATION,
            lambda d: d.as_clockwork(MEDIATION).apply(case.id, nudge),
        )
        (open_task,) = desks.serve(LIN, MEDIATION, lambda d: d.list(task))
        assert open_task.stage == "open"
        desks.serve(
            LIN, MEDIATION, lambda d: d.as_clockwork(MEDIATION).apply(case.id, close)
        )
        (withdrawn,) = desks.serve(LIN, MEDIATION, lambda d: d.list(task))
        assert withdrawn.stage == "withdrawn"
        assert half(withdrawn.cause, "en") == "the case has ended"
        assert half(withdrawn.cause, "zh") == "案件已结束"
        assert desks.look(lambda r: r.due(START + timedelta(days=99), 9)) == []
