"""One keep-alive connection that asks and waits, over a plain socket."""

import asyncio
import time


class Client:
    """Sends one request at a time and returns status, body and seconds."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.port = port
        self.head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())

    async def open(self) -> "Client":
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.port, limit=1 << 26
        )
        return self

    async def ask(
        self, method: str, path: str, body: bytes = b""
    ) -> tuple[int, bytes, float]:
        began = time.perf_counter()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{self.head}"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        answer = await self.reader.readexactly(length)
        return int(head[9:12]), answer, time.perf_counter() - began

    def close(self) -> None:
        self.writer.close()


def spread_ms(seconds: list[float]) -> str:
    """Median, 99th percentile and worst, in milliseconds."""
    found = sorted(seconds)
    if not found:
        return "nothing measured"
    p50, p99 = (
        found[len(found) // 2],
        found[min(len(found) - 1, int(len(found) * 0.99))],
    )
    figures = (("p50", p50), ("p99", p99), ("worst", found[-1]))
    said = ", ".join(f"{name} {value * 1e3:.1f} ms" for name, value in figures)
    return f"{said} (n = {len(found)})"
