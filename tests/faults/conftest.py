"""A real PostgreSQL for the fault runs."""

from tests.postgres_server import postgres_server

__all__ = ["postgres_server"]
