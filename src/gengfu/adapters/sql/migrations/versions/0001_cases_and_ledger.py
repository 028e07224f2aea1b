"""Cases, the ledger that nothing can change, and what stands beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SQLITE_GUARDS = (
    *(
        f"""
        CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """
        for table in ("ledger", "checkpoints")
        for verb in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE would delete the old row without asking the trigger above.
    """
    CREATE TRIGGER ledger_refuses_replacing BEFORE INSERT ON ledger
    WHEN NEW.seq <> (SELECT coalesce(max(seq), -1) + 1 FROM ledger)
      OR EXISTS (
        SELECT 1 FROM ledger
        WHERE kind = NEW.kind AND case_id = NEW.case_id AND version = NEW.version)
    BEGIN SELECT RAISE(ABORT, 'UNIQUE: the ledger is append-only'); END
    """,
    """
    CREATE TRIGGER checkpoints_refuse_replacing BEFORE INSERT ON checkpoints
    WHEN NEW.number <> (SELECT coalesce(max(number), -1) + 1 FROM checkpoints)
    BEGIN SELECT RAISE(ABORT, 'UNIQUE: checkpoints is append-only'); END
    """,
)

_POSTGRES_GUARDS = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
        for table in ("ledger", "checkpoints")
    ),
    *(
        f"""
        CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in ("ledger", "checkpoints")
    ),
)


def upgrade() -> None:
    """Make the tables and their guards."""
    _make_ledger()
    _make_cases()
    _make_deadlines_and_cursors()
    _make_evidence_and_keys()
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for guard in _SQLITE_GUARDS if on_sqlite else _POSTGRES_GUARDS:
        op.execute(guard)


def _make_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", _SEQ, autoincrement=False, nullable=False),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("case_id", _NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("move", _NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", _NAME, nullable=False),
        sa.Column("role", _NAME, nullable=False),
        sa.Column("purpose", _NAME, nullable=False),
        sa.Column("represents", _NAME),
        sa.Column("facts_commitment", sa.LargeBinary(), nullable=False),
        sa.Column("state_commitment", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="ledger_key"),
        sa.UniqueConstraint(
            "kind",
            "case_id",
            "version",
            name="ledger_once_per_kind_case_id_version",
        ),
    )
    op.create_table(
        "sealed",
        sa.Column("seq", _SEQ, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="sealed_key"),
    )


def _make_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("id", _NAME, nullable=False),
        sa.Column("stage", _NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("area", _NAME),
        sa.Column("lon", sa.Float(53)),
        sa.Column("lat", sa.Float(53)),
        sa.Column("priority", sa.Integer()),
        sa.Column("about", _NAME),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="cases_key"),
        sa.ForeignKeyConstraint(
            ["kind", "id", "version"],
            ["ledger.kind", "ledger.case_id", "ledger.version"],
            name="cases_needs_ledger",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index("cases_by_stage", "cases", ["kind", "stage", "opened_at", "id"])
    op.create_index("cases_by_opening", "cases", ["kind", "opened_at", "id"])
    has_about = sa.text("about IS NOT NULL")
    op.create_index(
        "cases_by_about",
        "cases",
        ["about"],
        postgresql_where=has_about,
        sqlite_where=has_about,
    )


def _make_deadlines_and_cursors() -> None:
    op.create_table(
        "deadlines",
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("case_id", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("move", _NAME, nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "case_id", "name", "at", "move", name="deadlines_key"
        ),
    )
    op.create_index("deadlines_by_at", "deadlines", ["at", "kind", "case_id"])
    op.create_table(
        "cursors",
        sa.Column("subscriber", _NAME, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", name="cursors_key"),
    )


def _make_evidence_and_keys() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("number", _SEQ, autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", _NAME, nullable=False),
        sa.PrimaryKeyConstraint("number", name="checkpoints_key"),
    )
    op.create_table(
        "tree_nodes",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name="tree_nodes_key"),
    )
    op.create_table(
        "subject_keys",
        sa.Column("subject", _NAME, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="subject_keys_key"),
    )
