"""No server waits for ever for another that hangs."""

import pytest
from sqlalchemy import make_url

from gengfu.adapters.sql.connecting import connect_postgres


@pytest.mark.parametrize(
    ("asked", "lock_timeout"), [("", "5s"), ("-c lock_timeout=7s", "7s")]
)
def test_waiting_has_an_end_and_an_address_may_set_its_own(
    asked: str, lock_timeout: str, postgres_address: str
) -> None:
    url = make_url(postgres_address)
    if asked:
        url = url.update_query_dict({"options": asked})
    with connect_postgres(url) as connection:
        found = connection.execute("SHOW lock_timeout").fetchone()
        assert found == (lock_timeout,)
        if not asked:
            idle = connection.execute(
                "SHOW idle_in_transaction_session_timeout"
            ).fetchone()
            assert idle == ("1min",)
