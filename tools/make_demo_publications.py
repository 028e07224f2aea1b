"""Make the simulated publications that the demonstration city's portal shows.

    .venv/bin/python tools/make_demo_publications.py

Builds three months with `gengfu index build` from the events that the demonstration
makes up at its start (`gengfu.app.demo_events`). They are marked simulated wherever
they are shown.
"""

import shutil
import tempfile
from pathlib import Path

from gengfu.app.demo_events import LAST, MADE_AT, make_store
from gengfu.app.index_build import Order, build_index
from gengfu.app.index_inputs import EngineChoice

CITY = Path(__file__).parents[1] / "cities" / "coquimbo"
OUT = CITY.with_name("coquimbo-publications")


def main() -> None:
    """Build three months and keep what is published of them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make_store(home / "events", CITY)
        order = Order(
            events=home / "events",
            areas=CITY,
            period=f"{LAST[0]}-{LAST[1]:02}",
            since=f"{LAST[0]}-{LAST[1] - 2:02}",
            out=home / "out",
            now=MADE_AT,
            engine=EngineChoice(options={}),
            simulated=True,
        )
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir()
        for built in build_index(order, lambda *_: None):
            period = built.publication.period
            document = (built.folder / "publication.json").read_bytes()
            (OUT / f"{period}.json").write_bytes(document)
            print(f"{OUT / period}.json")


if __name__ == "__main__":
    main()
