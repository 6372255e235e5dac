"""The queue on the screen: hold, transfers between two operators, after-call work, breaks, messages, what to say."""
import contextlib
import random
import re

import pytest
from playwright.sync_api import expect

from conftest import picture
from test_first_call import NUMBER, RING, become_ready, fill_card, new_family, new_snils, sign_in


@contextlib.contextmanager
def working(page, suite, login):
    """Signed in as somebody who takes calls; off the line again whatever happens."""
    sign_in(page, suite, login=login)
    try:
        yield
    finally:
        own = {"Origin": suite.desk}
        for call in page.request.get(suite.desk + "/api/line").json()["calls"]:
            if call.get("operatorID") == login:
                page.request.post(f"{suite.desk}/api/calls/{call['callID']}/control",
                                  data={"action": "hangUp"}, headers=own)
        assert page.request.post(suite.desk + "/api/state", data={"state": "offline"}, headers=own).ok


@pytest.fixture
def other(browser, request):
    """A second workplace, of somebody else."""
    context = browser.new_context(viewport={"width": 1366, "height": 650}, locale="ru-RU", timezone_id="Europe/Moscow")
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.screenshot(path=picture(request.node.name + "-other"))
    context.close()
    assert errors == []


def take_a_call(page, suite, talk=20_000):
    """`talk` is a mean: long enough that no caller hangs up within a test."""
    become_ready(page)
    suite.call_in(count=1, talk=talk)
    state = page.locator("#own-state")
    expect(state).to_have_attribute("data-state", "talking", timeout=RING)
    expect(page.locator("#card-form")).to_be_visible(timeout=RING)


def hang_up(page):
    page.click("#button-hang-up")
    page.wait_for_timeout(1_100)
    page.click("#button-hang-up")


def end_after_call_work(page):
    expect(page.locator("#own-state")).to_have_attribute("data-state", "afterCall", timeout=RING)
    become_ready(page)


def test_T08_a_hold_counts_down_is_resumed_by_its_key_and_says_what_to_say(page, suite):
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        expect(page.locator("#speech")).to_have_attribute("data-moment", "greeting")
        page.keyboard.press("F4")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "holding")
        expect(page.locator("#own-state-word")).to_have_text("Удержание")
        expect(page.locator("#clock-hold")).to_be_visible()
        left = int(page.locator("#time-hold").inner_text())
        assert 20 <= left <= 31
        expect(page.locator("#speech")).to_have_attribute("data-moment", "hold")
        expect(page.locator("#time-hold")).not_to_have_text(str(left))
        page.screenshot(path=picture("T08-held"))
        page.keyboard.press("F4")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking")
        expect(page.locator("#clock-hold")).to_be_hidden()
        # Left alone, the path opens by itself after 30 s, amber 10 s before.
        page.click("#button-hold")
        expect(page.locator("#clock-hold")).to_have_attribute("data-level", "long", timeout=25_000)
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking", timeout=20_000)
        hang_up(page)
        end_after_call_work(page)


def test_T13_the_step_changes_the_clock_and_T12_the_limit_of_ten_minutes_is_seen(page, suite):
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        expect(page.locator("#clock-questioning")).to_have_attribute("data-running", "true")
        expect(page.locator("#clock-whole")).to_contain_text("/10:00")
        expect(page.locator("#time-whole")).not_to_have_text("0:00")
        page.click("#button-phase")
        expect(page.locator("#clock-consultation")).to_have_attribute("data-running", "true")
        expect(page.locator("#clock-questioning")).to_have_attribute("data-running", "false")
        expect(page.locator("#speech")).to_have_attribute("data-moment", "closing")
        page.click("#button-phase")
        expect(page.locator("#clock-questioning")).to_have_attribute("data-running", "true")
        hang_up(page)
        # What was measured stands in the card's history.
        expect(page.locator("#own-state")).to_have_attribute("data-state", "afterCall", timeout=RING)
        expect(page.locator("#history")).to_contain_text("Разговор завершён: опрос 0:", timeout=RING)
        end_after_call_work(page)


def test_T14_after_the_call_the_missing_fields_are_named_and_saving_makes_ready(page, suite):
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        # Two presses that follow each other at once are one.
        page.dblclick("#button-hang-up")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking")
        page.wait_for_timeout(1_100)
        page.click("#button-hang-up")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "afterCall", timeout=RING)
        expect(page.locator("#call-notice-text")).to_contain_text("Постобработка: осталось")
        expect(page.locator("[data-missing='topic']")).to_be_visible()
        page.screenshot(path=picture("T14-after-call"))
        page.click("[data-missing='essence']")
        expect(page.locator("#field-essence")).to_be_focused()
        fill_card(page, new_family("Итог"), new_snils())
        expect(page.locator("[data-missing]")).to_have_count(0)
        page.keyboard.press("F2")
        expect(page.locator("#card-number")).to_have_text(NUMBER)
        expect(page.locator("#own-state")).to_have_attribute("data-state", re.compile("ready|ringing"))


def test_T10_X05_the_phrase_is_composed_and_the_card_opens_before_the_answer(page, other, suite):
    with working(page, suite, "operator1"), working(other, suite, "level2-oms"):
        become_ready(other)
        # Long enough to look before the answer.
        suite.ring_for("1801", 4)
        take_a_call(page, suite)
        page.fill("#field-given", "Пётр")
        page.fill("#field-patronymic", "Ильич")
        page.fill("#field-essence", "Спрашивает о полисе.")
        expect(page.locator("#speech-words")).to_contain_text("Пётр Ильич")
        page.keyboard.press("F6")
        expect(page.locator("#pane-transfer")).to_be_visible()
        page.select_option("#transfer-target", "operator:level2-oms")
        phrase = page.locator("#transfer-phrase")
        expect(phrase).to_contain_text("Этот вопрос находится в компетенции: Территориальный фонд ОМС")
        expect(phrase).to_contain_text("главный специалист Соколова Мария Ивановна. Я могу вас с ним соединить?")
        page.screenshot(path=picture("T10-phrase"))
        page.click("#transfer-consult")
        # The receiver's telephone rings, and the card is read already: what was typed, and nothing to change.
        expect(other.locator("#field-essence")).to_have_value("Спрашивает о полисе.", timeout=RING)
        expect(other.locator("#field-essence")).to_be_disabled()
        expect(other.locator("#own-state")).to_have_attribute("data-state", "ringing")
        expect(other.locator("#call-notice-text")).to_contain_text("Перевод от Оператор 1")
        other.screenshot(path=picture("T10-card-before-answer"))
        expect(page.locator("#transfer-going")).to_have_attribute("data-transfer", "consulting", timeout=RING)
        expect(page.locator("#clock-hold")).to_be_visible()
        # A name that has no surname yet is no name for the card, and stays where it was typed.
        expect(page.locator("#field-given")).to_have_value("Пётр")
        page.screenshot(path=picture("T10-consulting"))
        page.click("#transfer-complete")
        # The card is the receiver's from now on.
        expect(other.locator("#field-essence")).to_be_enabled(timeout=RING)
        expect(other.locator("#own-state")).to_have_attribute("data-state", "talking")
        expect(page.locator("#field-essence")).to_be_disabled(timeout=RING)
        expect(page.locator("#card-message")).to_contain_text("Карточка передана")
        expect(other.locator("#history")).to_contain_text("Разговор переведён: Территориальный фонд ОМС", timeout=RING)
        end_after_call_work(page)
        hang_up(other)


def test_T10_a_receiver_who_is_away_leads_to_the_phrase_for_a_busy_line(page, suite):
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        page.keyboard.press("F6")
        page.select_option("#transfer-target", "operator:level2-complaints")
        page.click("#transfer-consult")
        expect(page.locator("#transfer-message")).to_contain_text("Линия занята")
        expect(page.locator("#transfer-phrase")).to_contain_text("Вам удобно подождать или перезвонить позже?")
        expect(page.locator("#speech")).to_have_attribute("data-moment", "busy")
        hang_up(page)
        end_after_call_work(page)


def test_X06_one_key_and_its_confirmation_hand_the_caller_to_103(page, suite):
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        page.keyboard.press("F9")
        expect(page.locator("#button-emergency")).to_have_text("Точно 103? F9")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking")
        page.keyboard.press("F9")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "afterCall", timeout=RING)
        expect(page.locator("#history")).to_contain_text("Вызов передан экстренной службе", timeout=RING)
        end_after_call_work(page)


def test_T14_a_break_has_a_reason_and_its_limit(page, suite):
    with working(page, suite, "operator1"):
        become_ready(page)
        page.click("#button-break")
        page.screenshot(path=picture("break-menu"))
        page.click("[data-break='lunch']")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "break")
        expect(page.locator("#call-notice-text")).to_have_text(re.compile(r"Обед: осталось (59:\d\d|1:00:00)"))
        page.click("#button-ready")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "ready")


def test_T06_a_telephone_that_is_not_picked_up_leads_to_a_banner(page, suite):
    with working(page, suite, "operator1"):
        suite.ring_for("1001", 40)
        try:
            become_ready(page)
            number = "+7927" + "".join(random.choices("0123456789", k=7))
            suite.call_in(count=1, numbers=[number])
            expect(page.locator("#call-notice")).to_have_attribute("data-kind", "ringing", timeout=RING)
            expect(page.locator("#call-notice")).to_have_attribute("data-level", "late", timeout=RING)
            expect(page.locator("#own-state")).to_have_attribute("data-state", "away", timeout=RING)
            expect(page.locator("#call-notice-text")).to_have_text("Вы не ответили на звонок — нажмите «Готов»")
            # Nobody else is there: the caller would wait for the next test.
            suite.hang_up(number)
        finally:
            suite.ring_for("1001", None)


def test_T11_tactics_and_the_phrases_of_the_moment(page, suite):
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        expect(page.locator("#speech-words")).to_contain_text("Здравствуйте, линия 122. Оператор Оператор 1.")
        page.select_option("#field-topic", "complaint")
        expect(page.locator("#speech-tactic")).to_contain_text("не иронизировать")
        page.click("[data-tactic='aggressive']")
        page.fill("#field-given", "Анна")
        page.fill("#field-patronymic", "Львовна")
        expect(page.locator("#speech-tactic")).to_contain_text("обращаться по имени и отчеству: Анна Львовна")
        expect(page.locator("#speech-tactic")).to_contain_text("не принимать агрессию на свой счёт")
        page.keyboard.press("F4")
        expect(page.locator("#speech-words")).to_contain_text("Анна Львовна, пожалуйста, оставайтесь на линии. Спасибо.")
        page.keyboard.press("F4")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking")
        hang_up(page)
        end_after_call_work(page)


def test_J10_who_is_in_charge_sees_the_operators_and_listens(page, other, suite):
    with working(page, suite, "operator1"):
        sign_in(other, suite, login="supervisor")
        take_a_call(page, suite)
        row = other.locator("[data-operator='operator1']")
        expect(row).to_have_attribute("data-state", "talking", timeout=RING)
        row.locator("[data-mode='listen']").click()
        expect(page.locator("#listened")).to_have_text("Слушает старший: Старший смены", timeout=RING)
        other.screenshot(path=picture("J10-board"))
        row.locator("[data-mode='stop']").click(timeout=RING)
        expect(page.locator("#listened")).to_be_hidden(timeout=RING)
        hang_up(page)
        end_after_call_work(page)


def test_T03_a_message_of_the_secretary_is_taken_by_the_first_and_registered(page, other, suite):
    """The stand's plan leads key 9 to the secretary (Tests/Browser/line.json)."""
    sign_in(page, suite, login="operator2")
    sign_in(other, suite, login="operator3")
    number = "+7927" + "".join(random.choices("0123456789", k=7))
    suite.call_in(count=1, talk=20, numbers=[number], keys=[{"after": 1, "digit": "9"}], message=6, messageEnds="silence")
    local = number[-4:-2] + "-" + number[-2:]
    row = page.locator("#message-list li", has_text=local)
    # It stands on every list, without anybody having asked for it.
    expect(row).to_be_visible(timeout=60_000)
    expect(other.locator("#message-list li", has_text=local)).to_be_visible(timeout=RING)
    page.screenshot(path=picture("T03-message-waits"))
    row.get_by_role("button", name="Взять").click()
    expect(page.locator("#card-state")).to_have_attribute("data-state", "draft")
    expect(page.locator("#field-phone")).to_have_value(re.compile(re.escape(local)))
    # The others lose it at once, and the sound can be heard.
    expect(other.locator("#message-list li", has_text=local)).to_have_count(0)
    source = page.locator("#card-messages audio").get_attribute("src")
    for _ in range(30):
        answer = page.request.get(suite.desk + source)
        if answer.status != 404:
            break
        page.wait_for_timeout(1_000)
    assert answer.status == 200 and answer.body()[:4] == b"RIFF"
    assert other.request.get(suite.desk + source).status == 403
    fill_card(page, new_family("Секретарь"), new_snils())
    page.click("#button-save")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    expect(page.locator("#history")).to_contain_text("Сообщение взято в работу")
    page.screenshot(path=picture("T03-registered"))


def test_T07_a_second_caller_is_answered_with_one_key_and_held(page, suite):
    """The plan of the tests gives each operator two lines."""
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        first = page.locator("#call-lines strong").first.inner_text()
        suite.call_in(count=1, talk=20_000)
        expect(page.locator("#call-notice")).to_have_attribute("data-kind", "secondLine", timeout=RING)
        expect(page.locator("#button-take")).to_be_visible()
        expect(page.locator("#speech-words")).to_contain_text("Добрый день")
        page.screenshot(path=picture("T07-second-line"))
        page.keyboard.press("F2")
        expect(page.locator("#call-lines li")).to_have_count(2)
        expect(page.locator("#call-lines li[data-line-state='held']", has_text=first)).to_be_visible()
        page.screenshot(path=picture("T07-two-lines"))
        page.locator("[data-switch]").click()
        expect(page.locator("#call-lines li[data-line-state='talking']", has_text=first)).to_be_visible()
        hang_up(page)
        # The other caller is opened by itself, then that call ends as well.
        expect(page.locator("#call-lines li")).to_have_count(1, timeout=RING)
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking", timeout=RING)
        page.wait_for_timeout(500)
        hang_up(page)
        end_after_call_work(page)


def test_keys_for_the_other_side_are_sent_one_by_one(page, suite):
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        page.click("#button-keypad")
        for digit in "1", "2", "#":
            with page.expect_response(re.compile("/control$")) as sent:
                page.click(f"[data-digit='{digit}']")
            assert sent.value.status == 200 and f'"{digit}"' in sent.value.request.post_data
        page.keyboard.press("Escape")
        expect(page.locator("#keypad")).to_be_hidden()
        hang_up(page)
        end_after_call_work(page)
