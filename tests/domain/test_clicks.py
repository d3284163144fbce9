"""Where links lead (contract 6)."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock.domain.clicks import MATCH_ID, is_web_address, with_match_id


@given(st.text())
def test_no_web_address_breaks_a_header(text: str) -> None:
    for url in (text, f"https://x.test/{text}", f"http://{text}"):
        if is_web_address(url):
            sent = with_match_id(url, "5")
            assert sent.isascii()
            assert sent.isprintable()
            assert " " not in sent


NAMES = st.sampled_from(["a", "b", MATCH_ID, "x" + MATCH_ID])


@given(
    st.lists(st.tuples(NAMES, st.sampled_from("12"))),
    st.sampled_from(["", "#top", "#a?b=c", f"#{MATCH_ID}=9"]),
)
def test_the_match_id_is_there_once_and_all_else_stays(
    pairs: list[tuple[str, str]], fragment: str
) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    parts = urlsplit(with_match_id(f"https://x.test/p?{query}{fragment}", "77"))
    others = [pair for pair in pairs if pair[0] != MATCH_ID]
    assert parse_qsl(parts.query) == [*others, (MATCH_ID, "77")]
    assert "#" + parts.fragment == (fragment or "#")
    assert parts.path == "/p"


@pytest.mark.parametrize("url", ["http://a", "https://a:1/b?c#d", "HTTP://A", "http://[::1]/"])
def test_http_and_https_are_followed(url: str) -> None:
    assert is_web_address(url)


@pytest.mark.parametrize(
    "url", ["", "a", "//a", "ftp://a", "http:", "http:a", "http:///a", "x://a", " http://a"]
)
def test_nothing_else_is_followed(url: str) -> None:
    assert not is_web_address(url)
