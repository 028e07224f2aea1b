"""Orders are listed under the incident they are about, as tasks are under theirs."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ON_SQLITE = """
    UPDATE cases SET about = json_extract(CAST(body AS TEXT), '$.incident')
    WHERE kind = 'order'
    """
_ON_POSTGRES = """
    UPDATE cases SET about = convert_from(body, 'UTF8')::jsonb ->> 'incident'
    WHERE kind = 'order'
    """


def upgrade() -> None:
    """Fill the column from what the orders themselves say."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_ON_SQLITE if on_sqlite else _ON_POSTGRES)
