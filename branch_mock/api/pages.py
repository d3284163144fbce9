"""The HTML that a link host answers with (contract 6), and the front page (contract 2)."""

from collections.abc import Iterator
from html import escape
from json import dumps

from branch_mock.api.scripts import script_value
from branch_mock.domain.apps import App
from branch_mock.domain.links import Link
from branch_mock.domain.openings import Opening, scraped_addresses

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{head}<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto;
  padding: 0 1rem }}
pre {{ background: #f4f4f6; padding: 1rem; overflow: auto; border-radius: 6px }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #17181c; color: #e6e6ea }}
  pre {{ background: #24262c }}
  a {{ color: #9bc1ff }}
}}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, body: str, head: str = "") -> str:
    """A whole page; `title` is text, `body` and `head` are HTML."""
    return _PAGE.format(title=escape(title), head=head, body=body)


def open_graph(app: App, link: Link, url: str) -> str:
    """What a scraper reads of a link: `$og_…` and `$twitter_…` data, else the app's defaults, and
    where the app has the link."""
    tags = {f"og:{name}": app.config.get(f"og_{name}") for name in _OG_DEFAULTS}
    tags["fb:app_id"] = app.config.get("og_app_id")
    tags["og:url"] = url
    for system, address in scraped_addresses(app, link).items():
        tags[f"al:{system}:url"] = address
    for key, value in link.data.items():
        for prefix, tag in _SOCIAL_PREFIXES.items():
            if key.startswith(prefix):
                tags[tag + key.removeprefix(prefix)] = value
    tags["fb:app_id"] = tags.pop("og:app_id", tags["fb:app_id"])
    head = "".join(_meta(name, value) for name, value in tags.items() if value is not None)
    title = str(tags.get("og:title") or app.config.get("app_name") or "Branch link")
    return page(title, f"<h1>{escape(title)}</h1>", head)


_OG_DEFAULTS = ("title", "description", "image_url")
_SOCIAL_PREFIXES = {"$og_": "og:", "$twitter_": "twitter:"}
_RENAMED = {"og:image_url": "og:image", "twitter:image_url": "twitter:image"}


def _meta(name: str, value: object) -> str:
    attribute = "name" if name.startswith("twitter:") else "property"
    name = _RENAMED.get(name, name)
    return f'<meta {attribute}="{escape(name)}" content="{escape(str(value))}">\n'


def _title(app: App, link: Link) -> str:
    return str(link.data.get("$og_title") or app.config.get("app_name") or "Branch link")


def landing(app: App, link: Link, url: str) -> str:
    """What a person sees where neither link nor app says where to go."""
    title = _title(app, link)
    return page(title, f"<h1>{escape(title)}</h1>\n{_landing_body(link, url)}")


def _landing_body(link: Link, url: str) -> str:
    view = escape(dumps(link.view(url), indent=2, ensure_ascii=False))
    return _LANDING.format(url=escape(url), view=view)


_LANDING = """<p>This link leads to no web address: it has no <code>$desktop_url</code> or
<code>$fallback_url</code>, and its app has none for this device.</p>
<p><a href="{url}">{url}</a></p>
<pre>{view}</pre>"""


def opening(app: App, link: Link, url: str, way: Opening) -> str:
    """What a phone gets: it tries the app, then goes where the link leads otherwise.

    Everything that comes from link and app is escaped, for HTML or for JavaScript.
    """
    title = _title(app, link)
    script = _OPENING_SCRIPT % {
        "uri": script_value(way.uri),
        "framed": script_value(way.framed),
        "fallback": script_value(way.fallback),
        "timeout": script_value(way.timeout_ms),
    }
    lead = _anchor(way.uri, "Open the app")
    rest = _landing_body(link, url) if way.fallback is None else _anchor(way.fallback, "Go on here")
    return page(title, f"<h1>{escape(title)}</h1>\n{lead}\n{rest}\n<script>{script}</script>")


def _anchor(url: str, text: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(text)}</a></p>'


_OPENING_SCRIPT = """
(function () {
  var uri = %(uri)s, fallback = %(fallback)s;
  if (%(framed)s) {
    var frame = document.createElement("iframe");
    frame.style.display = "none";
    frame.src = uri;
    document.body.appendChild(frame);
  } else {
    window.location = uri;
  }
  if (fallback) {
    setTimeout(function () {
      if (!document.hidden) { window.top.location = fallback; }
    }, %(timeout)s);
  }
})();
"""


def failure(status: int, message: str) -> str:
    """What a link host answers when it cannot follow a link."""
    return page(f"{status}", f"<h1>{status}</h1><p>{escape(message)}</p>")


def home_text(url: str, app: App | None, *, docs: bool) -> str:
    """What the emulator is and where to go next. docs: whether it shows its pages."""
    return "\n".join(_home(url, app, docs=docs)) + "\n"


def home_html(url: str, app: App | None, *, docs: bool) -> str:
    """The same for browsers."""
    title, *lines = _home(url, app, docs=docs)
    body = "\n".join(lines).strip()
    return page(title, f"<h1>{escape(title)}</h1><pre>{escape(body)}</pre>")


def _home(url: str, app: App | None, *, docs: bool) -> Iterator[str]:
    yield "branch_mock: a local emulator of the Branch.io HTTP API"
    yield ""
    yield f"Health:  {url}/_mock/health"
    if docs:
        yield f"Docs:    {url}/_mock/docs"
    if app is not None:
        yield f"Key:     {app.branch_key}"
        yield ""
        yield "Create a link:"
        yield f"""  curl {url}/v1/url -d '{{"branch_key":"{app.branch_key}","channel":"email"}}'"""
