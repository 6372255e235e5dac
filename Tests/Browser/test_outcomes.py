"""What follows a card: telling the citizen, closing, the survey, tasks, and callbacks as who is in charge sees them."""
import datetime
import random
import re

from playwright.sync_api import expect

from conftest import picture
from test_calls import other, working  # noqa: F401  (a fixture is used by its name)
from test_first_call import NUMBER, RING, become_ready, fill_card, new_family, new_snils, sign_in


def new_number():
    return f"+7999{random.randint(1_000_000, 9_999_999)}"


def done_card(page, number):
    """A card without a call whose measures are all taken."""
    page.click("#button-new-card")
    expect(page.locator("#field-family")).to_be_focused()
    fill_card(page, new_family("Ответов"), new_snils())
    page.fill("#field-phone", number)
    page.fill("#field-measures", "Записан к терапевту")
    page.check("#field-measuresDone")
    page.click("#button-save")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    expect(page.locator("#outcome")).to_be_visible()


def test_C05_C06_a_citizen_is_told_by_a_voice_asked_by_a_survey_and_a_low_mark_is_a_task_while_the_card_stays_closed(page, other, suite):
    number = new_number()
    suite.press(number, "1")
    sign_in(page, suite)
    done_card(page, number)
    expect(page.locator("#outcome-state")).to_have_text("Ещё не сообщено.")
    page.select_option("#outcome-channel", "nobody")
    page.click("#outcome-tell")
    expect(page.locator("#outcome-message")).to_contain_text("есть, кому сообщить")
    page.select_option("#outcome-channel", "voice")
    page.click("#outcome-tell")
    expect(page.locator("#outcome-state")).to_contain_text("подтверждения ещё нет")
    # The citizen presses 1, and the page hears of it.
    expect(page.locator("#outcome-state")).to_contain_text("подтверждено при голосовом звонке", timeout=RING)
    expect(page.locator("#card-callback")).to_contain_text("Звонок о мерах: подтвердил")
    page.screenshot(path=picture("7-told"))
    # An operator does not close cards; the administrator does, with two presses.
    expect(page.locator("#outcome-close")).to_be_hidden()
    card = page.locator("#card-number").inner_text()
    suite.press(number, "1315")
    sign_in(other, suite, login="admin")
    other.locator(f"#card-list button[title*='{card}']").click()
    expect(other.locator("#card-number")).to_have_text(card)
    other.click("#outcome-close")
    other.click("#outcome-close")
    expect(other.locator("#card-state")).to_have_text("Закрыто")
    # Not solved, says the citizen: that is a task of the administrator's, and what is closed stays closed (J-03).
    task = other.locator("#task-list li", has_text=card[-6:])
    expect(task).to_contain_text("Низкая оценка", timeout=RING)
    task.get_by_role("button", name="Низкая оценка").click()
    expect(other.locator("#card-state")).to_have_text("Закрыто")
    expect(other.locator("#history")).to_contain_text("Опрос: низкая оценка")
    other.screenshot(path=picture("8-low-mark"))
    task.get_by_role("button", name="Готово").click()
    expect(task).to_have_count(0)
    other.reload()
    other.locator("#board-surveys").evaluate("box => box.closest('details').open = true")
    expect(other.locator("#board-surveys")).to_contain_text("Решён ли вопрос")
    expect(other.locator("#board-surveys")).to_contain_text(re.compile(r"Не решён — [1-9]"))


def empty_the_line(page, suite):
    """Callers of earlier tests may still wait or speak: they would be answered first. They hang up."""
    for _ in range(60):
        callers = suite.callers()
        if not callers:
            return
        for caller in callers:
            if caller.startswith("+"):
                suite.hang_up(caller)
        page.wait_for_timeout(1_000)
    raise AssertionError(f"callers of earlier tests do not leave: {len(callers)} of them")


def moment(text):
    """Seconds since 1970 of what the API writes."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_X01_K04_A11_the_board_shows_the_way_from_the_break_to_the_dial_as_the_exchange_saw_it(page, other, suite):
    number = new_number()
    suite.answer(number, "busy")
    with working(page, suite, "operator1"):
        empty_the_line(page, suite)
        become_ready(page)
        suite.call_in(count=1, talk=2, drop=1, numbers=[number])
        expect(page.locator("#card-callback")).to_contain_text("занято", timeout=RING)
        sign_in(other, suite, login="admin")
        callback = other.locator("#board-callbacks li", has_text="Обрыв").first
        expect(callback).to_contain_text("занято", timeout=RING)
        callback.locator("summary").click()
        expect(callback.locator("pre")).to_contain_text("станция набирает")
        expect(other.locator("#board-indicators")).to_contain_text("Набраны за 15 с")
        # The stamps of the suite against what the stand, which is outside of it, has seen of the same break.
        seen = suite.dials(number)[0]
        shown = callback.get_attribute("data-callback")
        view = next(view for view in other.request.get(suite.desk + "/api/callbacks?needsOperator=true").json()
                    if view["callbackID"] == shown)
        way = moment(view["attempts"][0]["acceptedAt"]) - moment(view["brokenAt"])
        assert 0 < way < 15 and abs(way - (seen["epoch"] - seen["callEnded"])) < 0.5
        # The board shows the present day of its own clock.
        day = other.evaluate("""() => { const day = new Date(); day.setHours(0, 0, 0, 0);
            return {from: day.toISOString(), to: new Date(Date.now() + 60_000).toISOString()}; }""")
        figures = other.request.get(suite.desk + "/api/indicators/callbacks", params=day).json()
        assert figures["slowestDial"] >= way - 0.01 and 0 < figures["dialledInTime"] <= figures["broken"]
        share = f"{100 * figures['dialledInTime'] / figures['broken']:.1f} %".replace(".", ",")
        expect(other.locator("#board-indicators div", has_text="Набраны за 15 с").locator("strong")).to_have_text(share)
        other.screenshot(path=picture("9-board"))


def test_C07_who_does_not_want_to_be_called_is_listed_and_taken_off(page, suite):
    number = new_number()
    sign_in(page, suite, login="admin")
    page.locator("#do-not-call-list").evaluate("list => list.closest('details').open = true")
    page.fill("#do-not-call-number", "не номер")
    page.press("#do-not-call-number", "Enter")
    expect(page.locator("#do-not-call-message")).to_be_visible()
    page.fill("#do-not-call-number", number)
    page.press("#do-not-call-number", "Enter")
    entry = page.locator("#do-not-call-list li", has_text=number[-2:]).first
    expect(entry).to_be_visible()
    expect(page.locator("#do-not-call-message")).to_be_hidden()
    count = page.locator("#do-not-call-list li").count()
    entry.get_by_role("button", name="Убрать").click()
    expect(page.locator("#do-not-call-list li")).to_have_count(count - 1)
