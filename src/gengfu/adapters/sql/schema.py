"""The one schema, for SQLite and PostgreSQL. Migrations make it; a test compares.

Instants are stored as whole microseconds since 1970 in UTC: exact, sortable, and the
same number on both databases. There is no cascade anywhere. A case row's version must
be on the ledger when a transaction commits (deferred foreign key), and what is on the
ledger can be neither changed nor deleted (triggers, made by the migrations).
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_once_per_%(column_0_N_name)s",
        "fk": "%(table_name)s_needs_%(referred_table_name)s",
        "pk": "%(table_name)s_key",
    }
)

_NAME = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its code points, the same on both databases."""
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite keeps rows by an INTEGER key itself; a BIGINT key would be a second index."""

cases = Table(
    "cases",
    metadata,
    Column("kind", _NAME, nullable=False),
    Column("id", _NAME, nullable=False),
    Column("stage", _NAME, nullable=False),
    Column("version", Integer, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("area", _NAME),
    Column("lon", Float(53)),
    Column("lat", Float(53)),
    Column("priority", Integer),
    Column("about", _NAME),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    ForeignKeyConstraint(
        ["kind", "id", "version"],
        ["ledger.kind", "ledger.case_id", "ledger.version"],
        deferrable=True,
        initially="DEFERRED",
    ),
    Index("cases_by_stage", "kind", "stage", "opened_at", "id"),
    Index("cases_by_opening", "kind", "opened_at", "id"),
    Index(
        "cases_by_about",
        "about",
        postgresql_where=text("about IS NOT NULL"),
        sqlite_where=text("about IS NOT NULL"),
    ),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", _SEQ, autoincrement=False, nullable=False),
    Column("kind", _NAME, nullable=False),
    Column("case_id", _NAME, nullable=False),
    Column("version", Integer, nullable=False),
    Column("move", _NAME, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", _NAME, nullable=False),
    Column("role", _NAME, nullable=False),
    Column("purpose", _NAME, nullable=False),
    Column("represents", _NAME),
    Column("facts_commitment", LargeBinary, nullable=False),
    Column("state_commitment", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    PrimaryKeyConstraint("seq"),
    UniqueConstraint("kind", "case_id", "version"),
)

sealed = Table(
    "sealed",
    metadata,
    Column("seq", _SEQ, autoincrement=False, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    PrimaryKeyConstraint("seq"),
)
"""Salt and facts beside an entry; erasing them leaves the entry as it is."""

deadlines = Table(
    "deadlines",
    metadata,
    Column("kind", _NAME, nullable=False),
    Column("case_id", _NAME, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("move", _NAME, nullable=False),
    PrimaryKeyConstraint("kind", "case_id", "name", "at", "move"),
    Index("deadlines_by_at", "at", "kind", "case_id"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("subscriber", _NAME, nullable=False),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("subscriber"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("number", _SEQ, autoincrement=False, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", _NAME, nullable=False),
    PrimaryKeyConstraint("number"),
)

tree_nodes = Table(
    "tree_nodes",
    metadata,
    Column("level", Integer, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "place"),
)
"""Hashes over `256**level` entries each; the leaves are the ledger's own column."""

subject_keys = Table(
    "subject_keys",
    metadata,
    Column("subject", _NAME, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    PrimaryKeyConstraint("subject"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("subject", _NAME, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("locked", LargeBinary, nullable=False),
    PrimaryKeyConstraint("subject", "name"),
)
"""Encrypted bytes, such as photos; they go when their subject's key goes."""
