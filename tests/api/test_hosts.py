"""One listener, every host (contract 2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from branch_mock import BranchMock, FrozenClock, Settings
from tests.client import Client, message_of

OWN_DOMAINS = """{"apps": [
    {"branch_key": "key_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "label": "aaa1",
     "short_url_domain": "go.first.test",
     "links": [{"alias": "promo", "data": {"$desktop_url": "https://first.test/"}}]},
    {"branch_key": "key_live_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "label": "bbb2",
     "short_url_domain": "a1b2.app.link",
     "links": [{"alias": "promo", "data": {"$desktop_url": "https://second.test/"}}]},
    {"branch_key": "key_test_cccccccccccccccccccccccccccccccc", "label": "ccc3",
     "links": [{"alias": "promo", "data": {"$desktop_url": "https://third.test/"}}]}
]}"""
API_HOSTS = ["api.branch.io", "api2.branch.io", "api.branch.io:443", "API.Branch.IO", "whatever"]
LINK_HOSTS = ["bnc.lt", "BNC.LT:80", "bnc.lt.", "bnc0.app.link", "bnc0-alternate.app.link"]
EXPORT_HOST = "branch-exports.s3.amazonaws.com"


@pytest.fixture
def domains(tmp_path: Path, clock: FrozenClock) -> Iterator[Client]:
    """A client of a server whose first two apps have link domains of their own."""
    seed = tmp_path / "seed.json"
    seed.write_text(OWN_DOMAINS)
    with BranchMock(clock=clock, seed=(str(seed),)) as mock, client_of(mock) as client:
        yield client
        assert mock.failures == []


@contextmanager
def client_of(mock: BranchMock, number: int = 0) -> Iterator[Client]:
    """A client with the credentials of one of the apps."""
    app = mock.branch.apps.all()[number]
    client = Client(mock.url, app.key, app.secret)
    yield client
    client.close()


def address(client: Client, host: str | None = None, **headers: str) -> str:
    """The address that a new link is handed out under."""
    reply = client.post("/v1/url", {"channel": "x"}, host=host, headers=headers)
    assert reply.status_code == 200, reply.text
    url: str = reply.json()["url"]
    return url


@pytest.mark.parametrize("host", API_HOSTS)
def test_api_hosts_reach_the_api_and_then_links(client: Client, host: str) -> None:
    assert client.post("/v1/url", {"channel": "x"}, host=host).status_code == 200
    assert client.get("/test-link", host=host).status_code == 307
    assert client.get("/m/7IhbRIjjmp", host=host).status_code == 307
    assert client.get("/_mock/health", host=host).status_code == 200


@pytest.mark.parametrize("host", LINK_HOSTS)
def test_link_hosts_have_links_only(client: Client, host: str) -> None:
    assert client.get("/test-link", host=host).status_code == 307
    for path in ("/v1/url", "/_mock/health", "/_mock/ready", "/"):
        reply = client.get(path, host=host)
        assert reply.status_code == 404
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    refused = client.post("/v1/url", {"channel": "x"}, host=host)
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("host", ["nobody.app.link", "nobody.test-app.link"])
def test_the_link_host_of_nobody_has_no_links(client: Client, host: str) -> None:
    assert client.get("/test-link", host=host).status_code == 404
    assert client.get("/v1/url", host=host).headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_export_host_has_files_only(client: Client) -> None:
    for path in ("/test-link", "/_mock/health", "/v1/url", "/"):
        assert client.get(path, host=EXPORT_HOST).status_code in {400, 404}


def test_an_apps_own_domain_is_a_link_host(domains: Client) -> None:
    followed = domains.get("/promo", host="go.first.test")
    assert followed.headers["Location"].startswith("https://first.test/?_branch_match_id=")
    assert domains.get("/_mock/health", host="go.first.test").status_code == 404
    assert domains.get("/v1/url", host="go.first.test:8080").status_code == 404


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("go.first.test", "first"),
        ("aaa1.app.link", "first"),
        ("aaa1-alternate.app.link", "first"),
        ("a1b2.app.link", "second"),
        ("bbb2.app.link", "second"),
        ("bnc.lt", "third"),
        ("ccc3.test-app.link", "third"),
    ],
)
def test_equal_aliases_on_own_domains_never_meet(domains: Client, host: str, target: str) -> None:
    expected = f"https://{target}.test/?_branch_match_id="
    assert domains.get("/promo", host=host).headers["Location"].startswith(expected)
    assert domains.get(f"/{host}/promo").headers["Location"].startswith(expected)
    assert domains.get(f"//{host.upper()}//promo/").headers["Location"].startswith(expected)


def test_addresses_follow_the_hosts_that_callers_use(client: Client) -> None:
    port = client.url.rpartition(":")[2]
    assert address(client).startswith(f"http://127.0.0.1:{port}/l/")
    assert address(client, f"localhost:{port}").startswith(f"http://localhost:{port}/l/")
    assert address(client, "branch-mock").startswith("http://branch-mock/l/")
    assert address(client, "[::1]:80").startswith("http://[::1]:80/l/")


@pytest.mark.parametrize("host", ["api.branch.io", "api2.branch.io:443", "branch.io"])
def test_branchs_own_hosts_hand_out_real_addresses(client: Client, host: str) -> None:
    assert address(client, host).startswith("https://bnc.lt/l/")


def test_a_proxy_in_front_tells_scheme_and_host(client: Client) -> None:
    forwarded = {"X-Forwarded-Host": "proxy.test", "X-Forwarded-Proto": "https"}
    assert address(client, "inner:80", **forwarded).startswith("https://proxy.test/l/")
    many = {"X-Forwarded-Host": "outer.test, proxy.test", "X-Forwarded-Proto": "HTTPS, http"}
    assert address(client, **many).startswith("https://outer.test/l/")
    branch = {"X-Forwarded-Host": "api.branch.io"}
    assert address(client, "inner", **branch).startswith("https://bnc.lt/l/")
    assert address(client, "inner", **{"X-Forwarded-Proto": "ftp"}).startswith("http://inner/l/")
    assert address(client, "inner", **{"X-Forwarded-Host": "a b"}).startswith("http://inner/l/")


@pytest.mark.parametrize("host", ["api.branch.io", "localhost", "proxy.test"])
def test_public_url_overrides_every_host(clock: FrozenClock, host: str) -> None:
    settings = Settings(port=0, public_url="https://mock.test/sub/")
    with BranchMock(settings, clock=clock) as mock, client_of(mock) as client:
        url = address(client, host)
        assert url.startswith("https://mock.test/sub/l/")
        for form in (url, url + "/", url + "?utm=1", url + "#x", url.replace("/l/", "//l//")):
            found = client.get("/v1/url", params={"url": form, "branch_key": client.key})
            assert found.json()["data"]["url"] == url, form


def test_links_with_own_domains_are_handed_out_path_style(domains: Client) -> None:
    assert address(domains, "mock.test").startswith("http://mock.test/go.first.test/l/")
    assert address(domains, "api.branch.io").startswith("https://go.first.test/l/")


def test_what_was_handed_out_can_be_followed_as_it_is(client: Client) -> None:
    url = address(client)
    path = url.removeprefix(client.url)
    assert client.get(path).status_code == 307
    assert client.get(path, host="bnc.lt").status_code == 307


@pytest.mark.parametrize(
    "form",
    [
        "https://bnc.lt/test-link",
        "http://bnc.lt/test-link/",
        "HTTPS://BNC.LT/test-link",
        "https://bnc.lt:443//test-link",
        "bnc.lt/test-link",
        "bnc.lt/test-link?next=http://x.test/",
        "//bnc.lt/test-link",
        "https://bnc.lt/test-link?a=1#b",
        "https://bnc.lt/test%2Dlink",
        "http://127.0.0.1:8080/test-link",
        "127.0.0.1:8080/test-link",
        "http://[::1]:8080/test-link",
        "http://user:pass@localhost/test-link",
        "https://bnc0.app.link/test-link",
        "bnc0-alternate.app.link/test-link",
        "http://localhost/bnc0.app.link/test-link",
        "http://localhost/bnc.lt/test-link",
        "https://any.name.test/test-link",
    ],
)
def test_every_form_of_an_address_is_accepted_back(client: Client, form: str) -> None:
    found = client.get("/v1/url", params={"url": form, "branch_key": client.key})
    assert found.status_code == 200, found.text
    assert found.json()["alias"] == "test-link"
    assert found.json()["data"]["url"] == f"{client.url}/test-link"
    updated = client.put("/v1/url", {}, params={"url": form})
    assert (updated.status_code, updated.json()) == (200, found.json())


@pytest.mark.parametrize(
    "form",
    ["https://bnc.lt", "https://bnc.lt/", "test-link", "https://[bnc.lt/test-link", "/", "x"],
)
def test_other_texts_are_no_address_of_it(client: Client, form: str) -> None:
    found = client.get("/v1/url", params={"url": form, "branch_key": client.key})
    assert found.status_code == 404
    assert message_of(found) == "The resource you were looking for could not be found."


def test_path_style_addresses_of_two_apps_are_told_apart(domains: Client) -> None:
    query = {"branch_key": domains.key}
    own = domains.get("/v1/url", params={"url": "http://x/go.first.test/promo", **query})
    assert own.json()["data"]["$desktop_url"] == "https://first.test/"
    for other in ("http://x/a1b2.app.link/promo", "https://a1b2.app.link/promo", "bnc.lt/promo"):
        assert domains.get("/v1/url", params={"url": other, **query}).status_code == 404


@pytest.mark.parametrize("path", ["//v1/url", "/v1/url/", "/v1//url///", "///v1///url"])
def test_extra_slashes_do_not_matter(client: Client, path: str) -> None:
    assert client.post(path, {"channel": "x"}).status_code == 200
    query = {"url": "bnc.lt/test-link", "branch_key": client.key}
    assert client.get(path, params=query).status_code == 200


@pytest.mark.parametrize(
    "path", ["//test-link", "/test-link/", "///test-link//", "//m//7IhbRIjjmp/"]
)
def test_extra_slashes_do_not_matter_to_links(client: Client, path: str) -> None:
    assert client.get(path).status_code == 307
    assert client.get(path, host="bnc.lt").status_code == 307


@pytest.mark.parametrize(
    "path",
    ["/v1/url?url=bnc.lt/test-link&branch_key={key}", "/_mock/health", "/", "/nothing", "/v1/url"],
)
def test_head_has_the_headers_of_get_and_no_body(client: Client, path: str) -> None:
    path = path.format(key=client.key)
    got, headed = client.get(path), client.call("HEAD", path)
    assert headed.status_code == got.status_code
    assert headed.headers == got.headers
    assert int(headed.headers["Content-Length"]) == len(got.content) > 0
    assert headed.content == b""


def test_head_of_a_link_redirects(client: Client) -> None:
    headed = client.call("HEAD", "/test-link")
    assert headed.status_code == 307
    assert headed.headers["Location"].startswith("https://example.com/?_branch_match_id=")


@pytest.mark.parametrize(
    ("path", "host", "methods"),
    [
        ("/v1/url", None, "DELETE, GET, HEAD, OPTIONS, POST, PUT"),
        ("/v1/url/bulk/key", "api.branch.io", "OPTIONS, POST"),
        ("/_mock/reset", None, "OPTIONS, POST"),
        ("/test-link", "bnc.lt", "GET, HEAD, OPTIONS"),
        ("/l/nothing", None, "GET, HEAD, OPTIONS"),
        ("/", None, "GET, HEAD, OPTIONS"),
    ],
)
def test_options_allow_every_origin(
    client: Client, path: str, host: str | None, methods: str
) -> None:
    asked = {"Origin": "https://app.test", "Access-Control-Request-Headers": "X-One, X-Two"}
    reply = client.call("OPTIONS", path, host=host, headers=asked)
    assert reply.status_code == 204
    assert reply.content == b""
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Access-Control-Allow-Methods"] == methods
    assert reply.headers["Allow"] == methods
    assert reply.headers["Access-Control-Allow-Headers"] == "X-One, X-Two"


def test_every_answer_allows_every_origin(client: Client) -> None:
    replies = [
        client.post("/v1/url", {"channel": "x"}),
        client.post("/v1/url", {"type": 9}),
        client.get("/v1/nothing"),
        client.get("/test-link"),
        client.get("/"),
    ]
    assert [reply.status_code for reply in replies] == [200, 400, 404, 307, 200]
    for reply in replies:
        assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_the_front_page_is_html_for_browsers_and_text_for_others(client: Client) -> None:
    text = client.get("/")
    assert text.status_code == 200
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    html = client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert html.status_code == 200
    assert html.headers["Content-Type"] == "text/html; charset=utf-8"
    for page in (text.text, html.text):
        assert "branch_mock" in page
        assert f"{client.url}/_mock/health" in page
        assert client.key in page
        assert client.secret not in page


@pytest.mark.parametrize("host", ["api.branch.io", "api2.branch.io"])
def test_branchs_own_hosts_have_no_front_page(client: Client, host: str) -> None:
    reply = client.get("/", host=host, headers={"Accept": "text/html"})
    assert reply.status_code == 404
    assert message_of(reply).startswith("No endpoint GET /")


def test_the_export_host_has_no_front_page(client: Client) -> None:
    reply = client.get("/", host=EXPORT_HOST, headers={"Accept": "text/html"})
    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "application/xml")
    assert "<Code>NoSuchKey</Code>" in reply.text


def test_only_get_is_allowed_on_the_front_page(client: Client) -> None:
    reply = client.post("/", {})
    assert reply.status_code == 405
    assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert message_of(reply) == "POST is not allowed on /; allowed: GET, HEAD, OPTIONS"


def test_an_unknown_link_is_a_page_where_links_are_followed(client: Client) -> None:
    pages = [
        client.get("/nothing", host="bnc.lt"),
        client.get("/l/nothing"),
        client.get("/nothing", headers={"Accept": "text/html"}),
        client.get("/bnc0.app.link/nothing"),
        client.get("/a/key_live_nothing"),
    ]
    for page in pages:
        assert page.status_code == 404
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "could not be found" in page.text


def test_an_unknown_path_is_the_envelope_for_everybody_else(client: Client) -> None:
    for path in ("/nothing", "/v1/nothing", "/_mock/nothing"):
        reply = client.get(path)
        assert reply.status_code == 404
        assert message_of(reply).startswith(f"No endpoint GET {path}")
    browser = client.get("/v1/nothing", headers={"Accept": "text/html"})
    assert browser.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("alias", ["v1", "v2", "a", "c", "l", "branch-exports"])
def test_a_bare_reserved_word_is_an_alias_like_others(client: Client, alias: str) -> None:
    assert client.post("/v1/url", {"alias": alias}).status_code == 200
    assert client.get(f"/{alias}").status_code == 307
    assert client.get(f"/{alias}", host="bnc.lt").status_code == 307
    assert client.get("/v1/url").status_code == 400
