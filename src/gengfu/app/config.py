"""Settings: the command line, else the environment (`GENGFU_...`), else defaults."""

import hashlib
import hmac
import os
import re
from pathlib import Path
from typing import Any, Self

from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from gengfu.adapters.vault import MasterKey
from gengfu.kernel import BadInput, Unavailable

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ORIGIN = "gengfu/ledger"
ENVIRONMENT = "GENGFU_"
PUBLIC_URL = re.compile(r"https?://([\w.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?/?")
NEVER = "never"
WATCH_AT = rf"^({NEVER}|([01][0-9]|2[0-3]):[0-5][0-9])$"


class Settings(BaseModel):
    """Where things are and how this server runs."""

    data_dir: Path = Field(default_factory=lambda: user_data_path("gengfu"))
    city: Path | None = None
    db: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8642, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    master_key: SecretStr | None = None
    """64 hexadecimal digits; without it a key file in `data_dir` is used."""
    simulated: bool = False
    """True where calls come from the twin: every screen says so."""
    roster: bool = False
    """True where the roster's crews relieve each other at the end of every shift."""
    metrics_open: bool = False
    """True lets other machines read `/metrics`; otherwise only this one may."""
    public_url: str = ""
    """The address of `/` as residents reach it; feeds and canonical links need it."""
    events: Path | None = None
    """The store of events that counts for staff and the nightly watch are read from."""
    watch_at: str = Field(default="04:00", pattern=WATCH_AT)
    """When the watch for signals begins, by the city's clocks; `never` turns it off."""

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, given: str) -> str:
        if given and PUBLIC_URL.fullmatch(given) is None:
            raise ValueError("is a whole address like https://safety.example, no path")
        return given.rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _from_environment(cls, given: dict[str, Any]) -> dict[str, Any]:
        said = {name.upper(): value for name, value in os.environ.items()}
        known = {
            name: said[ENVIRONMENT + name.upper()]
            for name in cls.model_fields
            if ENVIRONMENT + name.upper() in said
        }
        return known | given

    @classmethod
    def given(cls, **values: object) -> Self:
        """Return settings in which the values that are not None stand for themselves.

        Raises:
            BadInput: a value, given or from the environment, is not allowed.

        """
        known: dict[str, Any] = {k: v for k, v in values.items() if v is not None}
        try:
            return cls(**known)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise BadInput(f"{place}: {first['msg']}") from None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    def database(self, city: Path | None = None) -> str:
        """Return the database's address: one SQLite file per city by default.

        Raises:
            Unavailable: the folder for it cannot be made.

        """
        if self.db:
            return self.db
        folder = city or self.city
        name = "gengfu" if folder is None else folder.resolve().name
        return f"sqlite:///{self.folder() / name}.db"

    def folder(self) -> Path:
        """Return the data folder, made on first use; raises Unavailable."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"{self.data_dir}: {error.strerror}") from error
        return self.data_dir

    def master(self) -> MasterKey:
        """Return the master key; raises BadInput or Unavailable."""
        if self.master_key is not None:
            return MasterKey.from_text(self.master_key.get_secret_value())
        return MasterKey.from_file(self.folder() / "master.key")


def derived(master: MasterKey, use: str) -> bytes:
    """Return 32 secret bytes for one use; servers with one master key agree on them."""
    return hmac.new(master.secret, f"gengfu {use}".encode(), hashlib.sha256).digest()
