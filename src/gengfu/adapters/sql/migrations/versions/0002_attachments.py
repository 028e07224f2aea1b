"""Encrypted bytes beside a subject's key, such as photos."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "attachments",
        sa.Column("subject", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "name", name="attachments_key"),
    )
