"""Orders are listed under the incident they are about, as tasks are under theirs."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Fill the column from what the orders themselves say."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    said = (
        "json_extract(CAST(body AS TEXT), '$.incident')"
        if on_sqlite
        else "convert_from(body, 'UTF8')::jsonb ->> 'incident'"
    )
    op.execute(f"UPDATE cases SET about = {said} WHERE kind = 'order'")
