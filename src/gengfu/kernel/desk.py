"""The desk: the only door through which anyone touches a case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .access import OF_THE_CASE, Actor, Purpose, Role, clockwork
from .both import both
from .cases import Case, CaseId, Machine, Move, Opening, Ref, Seen, Stamp
from .errors import BadInput, Corrupt, Forbidden, NotFound, Stale
from .ledger import SALT_BYTES
from .ports import Codec, Entropy, Transaction, Vault
from .records import erase as record_erasure
from .records import read as record_reading
from .registry import Registry
from .tasks import Task, TaskSpec, ask, task, task_id, withdraw
from .values import quickly
from .written import Made, Row, Writer, unwritten_row, written_row

ID_RANDOM_BYTES = 5
_stamp = quickly(Stamp)


@dataclass(frozen=True, slots=True)
class SealedWords:
    """Personal words under a subject's key: safe to store, useless once erased."""

    subject: str
    token: str


@dataclass(slots=True)
class Desk:
    """Checks role and purpose, applies moves, writes each to the ledger.

    One desk serves one request inside one transaction. All moves made at it commit
    together or not at all.
    """

    tx: Transaction
    registry: Registry
    codec: Codec
    vault: Vault
    actor: Actor
    purpose: Purpose
    now: datetime
    entropy: Entropy
    written: list[tuple[Machine[Any], Case]] = field(default_factory=list)
    """Every case as it stood after each move made here, in order."""
    _revealed: dict[Ref, set[str]] = field(default_factory=dict)

    # -- looking -------------------------------------------------------------

    def get[C: Case](self, machine: Machine[C], case: CaseId) -> C:
        """Return a case; raises NotFound."""
        found = self.find(machine, case)
        if found is None:
            raise NotFound(f"no {machine.kind} {case}")
        return found

    def find[C: Case](self, machine: Machine[C], case: CaseId) -> C | None:
        """Return a case, or None."""
        row = self.tx.find(machine.kind, case)
        return None if row is None else self._value(machine, row)

    def list[C: Case](
        self,
        machine: Machine[C],
        *,
        stages: Collection[str] | None = None,
        about: CaseId | None = None,
        limit: int | None = None,
    ) -> Sequence[C]:
        """Return cases in order of opening."""
        rows = self.tx.rows(machine.kind, stages=stages, about=about, limit=limit)
        return tuple(self._value(machine, row) for row in rows)

    # -- moving --------------------------------------------------------------

    def open[C: Case, **P](
        self, opening: Opening[C, P], *args: P.args, **kwargs: P.kwargs
    ) -> C:
        """Open a case by one of its machine's openings."""
        case = self.fresh_id(opening.machine.kind)
        return self.open_with(opening, case, opening.bind(*args, **kwargs))

    def open_as[C: Case, **P](
        self, case: CaseId, opening: Opening[C, P], *args: P.args, **kwargs: P.kwargs
    ) -> C:
        """Open a case under an id known beforehand, such as a unit's."""
        if self.tx.find(opening.machine.kind, case) is not None:
            raise Stale(f"{opening.machine.kind} {case} is open already")
        return self.open_with(opening, case, opening.bind(*args, **kwargs))

    def open_with[C: Case](
        self, opening: Opening[C, ...], case: CaseId, facts: dict[str, Any]
    ) -> C:
        """Open a case under this id with facts by name."""
        machine = opening.machine
        borrowed = machine.purpose == OF_THE_CASE
        purpose = self.purpose if borrowed else machine.purpose
        stamp = self._stamp(case, opening.by, purpose, opening.name)
        noted = self._noted(opening.noted(**facts))
        after = opening(stamp, **facts)
        self._write(machine, opening.name, purpose, stamp, noted, after, None)
        self._follow(machine, opening.name, None, after)
        return after

    def apply[C: Case, **P](
        self, case: CaseId | Seen, move: Move[C, P], *args: P.args, **kwargs: P.kwargs
    ) -> C:
        """Make one move and record it."""
        machine = move.machine
        wanted = case.id if isinstance(case, Seen) else case
        row = self.tx.find_for_update(machine.kind, wanted)
        if row is None:
            raise NotFound(f"no {machine.kind} {wanted}")
        before = self._value(machine, row)
        if isinstance(case, Seen) and case.version != before.version:
            raise Stale(
                f"{machine.kind} {wanted} is at version {before.version},"
                f" not {case.version}"
            )
        purpose = machine.purpose_of(before)
        stamp = self._stamp(wanted, machine.roles_for(move, before), purpose, move.name)
        facts = move.bind(*args, **kwargs)
        noted = self._noted(move.noted(**facts))
        by_name: Move[C, ...] = move
        after = by_name(before, stamp, **facts)
        self._write(machine, move.name, purpose, stamp, noted, after, row.value)
        self._follow(machine, move.name, before, after)
        return after

    def refer[C: Case](self, case: C, machine: Machine[C], to: str, note: str) -> Case:
        """Open a case of a registered kind elsewhere, linked to this one."""
        opening = self.registry.referable.get(to)
        if opening is None:
            raise NotFound(f"nothing installed takes referrals to {to}")
        facts = {"origin": Ref(machine.kind, case.id), "note": note}
        platform = self.as_clockwork(opening.machine.purpose)
        fresh = self.fresh_id(opening.machine.kind)
        return platform.open_with(opening, fresh, facts)

    def ask[C: Case](self, machine: Machine[C], case: C, spec: TaskSpec) -> Task:
        """Open a task about a case."""
        purpose = machine.purpose_of(case)
        earlier = len(self.tx.rows(task.kind, about=case.id))
        fresh = task_id(case.id, spec.name, earlier + 1)
        platform = self.as_clockwork(purpose)
        facts = {"about": Ref(machine.kind, case.id), "purpose": purpose, "spec": spec}
        return platform.open_with(ask, fresh, facts)

    # -- personal facts --------------------------------------------------------

    def seal(self, subject: str, words: str) -> SealedWords:
        """Encrypt personal words under the subject's key."""
        return SealedWords(subject, self.vault.seal(self.tx, subject, words))

    def reveal(self, case: Ref, sealed: SealedWords) -> str | None:
        """Return personal words and record the reading; None once erased."""
        if not any(purpose == self.purpose for _, purpose in self.actor.grants):
            raise Forbidden(f"{self.actor.id} may not read for {self.purpose}")
        self._revealed.setdefault(case, set()).add(sealed.subject)
        return self.vault.reveal(self.tx, sealed.subject, sealed.token)

    def erase(
        self, subjects: Sequence[str], because: str, cases: Sequence[Ref]
    ) -> None:
        """Destroy these subjects' keys and the facts of these cases' entries so far.

        What a case is moved to afterwards is proved by an entry whose facts stay.
        """
        for subject in subjects:
            self.tx.destroy_subject_key(subject)
        for case in cases:
            self.tx.erase_facts(case.kind, case.id)
        platform = self.as_clockwork(record_erasure.machine.purpose)
        platform.open(
            record_erasure, self.actor.id, tuple(subjects), because, tuple(cases)
        )

    def leave(self) -> None:
        """Record what was read at this desk, in one entry; call once at the end."""
        if not self._revealed:
            return
        platform = self.as_clockwork(record_reading.machine.purpose)
        platform.open(
            record_reading,
            self.actor.id,
            self.purpose,
            tuple(self._revealed),
            tuple(sorted({s for found in self._revealed.values() for s in found})),
        )
        self._revealed.clear()

    def fresh_id(self, kind: str) -> CaseId:
        """Make an id that sorts by time and that nobody can guess."""
        instant = int(self.now.timestamp() * 1000).to_bytes(6, "big")
        return CaseId(f"{kind}-{_in_letters(instant + self.entropy(ID_RANDOM_BYTES))}")

    # -- inside ------------------------------------------------------------------

    def _value[C: Case](self, machine: Machine[C], row: Row) -> C:
        if row.value is not None:
            return row.value
        try:
            case = self.codec.decode(machine.case, row.body)
        except BadInput as error:
            raise Corrupt(f"{row.kind} {row.id} cannot be read: {error}") from error
        if case.version != row.version or case.id != row.id:
            raise Corrupt(f"{row.kind} {row.id}: columns and body disagree")
        return case

    def _stamp(
        self, case: CaseId, by: tuple[Role, ...], purpose: Purpose, move: str
    ) -> Stamp:
        if self.purpose != purpose:
            raise Forbidden(f"{move} is made for {purpose}, not for {self.purpose}")
        role = self.actor.role_for(by, purpose)
        if role is None:
            raise Forbidden(f"{move} needs {' or '.join(by)} for {purpose}")
        return _stamp(case, self.now, self.actor.id, role, self.actor.represents)

    def as_clockwork(self, purpose: Purpose) -> "Desk":
        """Return a desk in the same transaction at which the platform itself acts."""
        return Desk(
            self.tx,
            self.registry,
            self.codec,
            self.vault,
            clockwork(purpose),
            purpose,
            self.now,
            self.entropy,
            self.written,
        )

    def _noted(self, facts: object) -> object:
        """Return facts as they are recorded: in bytes, or as they are if they last."""
        lasts = self.tx.keeps_values and self.codec.lasts(facts)
        return facts if lasts else self.codec.encode(facts)

    def _write[C: Case](
        self,
        machine: Machine[C],
        move: str,
        purpose: Purpose,
        stamp: Stamp,
        noted: object,
        after: C,
        known: C | None,
    ) -> None:
        lasts = self.tx.keeps_values and self.codec.lasts(after, known)
        body = None if lasts else self.codec.encode(after)
        row = row_of(machine, after, self.codec if body is None else body)
        salt = self.entropy(SALT_BYTES)
        over = after.stage in machine.ends
        self.written.append((machine, after))
        self.tx.record(
            row,
            Made(
                row.kind,
                row.id,
                row.version,
                move,
                purpose,
                stamp,
                salt,
                facts=noted,
                state=after if body is None else body,
                writer=self.codec,
            ),
            () if over else tuple(machine.deadlines(after)),
        )

    def _follow[C: Case](
        self, machine: Machine[C], move: str, before: C | None, after: C
    ) -> None:
        for spec in self.registry.tasks_for(machine, move, before, after):
            self.ask(machine, after, spec)
        ended = before is not None and after.stage in machine.ends
        if ended and machine is not task:
            self._withdraw_tasks(after)

    def _withdraw_tasks(self, case: Case) -> None:
        for row in self.tx.rows(task.kind, about=case.id):
            if row.stage not in task.ends:
                purpose = self._value(task, row).purpose
                cause = both("the case has ended", "案件已结束")
                self.as_clockwork(purpose).apply(row.id, withdraw, cause=cause)


_LETTERS = "0123456789abcdefghijklmnopqrstuv"
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)
_SHIFTS = tuple(range(80, -1, -10))


def _in_letters(raw: bytes) -> str:
    """Write eleven bytes in base 32 with letters in order (RFC 4648, "base32hex")."""
    number = int.from_bytes(raw) << 2  # 88 bits in nine pairs of five
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def row_of[C: Case](machine: Machine[C], case: C, body: bytes | Writer) -> Row:
    """Return the stored form of a case: its body, or itself and what will write it."""
    place = case.place
    written = isinstance(body, bytes)
    make = written_row if written else unwritten_row
    return make(
        kind=machine.kind,
        id=case.id,
        stage=str(case.stage),
        version=case.version,
        opened_at=case.opened_at,
        body=body if written else b"",
        area=case.area,
        lon=None if place is None else place.lon,
        lat=None if place is None else place.lat,
        priority=case.priority,
        about=machine.about(case),
        value=None if written else case,
        writer=None if written else body,
    )
