"""Files that are there whole or not at all, and one writer at a time.

Several files are written beside their places first; then all of them are brought to
disk in one step, and only then does anything point to them. What a crash leaves is
what stood there before, and perhaps files that nothing names.
"""

import fcntl
import os
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from gengfu.kernel import Unavailable

_AT_ONCE = 16


def settle(paths: Iterable[Path]) -> None:
    """Have the system put files and folders on disk; return when all of them are.

    They are asked for side by side: one write of the file system's journal then
    serves many of them.

    Raises:
        OSError: one cannot be put there.

    """
    several = tuple(paths)
    if len(several) == 1:
        _settle(several[0])
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(_settle, several):
            pass


def put_in_place(places: Mapping[Path, Path]) -> None:
    """Bring unfinished files to disk, then give each its name, and bring that to disk.

    Raises:
        OSError: one cannot be put there; names given by then stay.

    """
    settle(places)
    for unfinished, place in places.items():
        unfinished.replace(place)
    settle({place.parent for place in places.values()})


@contextmanager
def written(what: Path) -> Generator[None]:
    """Say that `what` cannot be written, in one line, where the system refuses.

    Raises:
        Unavailable: a full disk, a folder that is read only, a limit reached.

    """
    try:
        yield
    except OSError as fault:
        reason = fault.strerror or str(fault).splitlines()[0]
        raise Unavailable(f"{what}: cannot be written: {reason}") from None


@contextmanager
def alone(folder: Path, busy: str | None) -> Generator[None]:
    """Hold a folder alone, made if need be; the system lets go when a process dies.

    With `busy`, that is what another writer is told; without, it waits.

    Raises:
        Unavailable: another writer holds it, or the folder cannot be written.

    """
    with written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            how = fcntl.LOCK_EX if busy is None else fcntl.LOCK_EX | fcntl.LOCK_NB
            fcntl.flock(held, how)
        except BlockingIOError:
            raise Unavailable(f"{folder}: {busy}") from None
        yield
    finally:
        os.close(held)


def _settle(path: Path) -> None:
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
