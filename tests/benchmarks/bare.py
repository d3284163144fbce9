"""The baseline: a bare aiohttp application of one handler, as a process of its own."""

import asyncio
import sys
from typing import NoReturn

from aiohttp import web


async def answer_post(request: web.Request) -> web.Response:
    """Read the same JSON, answer a constant."""
    await request.json()
    return web.json_response({"url": "https://bnc.lt/l/on9vma7og8b"})


async def answer_get(request: web.Request) -> web.Response:
    """Answer a constant of the size of a link."""
    assert request.query["url"]
    return web.json_response(LINK)


async def redirect(request: web.Request) -> web.Response:
    """Lead where every click of the benchmark leads."""
    assert request.headers["User-Agent"]
    location = "https://example.com/?_branch_match_id=1652887254075523073"
    return web.Response(status=307, headers={"Location": location})


LINK = {
    "campaign": "new_product_annoucement",
    "channel": "email",
    "tags": ["monday", "test123"],
    "data": {
        "$desktop_url": "https://example.com",
        "$one_time_use": False,
        "email": "alex@example.com",
        "name": "Alex",
        "user_id": "12346",
        "~campaign": "new_product_annoucement",
        "~channel": "email",
        "~creation_source": 0,
        "~id": "1652887254075523073",
        "~tags": ["monday", "test123"],
        "url": "http://127.0.0.1:8099/l/on9vma7og8b",
    },
    "type": 0,
    "alias": None,
}


async def serve() -> NoReturn:
    """Serve until killed; print the port."""
    app = web.Application()
    app.router.add_post("/v1/url", answer_post)
    app.router.add_get("/v1/url", answer_get)
    app.router.add_post("/v1/redeem", answer_post)
    app.router.add_get("/l/{code}", redirect)
    app.router.add_get("/_mock/health", answer_health)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    await site.start()
    print(f"bare listens on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    while True:
        await asyncio.sleep(3600)


async def answer_health(_: web.Request) -> web.Response:
    """Answer a constant."""
    return web.json_response({"status": "ok"})


if __name__ == "__main__":
    asyncio.run(serve())
