"""The engines that one set of expressions runs on, and the seam to Ibis.

Ibis carries no types: its tables and expressions are `Any`, named `Expression`.
"""

import shutil
import warnings
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast

import duckdb as _duckdb
import ibis as _ibis

from gengfu.kernel import BadInput, Unavailable

ibis = cast("Any", _ibis)
duckdb = cast("Any", _duckdb)

type Expression = Any
"""An Ibis expression."""
type Table = Any
"""A pyarrow.Table."""

MEMORY_LIMIT = "3GB"
"""What DuckDB may use; with all else a process stays under 4 GB."""


class Engine(Protocol):
    """What runs expressions over Parquet files.

    `files` and `run` raise BadInput where a file cannot be read, Unavailable where the
    engine cannot do it now (no memory left).
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def files(self, paths: Sequence[Path]) -> Expression:
        """Return the rows of several files of the same columns as one table."""
        ...

    def run(self, expression: Expression) -> Table:
        """Return what an expression comes to."""
        ...

    def close(self) -> None: ...


@contextmanager
def _newer_duckdb() -> Generator[None]:
    """Ibis 12 fetches from DuckDB 2 by the name of DuckDB 1, which works and warns."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"fetch_\w+\(\)", DeprecationWarning)
        yield


@contextmanager
def _in_one_line() -> Generator[None]:
    """Say what DuckDB could not read or do in one line; its message names the file."""
    try:
        yield
    except (duckdb.InvalidInputException, duckdb.IOException) as fault:
        raise BadInput(f"engine duckdb: {_first_line(fault)}") from None
    except duckdb.Error as fault:
        raise Unavailable(f"engine duckdb: {_first_line(fault)}") from None


def _first_line(fault: Exception) -> str:
    return str(fault).strip().partition("\n")[0]


class _Closing(ABC):
    """An engine is closed at the end of its block, however that ends."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None: ...


class DuckEngine(_Closing):
    """DuckDB in this process, with a bound on its memory.

    Options: memory_limit ("3GB"), threads, temp_directory.
    """

    name = "duckdb"

    def __init__(self, options: Mapping[str, str]) -> None:
        strange = sorted(set(options) - {"memory_limit", "threads", "temp_directory"})
        if strange:
            raise BadInput(f"engine duckdb has no option {strange[0]}")
        # What is counted has no order; keeping that of the files costs memory.
        self._connection = ibis.duckdb.connect(
            preserve_insertion_order=False, **{"memory_limit": MEMORY_LIMIT, **options}
        )
        self.version = str(self._connection.version)

    def files(self, paths: Sequence[Path]) -> Expression:
        with _newer_duckdb(), _in_one_line():
            return self._connection.read_parquet(
                [str(path) for path in paths], hive_partitioning=False
            )

    def run(self, expression: Expression) -> Table:
        with _newer_duckdb(), _in_one_line():
            return self._connection.to_pyarrow(expression)

    def close(self) -> None:
        self._connection.disconnect()


class SparkEngine(_Closing):
    """Apache Spark by PySpark, here or on a cluster.

    Options: master ("local[2]", "spark://..."), and any `spark....` setting.
    """

    name = "spark"

    def __init__(self, options: Mapping[str, str]) -> None:
        strange = sorted(o for o in options if o != "master" and o[:6] != "spark.")
        if strange:
            raise BadInput(f"engine spark has no option {strange[0]}")
        if shutil.which("java") is None:
            raise Unavailable("engine spark needs Java 17 or later; there is no java")
        master = options.get("master", "local[2]")
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.memory": "2g",
            "spark.sql.shuffle.partitions": "8",
            "spark.sql.session.timeZone": "UTC",
            **{key: value for key, value in options.items() if key != "master"},
        }
        if master.startswith("local"):
            # Nobody else has to reach a driver that works alone.
            settings.setdefault("spark.driver.host", "127.0.0.1")
            settings.setdefault("spark.driver.bindAddress", "127.0.0.1")
        builder = cast("Any", import_module("pyspark.sql")).SparkSession.builder
        builder = builder.appName("gengfu").master(master)
        for key, value in settings.items():
            builder = builder.config(key, value)
        self._session = builder.getOrCreate()
        self._connection = ibis.pyspark.connect(self._session)
        self.version = str(self._session.version)

    def files(self, paths: Sequence[Path]) -> Expression:
        name = ibis.util.gen_name("files")
        frame = self._session.read.parquet(*(str(path.absolute()) for path in paths))
        frame.createOrReplaceTempView(name)
        return self._connection.table(name)

    def run(self, expression: Expression) -> Table:
        return self._connection.to_pyarrow(expression)

    def close(self) -> None:
        self._session.stop()


_ENGINES = {"duckdb": DuckEngine, "spark": SparkEngine}


def engine(
    name: str = "duckdb", options: Mapping[str, str] | None = None
) -> DuckEngine | SparkEngine:
    """Start the engine that a configuration names; use it as a context.

    Raises:
        BadInput: no such engine or option.
        Unavailable: what it needs is not on this machine.

    """
    kind = _ENGINES.get(name)
    if kind is None:
        raise BadInput(f"no engine {name!r}; there are {', '.join(_ENGINES)}")
    return kind(options or {})
