"""What people type is read alike by the page and by the services: the page walks the table of VocabularyTests."""
import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = json.loads((ROOT / "Tests/Fixtures/values/cases.json").read_text(encoding="utf-8"))
# What the exchange signals never passes the page.
KINDS = ["phone", "snils", "policy", "name", "birthDate"]


@pytest.fixture
def fields(page):
    """The module `fields.js` in a page of a region whose zone is far from that of the browser."""
    types = {".js": "text/javascript"}

    def asset(route):
        path = ROOT / "Services/OperatorDesk/Assets" / route.request.url.rsplit("/", 1)[1]
        route.fulfill(body=path.read_text(encoding="utf-8"), content_type=types[path.suffix])

    page.route("http://desk.test/assets/*.js", asset)
    page.route("http://desk.test/", lambda route: route.fulfill(
        body="<!doctype html><body data-time-zone='Asia/Kamchatka'>", content_type="text/html; charset=utf-8"))
    page.goto("http://desk.test/")
    page.evaluate("async () => { window.fields = await import('/assets/fields.js') }")
    return page


@pytest.mark.parametrize("kind", KINDS)
def test_e401_e402_e403_e407_the_page_reads_as_the_services_do(fields, kind):
    cases = [case for case in TABLE["cases"] if case["kind"] == kind]
    assert len(cases) > 10
    read = fields.evaluate(
        """([kind, inputs, today]) => {
            const { readPhone, readSNILS, readPolicy, readName, readBirthDate } = window.fields;
            const readers = {
                phone: readPhone, snils: readSNILS, policy: readPolicy, name: readName,
                birthDate: (text) => readBirthDate(text, today),
            };
            return inputs.map(readers[kind]);
        }""",
        [kind, [case["input"] for case in cases], TABLE["today"]])
    wrong = []
    for case, answer in zip(cases, read, strict=True):
        expected = {name: case[name] for name in ("value", "warning", "suggestion") if name in case}
        if "refusal" in case:
            expected = {"error": case["refusal"]}
        if answer != expected:
            wrong.append((case["input"], expected, answer))
    assert wrong == []


def test_e407_a_pasted_name_goes_to_its_three_fields(fields):
    cases = [case for case in TABLE["cases"] if case["kind"] == "wholeName"]
    assert len(cases) > 5
    read = fields.evaluate(
        "(inputs) => inputs.map(window.fields.splitName)", [case["input"] for case in cases])
    joined = [None if parts is None else " ".join(filter(None, parts)) for parts in read]
    # A whole name that is none stays in the field into which it was pasted.
    assert joined == [case.get("value") for case in cases]
    assert fields.evaluate("() => window.fields.splitName('АЛИЕВ ВАГИФ ГАСАН ОГЛЫ')") == ["Алиев", "Вагиф", "Гасан оглы"]


@pytest.mark.parametrize("reader", ["readPhone", "readSNILS", "readPolicy", "readName", "readBirthDate"])
@pytest.mark.parametrize("text", ["", "  \n", "\u202d\u202c", "\u00ad\u200b", "\u2800", "\u3164"])
def test_e403_what_cannot_be_seen_is_nothing(fields, reader, text):
    assert fields.evaluate("([reader, text]) => window.fields[reader](text)", [reader, text]) == {"value": None}


def test_e406_who_is_born_today_is_born_by_the_clock_of_the_region(fields):
    # 13:30 UTC on the 29th is 01:30 on the 30th in Kamchatka, while Moscow, where the browser stands, has the 29th.
    fields.clock.set_fixed_time("2026-11-29T13:30:00Z")
    assert fields.evaluate("() => window.fields.regionToday()") == "2026-11-30"
    assert fields.evaluate("() => window.fields.readBirthDate('30.11.2026')") == {"value": "2026-11-30"}
    assert "error" in fields.evaluate("() => window.fields.readBirthDate('01.12.2026')")
    assert fields.evaluate("() => window.fields.age('2025-11-30')") == 1
    assert fields.evaluate("() => window.fields.age('2025-12-01')") == 0
