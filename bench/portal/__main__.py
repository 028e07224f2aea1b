"""What the residents' pages weigh, and what they cost: `python -m bench.portal`.

The demonstration's city and months, in one process, without a network. Bytes are those
of the packed answer and of everything that it makes a browser ask for (sheets, icon);
a browser that was here before asks for the page alone, and one that has it gets 304.
"""

import asyncio
import re
import statistics
import time
from pathlib import Path

import httpx

from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.demo_publications import publish_all
from gengfu.app.installed import INSTALLED, PUBLIC
from gengfu.app.platform import Platform, office_of
from gengfu.app.server import build
from gengfu.app.town import open_town
from gengfu.web.throttle import Throttle

CITY = Path(__file__).resolve().parents[2] / "cities" / "coquimbo"
PAGES = (
    "/portal", "/portal/areas/z18", "/portal/map", "/portal/compare?a=z18&b=z4",
    "/portal/method", "/portal/data", "/report", "/track",
)  # fmt: skip
MONTH = "/portal/data/2026-10"
FILES = (
    "/portal/feed.xml", "/portal/feed.json", f"{MONTH}/publication.json",
    f"{MONTH}/places.csv", f"{MONTH}/places.parquet", "/portal/data/areas.geojson",
    f"{MONTH}/bulletin.pdf",
)  # fmt: skip
TURNS = 15
_ASKED = re.compile(
    r'<(?:link rel="(?:stylesheet|icon)"|script[^>]*) (?:href|src)="([^"]+)'
)
PACKED = {"Accept-Encoding": "gzip"}


async def packed(client: httpx.AsyncClient, path: str) -> int:
    """Return the bytes of an answer as it goes over the wire."""
    async with client.stream("GET", path, headers=PACKED) as answer:
        answer.raise_for_status()
        return sum([len(part) async for part in answer.aiter_raw()])


async def cost_ms(client: httpx.AsyncClient, path: str, tag: str = "") -> float:
    """Return processor milliseconds of one answer, the client's own among them."""
    found: list[float] = []
    for _ in range(TURNS):
        began = time.process_time()
        await client.get(path, headers=PACKED | {"If-None-Match": tag})
        found.append((time.process_time() - began) * 1e3)
    return statistics.median(found)


async def weigh(client: httpx.AsyncClient) -> None:
    """Print both tables."""
    print("| page | packed | first visit | made in | 304 in |\n|---|---|---|---|---|")
    for path in PAGES:
        page, answer = await packed(client, path), await client.get(path)
        asked = set(_ASKED.findall(answer.text))
        first = page + sum([await packed(client, one) for one in asked])
        tag = answer.headers.get("etag", "")
        again = f"{await cost_ms(client, path, tag):.1f} ms" if tag else "-"
        print(
            f"| `{path}` | {page:,} | {first:,} in {1 + len(asked)} requests"
            f" | {await cost_ms(client, path):.1f} ms | {again} |"
        )
    print("\n| file | bytes | made in |\n|---|---|---|")
    for path in FILES:
        size = await packed(client, path)
        print(f"| `{path}` | {size:,} | {await cost_ms(client, path):.1f} ms |")


async def main() -> None:
    """Serve the demonstration's months in this process and weigh them."""
    master = MasterKey(bytes(32))
    office = office_of(MemoryStore(), master, INSTALLED)
    platform = Platform(
        office,
        open_town(CITY),
        master,
        INSTALLED,
        simulated=True,
        public=PUBLIC,
        public_url="https://safety.example",
    )
    built = build(platform, throttle=Throttle(1e9, 1e9))
    await platform.start()
    try:
        publish_all(office, CITY)
        transport = httpx.ASGITransport(built.app)
        url = "http://127.0.0.1"
        async with httpx.AsyncClient(transport=transport, base_url=url) as client:
            await weigh(client)
    finally:
        await platform.stop()


if __name__ == "__main__":
    asyncio.run(main())
