"""A browser and the addresses of a running suite, from the environment (see `run`)."""
import contextlib
import json
import os
import pathlib
import shutil
import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect, sync_playwright


class Suite:
    """What the tests know of the suite from outside."""

    def __init__(self):
        self.desk = os.environ["LINE122_DESK_URL"].rstrip("/")
        self.stand = os.environ["LINE122_STAND_URL"].rstrip("/")
        self.password = os.environ["LINE122_DEMO_PASSWORD"]

    def call_in(self, count=1, talk=60, drop=0, patience=120, **more):
        """The training stand lets citizens call; they talk `talk` seconds, a share `drop` of the calls breaks."""
        self.tell("POST", "/stand/calls", {
            "count": count, "rate": 1, "talk": talk, "patience": patience, "drop": drop, "abandon": 0, **more})

    def hang_up(self, number):
        """A citizen hangs up; who has just left by himself is no error."""
        with contextlib.suppress(urllib.error.HTTPError):
            self.tell("POST", "/stand/hangup", {"number": number})

    def ring_for(self, telephone, seconds):
        """How long a telephone rings until it is picked up; None: as the others."""
        self.tell("PUT", "/stand/outcomes", {"rings": {telephone: seconds}})

    def press(self, number, keys):
        """What a citizen presses when a voice speaks: a key after each thing that is said."""
        self.tell("PUT", "/stand/outcomes", {"keys": {number: keys}})

    def answer(self, number, outcome):
        """What becomes of dialling a citizen, each time."""
        self.tell("PUT", "/stand/outcomes", {"numbers": {number: outcome}})

    def dials(self, number):
        """Every dial to a citizen, as the exchange saw it, oldest first."""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                f"{self.stand}/stand/dials?number={urllib.parse.quote(number)}", timeout=20) as answer:
            return json.load(answer)

    def patients(self, family):
        """The patients of the МИС with this surname, in all clinics."""
        with self._open(self.stand + "/stand/patients?limit=1000000") as answer:
            return [patient for patient in json.load(answer) if patient["surname"] == family]

    def callers(self):
        """The numbers of those who wait or speak now, as the senior of the shift sees them."""
        # No proxy of the environment: the desk is on this machine.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
        credentials = json.dumps({"login": "supervisor", "password": self.password}).encode()
        opener.open(urllib.request.Request(
            self.desk + "/api/session", credentials, {"Content-Type": "application/json"}), timeout=20).close()
        with opener.open(self.desk + "/api/line", timeout=20) as answer:
            calls = json.load(answer)["calls"]
        opener.open(urllib.request.Request(self.desk + "/api/session", method="DELETE"), timeout=20).close()
        return [call["caller"] for call in calls]

    def tell(self, method, path, body):
        request = urllib.request.Request(
            self.stand + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
        with self._open(request) as answer:
            assert answer.status < 300

    @staticmethod
    def _open(request):
        # No proxy of the environment: the stand is on this machine.
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20)


@pytest.fixture(scope="session")
def suite():
    return Suite()


@pytest.fixture(scope="session")
def browser():
    path = shutil.which("chromium")
    assert path, "chromium is not installed"
    # Chromium refuses its sandbox to root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, request):
    """A page of the smallest screen of an operator; its last sight is kept, and no error of a script is forgiven."""
    expect.set_options(timeout=15_000)
    context = browser.new_context(viewport={"width": 1366, "height": 650}, locale="ru-RU", timezone_id="Europe/Moscow")
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text)
            if message.type == "error" and "Content Security Policy" in message.text else None)
    yield page
    if not page.is_closed():
        page.screenshot(path=picture(request.node.name))
    context.close()
    assert errors == []


def picture(name):
    """Where a screenshot goes."""
    return str(pathlib.Path(os.environ.get("LINE122_PICTURES", "/tmp")) / f"{name}.png")
