"""Make the simulated publications that the demonstration city's portal shows.

    .venv/bin/python tools/make_demo_publications.py

Builds three months with `gengfu index build` from the events that the demonstration
makes up at its start (`gengfu.app.demo_events`). They are marked simulated wherever
they are shown.
"""

import shutil
import tempfile
from pathlib import Path

from gengfu.adapters.codec import JsonCodec
from gengfu.app.demo_events import LAST, MADE_AT, make_store
from gengfu.app.index_build import Order, build_index
from gengfu.app.index_inputs import EngineChoice
from gengfu.capabilities.safety_index.rules.signal_values import ShareOfMonth

CITY = Path(__file__).parents[1] / "cities" / "coquimbo"
OUT = CITY.with_name("coquimbo-publications")
SIGNALS = ((9, 9, 4), (12, 11, 6), (8, 6, 3))
"""Raised, checked and real early signals of the months built, the newest last."""


def main() -> None:
    """Build three months and keep what is published of them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make_store(home / "events", CITY)
        first = LAST[1] - len(SIGNALS) + 1
        shares: list[Path] = []
        for month, (raised, checked, real) in enumerate(SIGNALS, first):
            share = ShareOfMonth(
                period=f"{LAST[0]}-{month:02}",
                raised=raised,
                checked=checked,
                real=real,
            )
            shares.append(home / f"signals-{share.period}.json")
            shares[-1].write_bytes(JsonCodec().encode(share))
        order = Order(
            events=home / "events",
            areas=CITY,
            period=f"{LAST[0]}-{LAST[1]:02}",
            since=f"{LAST[0]}-{first:02}",
            out=home / "out",
            now=MADE_AT,
            engine=EngineChoice(options={}),
            simulated=True,
            signals=tuple(shares),
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
