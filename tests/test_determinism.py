"""The same seed, clock and requests give the same bytes (contract 4)."""

from branch_mock import Branch, BranchMock, FrozenClock, Settings
from tests.client import Client
from tests.links import create


def test_two_servers_give_byte_identical_answers() -> None:
    def talk() -> list[tuple[int, dict[str, str], bytes]]:
        with BranchMock(clock=FrozenClock(), random_seed=7) as mock:
            client = Client(mock.url, mock.app.key, mock.app.secret)
            tenant = mock.branch.apps.mint()
            made = client.post("/v1/url", {"channel": "x", "identity": "new"}, host="mock.test")
            url = made.json()["url"]
            replies = [
                made,
                client.get("/v1/url", params={"url": url, "branch_key": client.key}, host="a.test"),
                client.post(f"/v1/url/bulk/{tenant.key}", [{}, {"type": 9}], host="a.test"),
                client.get("/test-link", host="bnc.lt"),
                client.get(url.removeprefix("http://mock.test"), host="bnc.lt"),
                client.get("/nothing", host="a.test"),
                client.get("/", host="a.test"),
                client.get("/_mock/health"),
            ]
            client.close()
            assert mock.failures == []
            return [(r.status_code, dict(r.headers), r.content) for r in replies]

    assert talk() == talk()


def test_a_reset_makes_the_same_links_again(client: Client) -> None:
    first = [create(client, channel="x") for _ in range(3)]
    assert client.post("/_mock/reset").status_code == 200
    assert [create(client, channel="x") for _ in range(3)] == first


def test_another_seed_gives_other_keys(clock: FrozenClock) -> None:
    one, two = (Branch(Settings(random_seed=seed), clock=clock).apps.mint() for seed in (1, 2))
    assert one.key != two.key
