"""The public HTTP API, as simulated people use it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

PURPOSE = "emergency-response"
CONNECTIONS = 20
TIMEOUT_S = 20.0


class Declined(Exception):
    """The server refused; a person may have been faster, which is fine."""


@dataclass(frozen=True, slots=True)
class Client:
    """Requests on behalf of whoever's token is given."""

    http: httpx.AsyncClient

    @classmethod
    def to(cls, url: str) -> "Client":
        """Return a client for a server; raises nothing before the first request."""
        limits = httpx.Limits(max_connections=CONNECTIONS)
        return cls(
            httpx.AsyncClient(
                base_url=url, timeout=TIMEOUT_S, limits=limits, trust_env=False
            )
        )

    async def get(self, token: str, path: str, **query: Any) -> Any:
        """Read something."""
        return self._given(
            await self.http.get(f"/api/v1{path}", params=query, headers=_headers(token))
        )

    async def post(self, token: str, path: str, body: dict[str, Any]) -> Any:
        """Do something; raises Declined where the server refuses."""
        return self._given(
            await self.http.post(f"/api/v1{path}", json=body, headers=_headers(token))
        )

    async def report_position(
        self,
        unit: str,
        token: str,
        lon: float,
        lat: float,
        at: datetime,
        heading: float,
    ) -> None:
        """Report where a unit is, as its phone would."""
        query = {
            "id": unit,
            "lon": f"{lon:.6f}",
            "lat": f"{lat:.6f}",
            "timestamp": f"{at.timestamp():.3f}",
            "bearing": f"{heading:.0f}",
            "accuracy": "8",
        }
        headers = {"Authorization": f"Bearer {token}"}
        await self.http.get("/ingest/osmand", params=query, headers=headers)

    def _given(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            raise Declined(f"{answer.request.url.path}: {answer.text[:200]}")
        return answer.json()


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "X-Purpose": PURPOSE}
