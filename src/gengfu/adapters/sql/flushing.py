"""Writes a batch's changes in few statements, the ledger last."""

from gengfu.adapters.buffered import Changes

from .records import (
    case_record,
    case_update,
    entry_record,
    sealed_records,
    to_microseconds,
)
from .sessions import Session


def commit(session: Session, changes: Changes) -> int | None:
    """Write changes, commit, and return the last seq given, None if none was.

    Rows come first and the ledger lock last, so that two servers hold each other up
    only for as long as entries take to write and commit. To a server all this is two
    journeys: up to the seq that comes next, and from there to the commit.

    Raises:
        Clash: a row is not at the version the changes were made on.

    """
    first: int | None = None
    with session.together():
        _flush_state(session, changes)
        if changes.entries or changes.checkpoints or changes.nodes:
            session.lock_ledger()
            _flush_evidence(session, changes)
        if changes.entries:
            first = int(session.fetch(session.statements.last_seq, ())[0][0]) + 1
    with session.together():
        last = None if first is None else _flush_entries(session, changes, first)
        session.commit()
    return last


def _flush_state(session: Session, changes: Changes) -> None:
    statements = session.statements
    _flush_rows(session, changes)
    _flush_deadlines(session, changes)
    if changes.cursors:
        session.run_each(statements.delete_cursor, [(s,) for s in changes.cursors])
        session.run_each(statements.insert_cursor, list(changes.cursors.items()))
    if changes.destroyed_keys:
        gone = [(subject,) for subject in changes.destroyed_keys]
        session.run_each(statements.delete_key, gone)
        session.run_each(statements.delete_attachments, gone)
    if changes.fresh_keys:
        session.run_each(statements.insert_key, list(changes.fresh_keys.items()))
    if changes.attachments:
        session.run_each(
            statements.insert_attachment,
            [(*key, locked) for key, locked in changes.attachments.items()],
        )
    if changes.erased:
        session.run_each(statements.erase, sorted(changes.erased))


def _flush_rows(session: Session, changes: Changes) -> None:
    fresh = [case_record(r) for k, r in changes.rows.items() if not changes.bases[k]]
    moved = [
        case_update(row, base)
        for key, row in changes.rows.items()
        if (base := changes.bases[key])
    ]
    if fresh:
        session.run_each(session.statements.insert_case, fresh)
    if moved:
        session.run_each(session.statements.update_case, moved, all_change=True)


def _flush_deadlines(session: Session, changes: Changes) -> None:
    statements = session.statements
    old = [key for key in changes.deadlines if changes.bases[key]]
    if old:
        session.run_each(statements.delete_deadlines, old)
    running = [
        (*key, deadline.name, to_microseconds(deadline.at), deadline.move)
        for key, deadlines in changes.deadlines.items()
        for deadline in deadlines
    ]
    if running:
        session.run_each(statements.insert_deadline, running)


def _flush_evidence(session: Session, changes: Changes) -> None:
    statements = session.statements
    if changes.checkpoints:
        first = int(session.fetch(statements.last_checkpoint, ())[0][0]) + 1
        session.run_each(
            statements.insert_checkpoint,
            [
                (number, size, to_microseconds(at), note)
                for number, (size, note, at) in enumerate(changes.checkpoints, first)
            ],
        )
    if changes.nodes:
        session.run_each(
            statements.insert_node,
            [(n.level, n.position, n.hash) for n in changes.nodes],
        )


def _flush_entries(session: Session, changes: Changes, first: int) -> int:
    statements = session.statements
    entries = changes.entries
    session.run_each(
        statements.insert_entry,
        [entry_record(seq, p.entry) for seq, p in enumerate(entries, first)],
    )
    if beside := sealed_records(first, entries):
        session.run_each(statements.insert_sealed, beside)
    last = first + len(entries) - 1
    session.announce(last)
    return last
