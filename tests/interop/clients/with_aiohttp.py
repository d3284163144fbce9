"""aiohttp, told to look at the environment."""

import asyncio

import aiohttp

from tests.interop.clients.walk import API, EXPORT, LINK, tell, view_of


async def main() -> None:
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.post(f"{API}/v1/url", json=LINK) as reply:
            made = (await reply.json())["url"]
        async with session.get(view_of(made)) as reply:
            view = await reply.json()
        async with session.get(made, allow_redirects=False) as reply:
            location = reply.headers["Location"]
        async with session.post(f"{API}/v2/export", json=EXPORT) as reply:
            file_url = (await reply.json())["links_export_url"][0]
        async with session.get(file_url) as reply:
            tell(made, view, location, file_url, await reply.read())


asyncio.run(main())
