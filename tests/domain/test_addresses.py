"""Hosts and addresses (contract 2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock.domain.addresses import (
    Origin,
    host_name,
    is_branch_host,
    is_branch_link_domain,
    locate,
    split_path,
)

PUBLIC = "https://mock.test/sub"


def is_link_domain(name: str) -> bool:
    """Branch's own, and one of an app."""
    return is_branch_link_domain(name) or name == "go.test"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("bnc.lt", "bnc.lt"),
        ("BNC.LT:80", "bnc.lt"),
        ("bnc.lt.", "bnc.lt"),
        ("bnc.lt.:443", "bnc.lt"),
        ("[::1]:8080", "::1"),
        ("[::1]", "::1"),
        ("", ""),
        (":80", ""),
    ],
)
def test_the_name_of_a_host(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("name", "link", "branch"),
    [
        ("bnc.lt", True, True),
        ("a1b2.app.link", True, True),
        ("a1b2-alternate.app.link", True, True),
        ("x.test-app.link", True, True),
        ("app.link", False, True),
        ("test-app.link", False, True),
        ("api.branch.io", False, True),
        ("branch.io", False, True),
        ("branch-exports.s3.amazonaws.com", False, True),
        ("notbranch.io", False, False),
        ("xbnc.lt", False, False),
        ("bnc.lt.evil.test", False, False),
        ("myapp.link", False, False),
        ("localhost", False, False),
        ("", False, False),
    ],
)
def test_branchs_own_hosts(name: str, *, link: bool, branch: bool) -> None:
    assert is_branch_link_domain(name) is link
    assert is_branch_host(name) is branch


@pytest.mark.parametrize(
    ("base", "domain", "url"),
    [
        (None, "bnc.lt", "https://bnc.lt/l/x"),
        (None, "go.test", "https://go.test/l/x"),
        ("http://h:1", "bnc.lt", "http://h:1/l/x"),
        ("http://h:1", "go.test", "http://h:1/go.test/l/x"),
        (PUBLIC, "a.app.link", f"{PUBLIC}/a.app.link/l/x"),
    ],
)
def test_addresses_are_handed_out_and_read_back(base: str | None, domain: str, url: str) -> None:
    assert Origin(base).link(domain, "l/x") == url
    known = {"go.test", "bnc.lt", "a.app.link"}
    assert locate(url, known.__contains__, PUBLIC) == (domain, "l/x")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("x", ("bnc.lt", "x")),
        ("go.test/x/y", ("go.test", "x/y")),
        ("GO.test/x", ("go.test", "x")),
        ("go.test", ("bnc.lt", "go.test")),
        ("other.test/x", ("bnc.lt", "other.test/x")),
        ("", ("bnc.lt", "")),
    ],
)
def test_a_first_segment_may_stand_for_a_domain(path: str, found: tuple[str, str]) -> None:
    assert split_path(path, is_link_domain) == found


@given(st.text(), st.sampled_from([None, PUBLIC]))
def test_any_text_is_located_somewhere(text: str, public: str | None) -> None:
    for url in (text, f"https://{text}", f"{PUBLIC}/{text}", f"go.test/{text}"):
        domain, path = locate(url, is_link_domain, public)
        assert is_link_domain(domain)
        assert not path.startswith("/")
