"""`/_mock/docs` in a real browser (contract 12)."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from branch_mock import BranchMock
from branch_mock.control.endpoints import tables
from branch_mock.reference import openapi
from branch_mock.reference.tables import rows
from tests.browser import TIMEOUT, browser, drawn, log_of, requested_hosts

ENDPOINTS = [endpoint for _, endpoint in rows(tables())]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One browser for the tests of this file."""
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def page(driver: webdriver.Chrome, mock: BranchMock) -> webdriver.Chrome:
    """The browser at the page."""
    driver.get(f"{mock.url}/_mock/docs")
    return driver


def _open(page: webdriver.Chrome, name: str) -> WebElement:
    operation = drawn(page, name)
    operation.find_element(By.TAG_NAME, "summary").click()
    return operation


def _send(page: webdriver.Chrome, operation: WebElement) -> tuple[str, str]:
    """Press the button; the heading of the reply and its text."""
    page.execute_script(
        "arguments[0].replaceChildren()", operation.find_element(By.TAG_NAME, "output")
    )
    operation.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    shown = WebDriverWait(page, TIMEOUT).until(
        lambda _: operation.find_elements(By.CSS_SELECTOR, "output strong, output pre")
    )
    assert isinstance(shown, list)
    title, text = (element.text for element in shown)
    return title, text


def _answers(page: webdriver.Chrome) -> dict[str, str]:
    """The replies by operation; none until each has one."""
    shown: dict[str, str] = page.execute_script(
        "return Object.fromEntries([...document.querySelectorAll('.operation')].map("
        "operation => [operation.id, operation.querySelector('output').textContent]))"
    )
    return shown if all(shown.values()) else {}


def _problems(page: webdriver.Chrome) -> list[str]:
    """What the console complains of, but for answers that are errors on purpose."""
    found = [str(entry["message"]) for entry in log_of(page, "browser")]
    return [text for text in found if "the server responded with a status of 4" not in text]


def test_a_link_is_really_made(page: webdriver.Chrome, mock: BranchMock) -> None:
    title, text = _send(page, _open(page, "links.create"))
    assert title.startswith("200 ")
    url = json.loads(text.partition("\n\n")[2])["url"]
    assert mock.links.get(url).campaign
    assert requested_hosts(page) == {urlsplit(mock.url).netloc}
    assert _problems(page) == []


def test_every_form_gets_an_answer_of_this_server(page: webdriver.Chrome, mock: BranchMock) -> None:
    page.execute_script("document.querySelectorAll('.try').forEach(form => form.requestSubmit())")
    answers = WebDriverWait(page, TIMEOUT).until(_answers)
    assert {
        name for name, title in answers.items() if title.startswith(("no answer", "5"))
    } == set()
    for name in ("links.create", "links.update", "credits.get", "credits.history", "apps.get"):
        assert answers[name].startswith("200 "), answers[name]
    for name in ("events.create", "rules.create", "apps.create", "control.reset"):
        assert answers[name].startswith("200 "), answers[name]
    assert answers["links.dynamic"].startswith("a redirect")
    assert requested_hosts(page) == {urlsplit(mock.url).netloc}
    assert _problems(page) == []


def test_a_refusal_shows_message_and_hint(page: webdriver.Chrome) -> None:
    operation = _open(page, "credits.redeem")
    body = operation.find_element(By.TAG_NAME, "textarea")
    body.clear()
    body.send_keys('{"amount": 0}')
    title, text = _send(page, operation)
    assert title.startswith("400 ")
    assert "Hint: branch_key: send a key" in text
    assert "Invalid or missing app id, Branch key, or secret" in text


def test_a_documented_call_is_filled_in(page: webdriver.Chrome) -> None:
    operation = _open(page, "links.get")
    (button,) = (
        found
        for found in operation.find_elements(By.CLASS_NAME, "example")
        if found.text == "view test link"
    )
    button.click()
    title, text = _send(page, operation)
    assert title.startswith("200 ")
    assert '"alias": "test-link"' in text


def test_another_key_goes_into_every_form(page: webdriver.Chrome) -> None:
    key = drawn(page, "key")
    before = key.get_attribute("value") or "no key"
    key.clear()
    key.send_keys("key_live_other\t")
    operation = _open(page, "links.create")
    text = operation.find_element(By.TAG_NAME, "textarea").get_attribute("value") or ""
    assert json.loads(text)["branch_key"] == "key_live_other"
    assert before not in text


def _is_labelled(page: webdriver.Chrome) -> bool:
    """Whether each field that the page has drawn by now has a label, and each label its field."""
    labels = page.find_elements(By.TAG_NAME, "label")
    fields = page.find_elements(By.CSS_SELECTOR, "input, textarea")
    named = {label.get_attribute("for") for label in labels}
    return {field.get_attribute("id") for field in fields} == named


def test_every_field_has_a_label_and_every_operation_its_fields(page: webdriver.Chrome) -> None:
    WebDriverWait(page, TIMEOUT).until(_is_labelled, "a field without a label, or the reverse")
    shown = [
        element.get_attribute("id") for element in page.find_elements(By.CLASS_NAME, "operation")
    ]
    assert shown == [*dict.fromkeys(shown)]
    assert set(shown) == {endpoint.name for endpoint in ENDPOINTS}
    operation = _open(page, "links.create")
    assert "at most 128" in operation.text
    assert openapi.CREDENTIALS["branch_key"] in operation.text


def test_it_is_dark_where_that_is_wished(tmp_path: Path, mock: BranchMock) -> None:
    with browser(tmp_path) as driver:
        colours = []
        for scheme in ("light", "dark"):
            feature = {"name": "prefers-color-scheme", "value": scheme}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            driver.get(f"{mock.url}/_mock/docs")
            body = driver.find_element(By.TAG_NAME, "body")
            colours.append(body.value_of_css_property("background-color"))
    assert colours == ["rgba(255, 255, 255, 1)", "rgba(23, 24, 28, 1)"]


def test_the_page_may_load_nothing_else(mock: BranchMock) -> None:
    answer = requests.get(f"{mock.url}/_mock/docs", timeout=TIMEOUT)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"} < set(policy)
    assert 'src="' not in answer.text
    assert "https://" not in answer.text.partition("<main>")[0]


def test_the_python_page_is_read_without_network_or_complaint(
    driver: webdriver.Chrome, mock: BranchMock
) -> None:
    for look in (requested_hosts, _problems):  # what other tests left in the logs
        look(driver)
    driver.get(f"{mock.url}/_mock/docs")
    driver.find_element(By.LINK_TEXT, "Python").click()
    WebDriverWait(driver, TIMEOUT).until(
        lambda page: urlsplit(page.current_url).path == "/_mock/docs/python"
    )
    entry = drawn(driver, "BranchMock.links.create")
    assert "create(*, app: App | None = None, **fields: LinkFields) -> str" in entry.text
    assert "Raises InvalidRequest and AliasConflict" in entry.text
    entry.find_element(By.LINK_TEXT, "LinkFields").click()
    shown = driver.find_element(By.CSS_SELECTOR, "article:target")
    assert shown.get_attribute("id") == "LinkFields"
    assert "at most 128 characters" in shown.text
    width = driver.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert width == 0, "it is wider than the window"
    assert requested_hosts(driver) == {urlsplit(mock.url).netloc}
    assert _problems(driver) == []
