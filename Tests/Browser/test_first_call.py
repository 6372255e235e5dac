"""What an operator does with the first call of a day, in a real browser: every step is seen on the screen."""
import contextlib
import random
import re

import pytest
from playwright.sync_api import expect

from conftest import picture

NUMBER = re.compile(r"№ \d{2}-\d{4}-\d{6,}")
# How long a call may need from the stand to the screen.
RING = 30_000


def sign_in(page, suite, login="operator2"):
    """As somebody who takes no calls, so that nothing opens by itself."""
    page.goto(suite.desk + "/login")
    page.fill("#login-name", login)
    page.fill("#login-password", suite.password)
    page.click("#login-submit")
    expect(page.locator("#connection")).to_have_attribute("data-connection", "open")


@contextlib.contextmanager
def on_the_line(page, suite):
    """Signed in as operator1; taken off the line again whatever happens, so that no later test's call goes here."""
    sign_in(page, suite, login="operator1")
    try:
        yield
    finally:
        own = {"Origin": suite.desk}
        assert page.request.post(suite.desk + "/api/state", data={"state": "offline"}, headers=own).ok
        for call in page.request.get(suite.desk + "/api/line").json()["calls"]:
            if call.get("operatorID") == "operator1":
                page.request.delete(f"{suite.desk}/api/calls/{call['callID']}", headers=own)


def become_ready(page):
    page.click("#button-ready")
    question = page.locator("#question [data-choice='leave']")
    state = page.locator("#own-state")
    # What is not saved is asked about.
    expect(question.or_(page.locator("#own-state:is([data-state='ready'], [data-state='ringing'], [data-state='talking'])"))
           .first).to_be_visible()
    if question.is_visible():
        question.click()
    expect(state).to_have_attribute("data-state", re.compile("ready|ringing|talking"))


def new_family(start):
    """A surname nobody had before: the register remembers the visits of earlier runs."""
    return start + "".join(random.choices("абвгдежзиклмнопрстуфхэюя", k=8)) + "ов"


def new_snils():
    """Eleven digits whose check number is right."""
    digits = [random.randint(1, 9) for _ in range(9)]
    check = sum(digit * (9 - place) for place, digit in enumerate(digits)) % 101 % 100
    return "".join(map(str, digits)) + f"{check:02}"


def fill_card(page, family, snils):
    page.fill("#field-family", family)
    page.fill("#field-given", "Иван")
    page.fill("#field-patronymic", "Петрович")
    page.fill("#field-birthDate", "1 февраля 1980")
    page.fill("#field-snils", snils)
    page.select_option("#field-topic", "appointment")
    page.fill("#field-essence", "Нужна запись к терапевту, просит утреннее время.")


def choose_first(page, select, wanted=lambda text: True):
    """The first choice of a select that has a value and fits."""
    expect(page.locator(f"{select} option:not([value=''])").first).to_be_attached()
    for option in page.locator(f"{select} option:not([value=''])").all():
        if wanted(option.inner_text()):
            page.select_option(select, option.get_attribute("value"))
            return
    pytest.fail(f"{select} offers nothing that fits")


def has_time(text):
    return "свободно" in text


def test_wrong_password_is_refused_in_words(page, suite):
    page.goto(suite.desk + "/login")
    page.fill("#login-name", "operator1")
    page.fill("#login-password", "not-" + suite.password)
    page.click("#login-submit")
    expect(page.locator("#login-error")).to_be_visible()
    expect(page.locator("#login-error")).not_to_be_empty()
    assert page.url.endswith("/login")


def test_desk_without_a_session_leads_to_signing_in(page, suite):
    page.goto(suite.desk + "/")
    expect(page.locator("#login")).to_be_visible()


def test_first_call_from_ringing_to_forwarding(page, suite):
    with on_the_line(page, suite):
        become_ready(page)
        suite.call_in(count=1, talk=90)

        # The call is answered and its card opens by itself, with the caller's number and the focus in the surname.
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking", timeout=RING)
        expect(page.locator("#card-form")).to_be_visible(timeout=RING)
        expect(page.locator("#card-state")).to_have_attribute("data-state", "draft")
        expect(page.locator("#field-family")).to_be_focused()
        page.screenshot(path=picture("1-card-opened"))

        # What is missing is said at its field, and nothing is saved.
        page.keyboard.press("Control+Enter")
        expect(page.locator("#error-family")).to_be_visible()
        expect(page.locator("#error-topic")).to_be_visible()
        expect(page.locator("#card-number")).not_to_have_text(NUMBER)

        family, snils = new_family("Провер"), new_snils()
        fill_card(page, family, snils)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#card-number")).to_have_text(NUMBER)
        expect(page.locator("#card-state")).to_have_attribute("data-state", "inWork")
        expect(page.locator("#field-birthDate")).to_have_value("01.02.1980")
        expect(page.locator("#field-snils")).to_have_value(
            f"{snils[:3]}-{snils[3:6]}-{snils[6:9]} {snils[9:]}")
        number = page.locator("#card-number").inner_text().removeprefix("№ ")
        expect(page.locator("#card-list [data-state='inWork']", has_text=number[-6:])).to_be_visible()
        page.screenshot(path=picture("2-registered"))

        book_a_visit(page)
        page.screenshot(path=picture("3-booked"))

        page.keyboard.press("F7")
        expect(page.locator("#pane-forward")).to_be_visible()
        choose_first(page, "#forward-organization")
        page.fill("#forward-comment", "Просит перезвонить после шести вечера.")
        page.click("#forward-send")
        expect(page.locator("#forward-list li")).to_have_count(1)
        expect(page.locator("#forward-message")).to_have_class(re.compile("good"))

        # White only when the measures are written and confirmed (J-03).
        page.fill("#field-measures", "Записан к врачу.")
        page.check("#field-measuresDone")
        page.click("#button-save")
        expect(page.locator("#card-state")).to_have_attribute("data-state", "measuresTaken")
        assert page.locator("#history li").count() >= 3
        page.screenshot(path=picture("4-done"))

        # All of it stays after the page was loaded anew.
        page.reload()
        expect(page.locator("#connection")).to_have_attribute("data-connection", "open")
        page.locator("#card-list button", has_text=number[-6:]).click()
        expect(page.locator("#card-number")).to_have_text(f"№ {number}")
        expect(page.locator("#field-family")).to_have_value(family)
        expect(page.locator("#booking-list [data-state='booked']")).to_have_count(1)


def book_a_visit(page):
    """For somebody whom the МИС does not know yet."""
    page.keyboard.press("F8")
    expect(page.locator("#pane-booking")).to_be_visible()
    choose_first(page, "#booking-clinic")
    page.click("#booking-find")
    expect(page.locator("#booking-message")).to_contain_text("Не найден")
    page.click("#booking-add")
    expect(page.locator("#booking-patient")).to_have_text("Пациент найден")
    choose_first(page, "#booking-speciality", has_time)
    choose_first(page, "#booking-doctor", has_time)
    page.locator("#booking-slots button").first.click()
    expect(page.locator("#booking-summary")).to_have_text(re.compile(r"\d{1,2} \S+, \S+ в \d{2}:\d{2}"))
    page.click("#booking-book")
    expect(page.locator("#booking-result")).to_have_attribute("data-state", "booked", timeout=30_000)
    expect(page.locator("#booking-result")).to_contain_text("Вы записаны")


def test_U01_a_patient_is_added_to_the_mis_only_by_a_press_of_its_own(page, suite):
    sign_in(page, suite)
    page.click("#button-new-card")
    expect(page.locator("#card-form")).to_be_visible()
    family = new_family("Регистр")
    fill_card(page, family, new_snils())
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/api/patients" in request.url else None)
    page.keyboard.press("F8")
    expect(page.locator("#booking-clinic")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#booking-clinic")).not_to_have_value("")
    page.keyboard.press("Enter")
    expect(page.locator("#booking-message")).to_contain_text(f"Не найден: {family} Иван Петрович, 01.02.1980")
    # One search, where Enter was pressed; nobody was added by the steps of the list.
    assert len(asked) == 1 and asked[0].endswith("/find")
    assert suite.patients(family) == []
    # One letter more is another person: what was not found for the former says nothing of it.
    page.fill("#field-family", family + "а")
    page.locator("#field-family").blur()
    expect(page.locator("#booking-add")).to_be_hidden()
    page.fill("#field-family", family)
    page.click("#booking-find")
    expect(page.locator("#booking-add")).to_be_visible()
    page.click("#booking-add")
    expect(page.locator("#booking-patient")).to_have_text("Пациент найден")
    assert len(suite.patients(family)) == 1
    page.click("#booking-find")
    expect(page.locator("#booking-patient")).to_have_text("Пациент найден")
    assert len(suite.patients(family)) == 1


def test_visit_is_booked_by_keyboard_with_arrows_in_the_grid(page, suite):
    sign_in(page, suite)
    page.click("#button-new-card")
    expect(page.locator("#card-form")).to_be_visible()
    fill_card(page, new_family("Клавиш"), new_snils())
    page.click("#button-save")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    page.keyboard.press("F8")
    choose_first(page, "#booking-clinic")
    page.locator("#booking-clinic").press("Enter")
    expect(page.locator("#booking-add")).to_be_visible()
    page.locator("#booking-add").press("Enter")
    # The button is gone: the next step has the focus.
    expect(page.locator("#booking-speciality")).to_be_focused()
    choose_first(page, "#booking-speciality", has_time)
    choose_first(page, "#booking-doctor", has_time)
    days = page.locator("#booking-days button")
    expect(days.nth(1)).to_be_visible()
    days.first.focus()
    page.keyboard.press("ArrowRight")
    expect(days.nth(1)).to_be_focused()
    expect(days.nth(1)).to_have_attribute("aria-pressed", "true")
    # One stop of Tab for the days, one for the times, then the button.
    page.keyboard.press("Tab")
    times = page.locator("#booking-slots button")
    expect(times.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(times.nth(1)).to_be_focused()
    page.keyboard.press("Home")
    expect(times.first).to_be_focused()
    page.keyboard.press("End")
    expect(times.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(times.last).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    expect(page.locator("#booking-book")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#booking-result")).to_have_attribute("data-state", "booked", timeout=30_000)
    expect(page.locator("#booking-result")).to_be_focused()


def test_F506_a_visit_that_nobody_knows_the_end_of_is_ended_by_a_person(page, suite):
    sign_in(page, suite)
    page.click("#button-new-card")
    expect(page.locator("#card-form")).to_be_visible()
    fill_card(page, new_family("Ручнов"), new_snils())
    page.click("#button-save")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    book_a_visit(page)
    booking = page.locator("#booking-list li").first.get_attribute("data-booking")
    state = {"now": "manual"}

    def list_of_the_card(route):
        answer = route.fetch()
        shown = answer.json()
        for item in shown:
            item["state"] = state["now"]
        route.fulfill(response=answer, json=shown)

    orders = []

    def resolve(route):
        orders.append(route.request.post_data_json)
        # The МИС has the last word: the visit is booked there, and this booking was never left to a person.
        route.continue_()

    page.route("**/api/appeals/*/bookings", list_of_the_card)
    page.route("**/api/bookings/*/resolve", resolve)
    page.reload()
    page.locator("#card-list [data-state='inWork']").first.click()
    page.keyboard.press("F8")
    line = page.locator(f"#booking-list [data-booking='{booking}']")
    expect(line).to_have_attribute("data-state", "manual")
    expect(line.locator("[data-cancel]")).to_have_count(0)
    line.locator("[data-mis-id]").fill(" A-7 ")
    line.locator("[data-present]").click()
    expect(line).to_have_attribute("data-state", "booked")
    assert orders[0].pop("appealID")
    assert orders == [{"isPresent": True, "misBookingID": "A-7"}]


def test_booking_is_cancelled_by_a_second_press(page, suite):
    sign_in(page, suite)
    page.click("#button-new-card")
    expect(page.locator("#card-form")).to_be_visible()
    fill_card(page, new_family("Отмен"), new_snils())
    page.click("#button-save")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    book_a_visit(page)
    page.locator("#booking-list [data-cancel]").click()
    expect(page.locator("#booking-list [data-state='booked']")).to_have_count(1)
    page.locator("#booking-list [data-cancel]").click()
    expect(page.locator("#booking-list [data-state='cancelled']")).to_have_count(1, timeout=30_000)


def test_card_of_a_new_call_does_not_take_the_focus_from_the_card_being_typed_in(page, suite):
    with on_the_line(page, suite):
        page.click("#button-new-card")
        expect(page.locator("#field-family")).to_be_focused()
        page.keyboard.type("Занятый")
        become_ready(page)
        page.click("#field-essence")
        suite.call_in(count=1, talk=20)
        expect(page.locator("#card-tabs .dot")).to_be_visible(timeout=RING)
        expect(page.locator("#field-essence")).to_be_focused()
        expect(page.locator("#field-family")).to_have_value("Занятый")
        page.keyboard.press("F2")
        expect(page.locator("#card-tabs .dot")).to_have_count(0)
        expect(page.locator("#field-family")).to_have_value("")


def test_click_right_out_of_a_field_with_an_error_is_not_lost(page, suite):
    sign_in(page, suite)
    page.click("#button-new-card")
    expect(page.locator("#field-family")).to_be_focused()
    page.click("#button-new-card")
    tabs = page.locator("#card-tabs [role='tab']")
    expect(tabs).to_have_count(2)
    page.click("#field-snils")
    page.keyboard.type("112-233-445 96")
    page.locator("#field-measuresDone").click()
    expect(page.locator("#field-measuresDone")).to_be_checked()
    expect(page.locator("#error-snils")).to_be_visible()
    page.click("#field-family")
    page.keyboard.type("переходов")
    tabs.first.click()
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    expect(page.locator("#field-family")).to_have_value("")


def test_what_is_typed_is_shown_as_text_only(page, suite):
    sign_in(page, suite)
    page.click("#button-new-card")
    expect(page.locator("#card-form")).to_be_visible()
    family = new_family("Кос")
    fill_card(page, family, new_snils())
    attack = "<img src=x onerror=\"document.title='broken'\"><b>текст</b>"
    page.fill("#field-essence", attack)
    page.fill("#field-address", attack)
    page.click("#button-save")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    page.reload()
    page.locator("#card-list [data-state='inWork']", has_text=family).first.click()
    expect(page.locator("#field-essence")).to_have_value(attack)
    assert page.title() != "broken"
    assert page.locator("main img, main b").count() == 0


def test_desk_fits_the_smallest_screen_without_scrolling(page, suite):
    sign_in(page, suite)
    page.click("#button-new-card")
    expect(page.locator("#card-form")).to_be_visible()
    sizes = page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]")
    assert sizes == [0, 0]
    expect(page.locator("#button-save")).to_be_in_viewport(ratio=1)
    expect(page.locator("#button-leave")).to_be_in_viewport(ratio=1)


def test_lost_connection_is_said_and_comes_back(page, suite):
    sign_in(page, suite)
    page.context.set_offline(True)
    # The browser keeps an open stream through its offline switch, so the next comparison with the server tells.
    expect(page.locator("#own-state")).to_have_attribute("data-state", "lost", timeout=40_000)
    expect(page.locator("#connection")).to_have_text("Нет связи")
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_attribute("data-connection", "open", timeout=40_000)


def test_broken_call_is_called_back_and_goes_on_with_its_card(page, suite):
    with on_the_line(page, suite):
        become_ready(page)
        suite.call_in(count=1, talk=3, drop=1)
        expect(page.locator("#card-form")).to_be_visible(timeout=RING)
        page.fill("#field-family", "Обрывов")
        # The connection breaks, the operator sees that a callback is due, without having asked (C-01).
        expect(page.locator("#card-callback")).to_contain_text("Обрыв", timeout=RING)
        # What was typed is still there, and no second card was opened for the same conversation (C-03).
        expect(page.locator("#field-family")).to_have_value("Обрывов")
        expect(page.locator("#card-tabs [role='tab']")).to_have_count(1)
        page.screenshot(path=picture("5-broken"))


def test_C04_an_answer_is_promised_on_the_card_and_kept_by_the_dialer(page, suite):
    with on_the_line(page, suite):
        become_ready(page)
        suite.call_in(count=1, talk=60)
        expect(page.locator("#card-form")).to_be_visible(timeout=RING)
        page.click("#button-promise")
        expect(page.locator("#promise-time")).to_be_focused()
        page.fill("#promise-day", "01.01.2020")
        page.press("#promise-day", "Enter")
        expect(page.locator("#promise-message")).to_contain_text("уже прошло")
        # What was chosen stays to be corrected.
        expect(page.locator("#promise-day")).to_have_value("01.01.2020")
        page.fill("#promise-day", "завтра")
        page.fill("#promise-time", "12")
        page.screenshot(path=picture("6-promise"))
        page.click("#promise-send")
        expect(page.locator("#promise")).to_be_hidden()
        expect(page.locator("#card-callback")).to_contain_text("Обещан звонок: наберём")
        expect(page.locator("#card-callback")).to_have_attribute("title", re.compile("возник"))


def test_anonymous_message_needs_no_name_and_is_explained(page, suite):
    sign_in(page, suite)
    page.click("#button-new-card")
    expect(page.locator("#field-family")).to_be_focused()
    page.check("#field-isAnonymous")
    expect(page.locator("#anonymous-note")).to_contain_text("не будет рассмотрено")
    expect(page.locator("#field-family")).to_be_disabled()
    page.select_option("#field-topic", "complaint")
    page.fill("#field-essence", "Долго не берут трубку в регистратуре.")
    page.click("#button-save")
    expect(page.locator("#card-number")).to_have_text(NUMBER)


def test_leaving_ends_the_session(page, suite):
    sign_in(page, suite)
    page.click("#button-leave")
    expect(page.locator("#button-leave")).to_have_text("Точно выйти?")
    page.click("#button-leave")
    expect(page.locator("#login")).to_be_visible()
    assert page.request.get(suite.desk + "/api/me").status == 401
    page.goto(suite.desk + "/")
    expect(page.locator("#login")).to_be_visible()
