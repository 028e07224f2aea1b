"""The peer: a plain FastAPI handler that commits one row, and nothing else."""

import argparse
import sqlite3
import threading

import psycopg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import make_url

local = threading.local()
one_writer = threading.Lock()


class Move(BaseModel):
    priority: int
    reason: str


def app_for(address: str) -> FastAPI:
    app = FastAPI()
    url = make_url(address)
    table = (
        "CREATE TABLE IF NOT EXISTS bare"
        " (id {}, name TEXT, priority INTEGER, reason TEXT)"
    )
    if url.get_backend_name() == "sqlite":
        shared = sqlite3.connect(
            url.database or "", check_same_thread=False, isolation_level=None
        )
        shared.execute("PRAGMA journal_mode=WAL")
        shared.execute("PRAGMA synchronous=FULL")
        shared.execute(table.format("INTEGER PRIMARY KEY"))

        def write(name: str, move: Move) -> None:
            with one_writer:
                shared.execute("BEGIN IMMEDIATE")
                shared.execute(
                    "INSERT INTO bare (name, priority, reason) VALUES (?, ?, ?)",
                    (name, move.priority, move.reason),
                )
                shared.execute("COMMIT")
    else:
        plain = address.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(plain) as first:
            first.execute(table.format("BIGSERIAL PRIMARY KEY"))

        def write(name: str, move: Move) -> None:
            if not hasattr(local, "connection"):
                local.connection = psycopg.connect(plain)
            with local.connection.transaction():
                local.connection.execute(
                    "INSERT INTO bare (name, priority, reason) VALUES (%s, %s, %s)",
                    (name, move.priority, move.reason),
                )

    @app.post("/things/{name}/move")
    def move(name: str, data: Move) -> dict[str, object]:
        write(name, data)
        return {"name": name, "priority": data.priority, "reason": data.reason}

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    uvicorn.run(
        app_for(given.db),
        host="127.0.0.1",
        port=given.port,
        log_level="warning",
        access_log=False,
    )
