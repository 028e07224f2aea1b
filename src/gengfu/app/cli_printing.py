"""How commands speak: to standard output, to standard error, and while work is long."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gengfu.kernel import Told

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


@contextmanager
def progress() -> Generator[Told]:
    """Show progress on standard error; yields what takes a stage and a share done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as shown:
        job = shown.add_task("", total=1.0)

        def show(stage: str, share: float) -> None:
            shown.update(job, description=stage, completed=share)

        yield show
