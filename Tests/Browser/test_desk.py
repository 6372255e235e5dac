"""The edges of the desk (issue 11, D-312): what is typed, heard and lost when things do not go as in the tour."""
import random
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from conftest import picture
from test_calls import hang_up, other, take_a_call, working  # noqa: F401  (a fixture is used by its name)
from test_first_call import NUMBER, RING, become_ready, fill_card, new_family, new_snils, sign_in

LONG = "Звонящий рассказывает долго и подробно. "


def new_card(page):
    page.click("#button-new-card")
    expect(page.locator("#field-family")).to_be_focused()


def registered(page, family=None):
    """A card without a call that has its number."""
    new_card(page)
    fill_card(page, family or new_family("Край"), new_snils())
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    return page.locator("#card-number").inner_text().removeprefix("№ ")


def shown_id(page):
    return page.locator("#card-tabs [aria-selected='true']").get_attribute("data-tab")


def server_card(page, suite, card_id):
    return page.request.get(f"{suite.desk}/api/appeals/{card_id}").json()


def kept_by_server(page, suite, text, field="essence"):
    """The draft on the screen, once the server has the text."""
    card_id = shown_id(page)
    expect(page.locator("#card-kept")).to_contain_text("Черновик сохранён")
    assert text in server_card(page, suite, card_id)["card"][field]
    return card_id


def answer_dialogs(page):
    """The browser's own question about leaving is answered with yes, and remembered."""
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return asked


def until(page, condition, argument=None, seconds=10):
    """Waits for an expression of the page; its own rules forbid Playwright's way of asking, which evaluates texts."""
    for _ in range(seconds * 20):
        if page.evaluate(condition, argument):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"not within {seconds} s: {condition}")


# MARK: Without a connection


def test_u02_103_without_a_connection_is_said_and_the_buttons_are_off(page, suite):
    """D-312 U-02, and F4, F6's neighbours: a key that cannot work says so."""
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        page.context.set_offline(True)
        expect(page.locator("#own-state")).to_have_attribute("data-state", "lost")
        expect(page.locator("#lost-strip")).to_be_visible()
        for button in "hold", "phase", "transfer", "keypad", "emergency", "hang-up":
            expect(page.locator(f"#button-{button}")).to_be_disabled()
        page.keyboard.press("F9")
        expect(page.locator("#toast")).to_contain_text("103 не набрано: нет связи с сервером")
        page.keyboard.press("F4")
        expect(page.locator("#toast")).to_contain_text("Удержание не включено")
        page.screenshot(path=picture("u02-lost"))
        page.context.set_offline(False)
        # U-13: back at once, not after the next look at the server.
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking", timeout=5_000)
        expect(page.locator("#lost-strip")).to_be_hidden()
        expect(page.locator("#button-emergency")).to_be_enabled()


FAKE_STREAM = """
    window.streams = [];
    window.EventSource = class extends EventTarget {
        static OPEN = 1; static CLOSED = 2;
        readyState = 0;
        constructor() {
            super();
            window.streams.push(this);
            setTimeout(() => { this.readyState = 1; this.dispatchEvent(new Event("open")); });
        }
        close() { this.readyState = 2; }
        say(name, data) { this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data ?? {}) })); }
    };
"""


def test_u13_a_silent_break_is_noticed_by_the_missing_beat(page, suite):
    """D-312 U-13: the connection stays open and nothing arrives; the page's clock is turned forward."""
    page.add_init_script(FAKE_STREAM)
    page.clock.install()
    sign_in(page, suite)
    page.evaluate("streams.at(-1).say('beat')")
    page.clock.run_for(19_000)
    page.evaluate("streams.at(-1).say('beat')")
    page.clock.run_for(19_000)
    expect(page.locator("#connection")).to_have_attribute("data-connection", "open")
    assert page.evaluate("streams.length") == 1
    page.clock.run_for(2_000)
    # It was lost, and has already been opened anew.
    assert page.evaluate("streams.length") == 2
    expect(page.locator("#connection")).to_have_attribute("data-connection", "open")


def test_d302_a_refetch_is_spread_over_time(page, suite):
    """D-302: 500 pages that are told «read anew» in one moment do not all ask in it."""
    page.add_init_script(FAKE_STREAM + "Math.random = () => 0.5;")
    page.clock.install()
    sign_in(page, suite)
    expect(page.locator("#own-state-word")).to_have_text("Не на линии")
    page.clock.run_for(1_000)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    page.evaluate("streams.at(-1).say('refetch')")
    page.clock.run_for(400)
    assert asked == []
    with page.expect_request("**/api/line"):
        page.clock.run_for(200)
    assert not any("/api/appeals" in url for url in asked)
    with page.expect_request("**/api/appeals"):
        page.clock.run_for(3_000)


def test_u12_d303_six_windows_share_one_stream_and_all_save(page, suite):
    """D-312 U-12, D-303: a browser has six connections to a server."""
    streams = []
    context = page.context
    context.on("request", lambda request: streams.append(request.url) if request.url.endswith("/api/events") else None)
    sign_in(page, suite)
    windows = [page] + [context.new_page() for _ in range(6)]
    for window in windows[1:]:
        window.goto(suite.desk)
        expect(window.locator("#connection")).to_have_attribute("data-connection", "open")
    assert len(streams) == 1
    last = windows[-1]
    number = registered(last)
    # What happens reaches a window without a stream of its own, and goes on when the one that has it is closed.
    expect(windows[3].locator("#card-list button", has_text=number[-6:])).to_be_visible()
    page.close()
    for window in windows[1:]:
        expect(window.locator("#connection")).to_have_attribute("data-connection", "open")
    second = registered(last)
    expect(windows[3].locator("#card-list button", has_text=second[-6:])).to_be_visible()
    assert len(streams) == 2
    # Signing out in one signs all out.
    windows[2].click("#button-leave")
    windows[2].click("#button-leave")
    for window in windows[1:]:
        expect(window.locator("#login")).to_be_visible()


# MARK: Focus and the card of the caller


def test_u03_focus_stays_where_is_typed_when_the_callback_is_joined(page, suite):
    """D-312 U-03: a callback goes on with the card in which is being typed."""
    with working(page, suite, "operator1"):
        become_ready(page)
        number = "+7927" + "".join(random.choices("0123456789", k=7))
        suite.call_in(count=1, talk=20_000, numbers=[number])
        expect(page.locator("#card-form")).to_be_visible(timeout=RING)
        expect(page.locator("#field-family")).to_be_focused()
        page.click("#field-essence")
        page.keyboard.type("Жалуется на ")
        suite.tell("POST", "/stand/hangup", {"number": number, "cause": 41, "technical": True})
        expect(page.locator("#card-callback")).to_contain_text("перезвонили", timeout=RING)
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking")
        page.keyboard.type("очередь")
        expect(page.locator("#field-essence")).to_be_focused()
        expect(page.locator("#field-essence")).to_have_value("Жалуется на очередь")
        expect(page.locator("#field-family")).to_have_value("")
        page.fill("#field-essence", "")


def test_u04_a_former_card_says_that_it_is_not_the_callers(page, suite):
    """D-312 U-04: and «Готов» with unsaved text asks first."""
    with working(page, suite, "operator1"):
        new_card(page)
        page.keyboard.type("Прежний")
        page.click("#button-ready")
        question = page.locator("#question")
        expect(question).to_contain_text("Карточка «Прежний» не сохранена")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "offline")
        page.keyboard.press("Escape")
        expect(question).to_be_hidden()
        expect(page.locator("#own-state")).to_have_attribute("data-state", "offline")
        page.click("#button-ready")
        page.click("[data-choice='leave']")
        expect(page.locator("#own-state")).to_have_attribute("data-state", re.compile("ready|ringing"))
        suite.call_in(count=1, talk=20_000)
        strip = page.locator("#other-call")
        expect(strip).to_be_visible(timeout=RING)
        expect(strip).to_contain_text("Это карточка другого звонка")
        page.screenshot(path=picture("u04-other-call"))
        page.keyboard.press("F2")
        expect(strip).to_be_hidden()
        expect(page.locator("#field-family")).to_be_focused()
        expect(page.locator("#field-family")).to_have_value("")
        page.locator("#card-tabs [role='tab']").first.click()
        expect(strip).to_be_visible()


# MARK: Nothing typed is lost


def test_u05_leaving_names_what_is_not_saved(page, suite):
    """D-312 U-05."""
    sign_in(page, suite)
    new_card(page)
    page.keyboard.type("Уходящий")
    page.click("#button-leave")
    page.click("#button-leave")
    expect(page.locator("#question")).to_contain_text("Не сохранено: «Уходящий»")
    page.click("[data-choice='stay']")
    expect(page.locator("#field-family")).to_have_value("Уходящий")
    page.click("#button-leave")
    page.click("#button-leave")
    page.click("[data-choice='leave']")
    expect(page.locator("#login")).to_be_visible()


def test_u05_leaving_in_a_conversation_says_so(page, suite):
    """D-312 U-05."""
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        page.click("#button-leave")
        page.click("#button-leave")
        expect(page.locator("#question")).to_contain_text("Идёт разговор")
        page.click("[data-choice='stay']")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "talking")


def test_u06_a_draft_is_kept_while_it_is_typed(page, other, suite):
    """D-312 U-06: seen in another window, there after a crash, one entry in the history."""
    sign_in(page, suite)
    new_card(page)
    page.fill("#field-phone", "89271234567")
    page.fill("#field-essence", "Первые слова")
    card_id = kept_by_server(page, suite, "Первые слова")
    page.fill("#field-essence", "Первые слова и дальше")
    expect(page.locator("#card-tabs .unsaved")).to_have_count(0)
    until(page, "path => fetch(path).then(answer => answer.json()).then(view => view.card.essence.length > 15)",
          f"/api/appeals/{card_id}")
    view = server_card(page, suite, card_id)
    assert view["card"]["phone"] == "+79271234567" and view["state"] == "draft"
    assert [entry["text"] for entry in view["history"]].count("Черновик сохранён") == 1
    # Another window has it without a word from this one.
    sign_in(other, suite, login="operator2")
    other.locator(f"#card-list [data-appeal='{card_id}']").click()
    expect(other.locator("#field-essence")).to_have_value("Первые слова и дальше")
    # It is saved afterwards as any other.
    fill_card(page, new_family("Черно"), new_snils())
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card-number")).to_have_text(NUMBER)


def test_u06_what_the_server_does_not_have_outlives_a_reload_and_not_the_session(page, suite):
    """D-312 U-06: computers are shared."""
    sign_in(page, suite)
    asked = answer_dialogs(page)
    registered(page)
    page.fill("#field-measures", "Ещё не сохранено")
    page.keyboard.press("F7")
    page.fill("#forward-comment", "Комментарий, который долго писали")
    until(page, "Object.keys(sessionStorage).some(key => sessionStorage[key].includes('долго писали'))")
    page.reload()
    assert asked == ["beforeunload"]
    expect(page.locator("#field-measures")).to_have_value("Ещё не сохранено")
    expect(page.locator("#card-message")).to_contain_text("ещё не сохранено")
    page.keyboard.press("F7")
    expect(page.locator("#forward-comment")).to_have_value("Комментарий, который долго писали")
    page.fill("#forward-comment", "")
    page.click("#button-save")
    expect(page.locator("#card-message")).to_contain_text("Изменения сохранены")
    until(page, "Object.keys(sessionStorage).length === 0")
    page.fill("#field-measures", "И снова не сохранено")
    until(page, "Object.keys(sessionStorage).length === 1")
    page.click("#button-leave")
    page.click("#button-leave")
    page.click("[data-choice='leave']")
    expect(page.locator("#login")).to_be_visible()
    assert page.evaluate("sessionStorage.length + Object.keys(localStorage).filter(key => key.includes('unsaved')).length") == 0


def test_u07_a_comment_is_text_as_well_when_the_session_is_over(page, suite):
    """D-312 U-07: and when its card is put away."""
    sign_in(page, suite)
    registered(page)
    page.keyboard.press("F7")
    page.select_option("#forward-organization", index=1)
    page.fill("#forward-comment", "Длинный комментарий")
    page.locator("#card-tabs .close").click()
    expect(page.locator("#question")).to_contain_text("есть несохранённое")
    page.click("[data-choice='stay']")
    page.context.clear_cookies()
    page.click("#forward-send")
    expect(page.locator("#session-strip")).to_be_visible()
    expect(page.locator("#forward-comment")).to_have_value("Длинный комментарий")
    again = page.context.new_page()
    sign_in(again, suite)
    again.close()
    page.click("#forward-send")
    expect(page.locator("#forward-message")).to_have_class(re.compile("good"))


def test_u07_nothing_is_done_in_the_name_of_whoever_signed_in_meanwhile(page, suite):
    """D-312 U-07, a sibling: a browser has one session for all windows."""
    sign_in(page, suite)
    registered(page)
    page.fill("#field-essence", "Прежний набрал")
    again = page.context.new_page()
    # Both windows are seen all the time.
    sign_in(again, suite, login="operator3")
    expect(page.locator("#session-strip")).to_contain_text("вошёл другой сотрудник: Оператор 3")
    # Neither the line nor the card does anything in the other one's name.
    expect(page.locator("#button-ready")).to_be_disabled()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card-message")).to_contain_text("От его имени ничего не сохраняется")
    expect(page.locator("#field-essence")).to_have_value("Прежний набрал")
    assert not [person for person in page.request.get(suite.desk + "/api/line").json()["operators"]
                if person["operatorID"] == "operator3"]


def test_u09_a_long_text_is_taken_whole_counted_and_refused(page, suite):
    """D-312 U-09: the essence, and the comment of a forwarding."""
    sign_in(page, suite)
    registered(page)
    text = (LONG * 300)[:10_010]
    page.fill("#field-essence", text)
    expect(page.locator("#count-essence")).to_have_text(re.compile(r"10\s?0\d\d из 4\s?000"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#error-essence")).to_contain_text("Сократите текст")
    expect(page.locator("#field-essence")).to_be_focused()
    assert page.input_value("#field-essence") == text
    # An emoji is one sign, here as on the server, and no word.
    page.fill("#field-essence", "ё" + "👍🏽" * 3_998)
    expect(page.locator("#count-essence")).to_have_text(re.compile(r"3\s?999 из 4\s?000"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card-message")).to_contain_text("Изменения сохранены")
    page.keyboard.press("F7")
    page.select_option("#forward-organization", index=1)
    page.fill("#forward-comment", text)
    expect(page.locator("#forward-count")).to_have_text(re.compile(r"10\s?0\d\d из 4\s?000"))
    page.click("#forward-send")
    expect(page.locator("#forward-message")).to_contain_text("Сократите текст")
    page.fill("#forward-comment", "")


def test_u15_of_two_writers_none_is_overwritten_unseen(page, other, suite):
    """D-312 U-15: both texts are shown and one is chosen."""
    sign_in(page, suite)
    number = registered(page)
    sign_in(other, suite, login="operator2")
    other.locator("#card-list button", has_text=number[-6:]).click()
    expect(other.locator("#card-number")).to_have_text(f"№ {number}")
    other.fill("#field-measures", "Второй: вызван врач")
    page.fill("#field-measures", "Первый: перезвонили")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card-message")).to_contain_text("Изменения сохранены")
    theirs = other.locator("#conflict-measures")
    expect(theirs).to_contain_text("Первый: перезвонили")
    other.screenshot(path=picture("u15-both"))
    other.focus("#field-measures")
    other.keyboard.press("Control+Enter")
    expect(other.locator("#card-message")).to_contain_text("выберите, какой текст оставить")
    other.click("[data-settle='both-measures']")
    expect(theirs).to_have_count(0)
    expect(other.locator("#field-measures")).to_have_value("Первый: перезвонили\nВторой: вызван врач")
    other.keyboard.press("Control+Enter")
    expect(other.locator("#card-message")).to_contain_text("Изменения сохранены")
    expect(page.locator("#field-measures")).to_have_value("Первый: перезвонили\nВторой: вызван врач")


def test_u16_signs_that_nobody_sees_do_not_block_a_card(page, suite):
    """D-312 U-16: NUL, a bell, a lone surrogate, marks of direction."""
    sign_in(page, suite)
    new_card(page)
    fill_card(page, "\u202d" + new_family("Знак") + "\u202c", new_snils())
    page.evaluate("""() => {
        const field = document.getElementById("field-essence");
        field.value = "до\\0после \\u0007звонок \\ud800половина \\u202eсправа\\u202c конец 👍";
        field.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    expect(page.locator("#field-essence")).to_have_value("допосле звонок половина справа конец 👍")


def test_u16_a_refusal_stands_at_its_field(page, suite):
    """D-312 U-16: the server names the field that it refuses."""
    sign_in(page, suite)
    new_card(page)
    fill_card(page, new_family("Отказ"), new_snils())
    page.route("**/api/appeals/*", lambda route: route.fulfill(
        status=422, json={"errorID": "field-invalid", "message": "Адрес не разобран.", "field": "card.address"})
        if route.request.method == "PUT" else route.continue_())
    page.keyboard.press("Control+Enter")
    expect(page.locator("#error-address")).to_have_text("Адрес не разобран.")
    expect(page.locator("#field-address")).to_be_focused()
    page.unroute("**/api/appeals/*")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card-number")).to_have_text(NUMBER)


def test_u21_latin_letters_in_a_name_are_doubted_and_russian_ones_offered(page, suite):
    """D-312 U-21: the other layout, look-alikes; a foreign name is left as it is."""
    sign_in(page, suite)
    new_card(page)
    page.fill("#field-family", "bdfyjd")
    page.press("#field-family", "Enter")
    expect(page.locator("#warning-family")).to_contain_text("проверьте раскладку")
    page.click("[data-offer='family']")
    expect(page.locator("#field-family")).to_have_value("Иванов")
    expect(page.locator("#warning-family")).to_have_count(0)
    page.fill("#field-family", "Иванoв")
    page.press("#field-family", "Enter")
    page.click("[data-offer='family']")
    assert page.input_value("#field-family") == "Иванов"
    page.fill("#field-family", "Smith")
    page.press("#field-family", "Enter")
    expect(page.locator("#warning-family")).to_contain_text("латинскими буквами")
    expect(page.locator("[data-offer='family']")).to_have_count(0)


def test_u25_saving_nothing_new_leaves_the_history_alone(page, suite):
    """D-312 U-25."""
    sign_in(page, suite)
    registered(page)
    before = page.locator("#history li").count()
    page.click("#button-save")
    expect(page.locator("#card-message")).to_contain_text("Изменений нет")
    assert page.locator("#history li").count() == before


def test_u24_a_day_is_read_as_people_write_it(page, suite):
    """D-312 U-24: and the promise keeps no date field of the browser."""
    sign_in(page, suite)
    assert page.get_attribute("#promise-day", "type") is None
    read = page.evaluate("""async () => {
        const { readDay, readTime } = await import("/assets/promise.js");
        const day = (text) => readDay(text, "2026-11-30").value ?? null;
        return [["завтра", "1.12", "1.12.26", "01122026", "29.11", "2026-12-01", "31.02.2027", "32"].map(day),
            ["9", "10.30", "1030", "23:59", "24:00", "7:5"].map((text) => readTime(text).value ?? null)];
    }""")
    assert read == [["2026-12-01", "2026-12-01", "2026-12-01", "2026-12-01", "2027-11-29", "2026-12-01", None, None],
                    ["09:00", "10:30", "10:30", "23:59", None, None]]


# MARK: Words at the right moment


def test_u11_the_phrases_follow_the_moment(page, suite):
    """D-312 U-11 b, d, and the emergency's words."""
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        speech = page.locator("#speech")
        expect(speech).to_have_attribute("data-moment", "greeting")
        page.fill("#field-given", "Анна")
        expect(speech).to_have_attribute("data-moment", "questioning")
        expect(page.locator("#speech-words")).not_to_contain_text("Здравствуйте")
        page.keyboard.press("F4")
        expect(speech).to_have_attribute("data-moment", "hold")
        page.keyboard.press("F4")
        expect(page.locator("#speech-words")).to_contain_text("спасибо, что подождали")
        page.keyboard.press("F9")
        expect(page.locator("#speech-words")).to_contain_text("соединяю вас со скорой помощью")
        page.keyboard.press("Escape")


def test_u11_u20_a_consultation_has_no_words_for_the_caller_and_103_stays(page, other, suite):
    """D-312 U-11 a, c; U-20: 103 in mid-consultation lets the colleague go."""
    with working(page, suite, "operator1"), working(other, suite, "level2-oms"):
        become_ready(other)
        suite.ring_for("1801", 1)
        take_a_call(page, suite)
        page.keyboard.press("F6")
        page.select_option("#transfer-target", "operator:level2-oms")
        expect(page.locator("#speech")).to_have_attribute("data-moment", "transfer")
        page.click("#transfer-consult")
        expect(page.locator("#transfer-going")).to_have_attribute("data-transfer", "consulting", timeout=RING)
        for window in page, other:
            expect(window.locator("#speech")).to_have_attribute("data-moment", "none")
        page.click("#transfer-cancel")
        expect(page.locator("#transfer-steps")).to_be_visible()
        expect(page.locator("#speech")).to_have_attribute("data-moment", "afterHold")
        expect(page.locator("#transfer-target")).to_have_value("")
        expect(other.locator("#own-state")).to_have_attribute("data-state", re.compile("ready|afterCall"), timeout=RING)
        become_ready(other)
        expect(page.locator("#transfer-going")).to_have_attribute("data-transfer", "none")
        page.select_option("#transfer-target", "operator:level2-oms")
        page.click("#transfer-consult")
        expect(page.locator("#transfer-going")).to_have_attribute("data-transfer", "consulting", timeout=RING)
        expect(page.locator("#button-emergency")).to_be_enabled()
        page.keyboard.press("F9")
        page.keyboard.press("F9")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "afterCall", timeout=RING)
        expect(page.locator("#history")).to_contain_text("Вызов передан экстренной службе", timeout=RING)


def test_u19_the_operator_reads_who_hears_and_who_is_heard(page, other, suite):
    """D-312 U-19."""
    with working(page, suite, "operator1"):
        sign_in(other, suite, login="supervisor")
        take_a_call(page, suite)
        row = other.locator("[data-operator='operator1']")
        expect(row).to_have_attribute("data-state", "talking", timeout=RING)
        row.locator("[data-mode='listen']").click()
        expect(page.locator("#listened")).to_contain_text("Слушает старший", timeout=RING)
        expect(row.locator("[data-mode='listen']")).to_have_attribute("aria-pressed", "true")
        expect(other.locator("#board-message")).to_be_hidden()
        row.locator("[data-mode='join']").click()
        expect(page.locator("#listened")).to_contain_text("его слышит абонент", timeout=RING)
        expect(row.locator("[data-mode='join']")).to_have_attribute("aria-pressed", "true", timeout=RING)
        row.locator("[data-mode='whisper']").click()
        expect(page.locator("#listened")).to_contain_text("Подсказывает", timeout=RING)


def test_u23_after_a_transfer_the_way_on_is_seen(page, suite):
    """D-312 U-23: the card is somebody else's, the button is there all the same."""
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        card_id = shown_id(page)
        page.route(f"**/api/appeals/{card_id}", lambda route: route.fulfill(status=403, json={"errorID": "not-yours"}))
        page.keyboard.press("F9")
        page.keyboard.press("F9")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "afterCall", timeout=RING)
        expect(page.locator("#card-message")).to_contain_text("Карточка передана", timeout=RING)
        expect(page.locator("#button-finish")).to_have_text(re.compile("^Готов"))
        page.click("#button-finish")
        expect(page.locator("#own-state")).to_have_attribute("data-state", "ready", timeout=RING)


# MARK: Roles


def test_u08_a_clinic_reads_what_it_is_asked_and_by_whom(page, other, suite):
    """D-312 U-08: the comment, the visit, names instead of logins, nothing to type."""
    sign_in(page, suite)
    number = registered(page)
    page.keyboard.press("F7")
    page.select_option("#forward-organization", "gp-1")
    page.fill("#forward-comment", "Просит перезвонить после шести вечера.")
    page.click("#forward-send")
    expect(page.locator("#forward-message")).to_have_class(re.compile("good"))
    sign_in(other, suite, login="org-gp-1")
    listed = other.locator("#card-list button", has_text=number[-6:])
    expect(listed).to_contain_text("Запись к врачу")
    expect(listed).not_to_contain_text("поликлиника")
    visit = {"clinicName": "Поликлиника № 1", "specialityName": "Терапевт", "doctorName": "Белова И. И.", "room": "12",
             "startsAt": "2026-12-24T07:30:00Z"}
    other.route("**/bookings", lambda route: route.fulfill(json=[{"bookingID": "b", "state": "booked", "visit": visit}]))
    listed.click()
    view = other.locator("#card-view")
    expect(view).to_contain_text("Просит перезвонить после шести вечера.")
    expect(view).to_contain_text("Оператор 2")
    expect(view).not_to_contain_text("operator2")
    expect(view).to_contain_text("Белова И. И.")
    expect(view).to_contain_text("кабинет 12")
    expect(other.locator("#button-save")).to_be_hidden()
    expect(view.locator("input, select, textarea")).to_have_count(0)
    other.screenshot(path=picture("u08-clinic"))
    # The server's own answer is taken as well.
    other.unroute("**/bookings")
    card_id = listed.get_attribute("data-appeal")
    assert other.request.get(f"{suite.desk}/api/appeals/{card_id}/bookings").json() == []


@pytest.mark.parametrize("login, words, keys", [
    ("admin", "Выберите карточку слева или откройте новую", ["F7", "F8", "Ctrl+Enter"]),
    ("org-gp-1", "переданные вашей организации", []),
    ("operator2", "Карточка откроется сама", ["F2", "F4", "F6", "F7", "F8", "F9", "Ctrl+Enter"]),
], ids=["admin", "clinic", "operator"])
def test_u17_each_role_is_addressed_as_what_it_is(page, suite, login, words, keys):
    """D-312 U-17: the empty middle, the footer, the axe of each role."""
    sign_in(page, suite, login=login)
    expect(page.locator("#card-empty")).to_have_text(re.compile(words))
    assert page.locator("#footer-keys kbd").all_inner_texts() == keys
    accessible(page)


def test_u17_who_takes_no_calls_is_offered_none(page, other, suite):
    """D-312 U-17: «Позвонить» needs a line."""
    sign_in(page, suite)
    new_card(page)
    fill_card(page, new_family("Роль"), new_snils())
    page.fill("#field-phone", "89271234567")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card-number")).to_have_text(NUMBER)
    expect(page.locator("#button-call-citizen")).to_be_visible()
    sign_in(other, suite, login="admin")
    other.locator("#card-list button", has_text=page.locator("#card-number").inner_text()[-6:]).click()
    expect(other.locator("#field-phone")).to_have_value("+7 (927) 123-45-67")
    expect(other.locator("#button-call-citizen")).to_be_hidden()


def test_u18_a_missed_norm_is_marked_by_a_word(page, suite):
    """D-312 U-18: and a kept one is not."""
    figures = {"offered": 19, "answered": 17, "shareOfAccepted": 0.95, "unanswered": 0.105, "waitedOverLimit": 1}
    page.route("**/api/indicators?*", lambda route: route.fulfill(json=figures))
    page.route("**/api/indicators/callbacks?*", lambda route: route.fulfill(json={
        "broken": 2, "dialledInTime": 2, "dueTwice": 0, "dialledTwice": 0, "promisesDue": 0, "promisesKept": 0}))
    sign_in(page, suite, login="admin")
    box = page.locator("#board-indicators")
    for title, is_missed in [("Без ответа", True), ("Ждали дольше", True), ("За 60 с", False), ("Набраны за", False)]:
        figure = box.locator("div", has_text=title)
        expect(figure).to_be_visible()
        assert figure.locator(".missed").count() == is_missed, title


def test_u18_a_callback_on_the_board_names_its_card(page, suite):
    """D-312 U-18."""
    sign_in(page, suite)
    number = registered(page)
    page.click("#button-leave")
    page.click("#button-leave")
    expect(page.locator("#login")).to_be_visible()
    callback = {"callbackID": "c", "callID": "00000000-0000-0000-0000-000000000001", "state": "open", "kind": "brokenCall",
                "brokenAt": "2026-11-30T09:00:00Z", "attempts": []}
    summaries = {}

    def with_call(route):
        cards = route.fetch().json()
        found = next(card for card in cards if card.get("number") == number)
        found["callID"], found["caller"] = callback["callID"], "+79270000001"
        summaries["id"] = found["appealID"]
        route.fulfill(json=cards if "callID=" not in route.request.url else [found])

    page.route(re.compile(r"/api/callbacks\?needsOperator"), lambda route: route.fulfill(json=[callback]))
    page.route(re.compile(r"/api/appeals$"), with_call)
    page.route(re.compile(r"/api/appeals\?callID"), lambda route: route.fulfill(json=[{"appealID": summaries["id"]}]))
    sign_in(page, suite, login="admin")
    button = page.locator("[data-callback-card='c']")
    expect(page.locator("#card-list")).to_contain_text(number[-6:])
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(button).to_have_text(re.compile(f"№ {number[-6:]}.*927"), timeout=10_000)
    button.click()
    expect(page.locator("#card-number")).to_have_text(f"№ {number}")


def test_u14_drafts_without_a_name_are_told_apart_by_the_caller(page, suite):
    """D-312 U-14: also when the call is over and the page was loaded anew."""
    number = "+7927" + "".join(random.choices("0123456789", k=7))
    local = f"{number[-7:-4]}-{number[-4:-2]}-{number[-2:]}"
    with working(page, suite, "operator1"):
        become_ready(page)
        suite.call_in(count=1, talk=20_000, numbers=[number])
        expect(page.locator("#card-form")).to_be_visible(timeout=RING)
        suite.hang_up(number)
        expect(page.locator("#own-state")).to_have_attribute("data-state", "afterCall", timeout=RING)
        page.click("#button-ready")
        page.reload()
        row = page.locator("#card-list [data-state='draft']", has_text=local)
        expect(row).to_contain_text("не дозаполнено")


# MARK: Keys, screens, accessibility


def test_keys_reach_every_state_and_the_help_lists_them(page, suite):
    """D-312, desk.md 3: «Готов», «Перерыв», «К консультации», «Завершить», «Новая», help; focus never falls to the page."""
    with working(page, suite, "operator1"):
        state = page.locator("#own-state")
        page.keyboard.press("Alt+KeyG")
        expect(page.locator("#break-menu button").first).to_be_focused()
        first = page.evaluate("document.activeElement.dataset.break")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.dataset.break") not in (None, first)
        page.keyboard.press("Home")
        assert page.evaluate("document.activeElement.dataset.break") == first
        page.keyboard.press("Escape")
        expect(page.locator("#button-break")).to_be_focused()
        page.keyboard.press("Alt+KeyU")
        expect(state).to_have_attribute("data-state", re.compile("ready|ringing|talking"))
        suite.call_in(count=1, talk=20_000)
        expect(page.locator("#field-family")).to_be_focused(timeout=RING)
        page.keyboard.press("Alt+KeyR")
        expect(page.locator("#clock-consultation")).to_have_attribute("data-running", "true")
        page.focus("#button-hang-up")
        page.keyboard.press("Alt+KeyP")
        page.wait_for_timeout(1_100)
        page.keyboard.press("Alt+KeyP")
        expect(state).to_have_attribute("data-state", "afterCall", timeout=RING)
        # The button is off; the focus goes on to where there is something to do.
        expect(page.locator("#button-hang-up")).to_be_disabled()
        until(page, "document.activeElement !== document.body")
        page.keyboard.press("Alt+KeyY")
        expect(page.locator("#card-tabs [role='tab']")).to_have_count(2)
        page.keyboard.press("F1")
        expect(page.locator("#help")).to_contain_text("завершить разговор, дважды")
        page.screenshot(path=picture("keys-help"))
        page.keyboard.press("Escape")
        expect(page.locator("#help")).to_be_hidden()
        page.locator("#card-tabs [aria-selected='true']").focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        expect(page.locator("#card-tabs [role='tab']").first).to_have_attribute("aria-selected", "true")
        page.locator("#tab-booking").focus()
        page.keyboard.press("?")
        expect(page.locator("#help")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#tab-booking")).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#pane-forward")).to_be_visible()
        expect(page.locator("#tab-forward")).to_be_focused()


def test_focus_stays_with_forwarding(page, suite):
    """D-312, desk.md 3: after «Передать» the focus is in the pane, not on the page."""
    sign_in(page, suite)
    registered(page)
    page.keyboard.press("F7")
    page.select_option("#forward-organization", index=1)
    page.locator("#forward-send").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#forward-message")).to_have_class(re.compile("good"))
    until(page, "document.activeElement.closest('.right') !== null")


def accessible(page):
    """No violation of WCAG 2.2 A and AA, nor of best practice."""
    found = Axe().run(page, options={
        "resultTypes": ["violations"],
        "runOnly": {"type": "tag",
                    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    })
    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_nothing_on_an_open_card_and_in_its_panes(page, suite):
    """D-312, desk.md 5: aria-required-children, color-contrast, target-size, page-has-heading-one."""
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#error-family")).to_be_visible()
        page.fill("#field-family", "Иванoв")
        page.press("#field-family", "Enter")
        page.click("#button-new-card")
        expect(page.locator("#other-call")).to_be_visible()
        accessible(page)
        page.keyboard.press("F2")
        for key in "F6", "F7", "F8":
            page.keyboard.press(key)
            accessible(page)
        page.keyboard.press("F1")
        accessible(page)
        page.keyboard.press("Escape")


def test_zoom_does_not_scroll_sideways(page, suite):
    """D-312, desk.md 4: 200 % and 400 % of a screen of 1366, in a conversation."""
    with working(page, suite, "operator1"):
        take_a_call(page, suite)
        for width, height in (960, 540), (683, 384), (342, 400):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=picture(f"zoom-{width}"))
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
            expect(page.locator("#own-state")).to_be_in_viewport()


def test_forced_colours_keep_what_is_chosen(page, suite):
    """D-312, desk.md 4: a mark by ground alone is lost when the person chooses the colours."""
    page.emulate_media(forced_colors="active")
    sign_in(page, suite)
    new_card(page)
    page.check("#field-noPatronymic")
    page.screenshot(path=picture("forced-colours"))
    style = "selector => { const style = getComputedStyle(document.querySelector(selector)); return parseFloat(style.%s); }"
    assert page.evaluate(style % "borderTopWidth", "#own-state") >= 1
    assert page.evaluate(style % "borderTopWidth", "#card-tabs .tab.current") >= 3
