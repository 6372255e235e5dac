// Signing in: the answer sets the cookie, then the desk opens.
const form = document.getElementById("login");
const message = document.getElementById("login-error");
const button = document.getElementById("login-submit");

function show(text) {
    message.textContent = text;
    message.hidden = text === "";
}

form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const login = form.elements.login.value.trim();
    const password = form.elements.password.value;
    if (login === "" || password === "") {
        show("Укажите логин и пароль.");
        (login === "" ? form.elements.login : form.elements.password).focus();
        return;
    }
    show("");
    button.disabled = true;
    try {
        const response = await fetch("/api/session", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ login, password }),
            signal: AbortSignal.timeout(30_000),
        });
        if (response.ok) {
            location.assign("/");
            return;
        }
        const failure = await response.json().catch(() => null);
        show(failure?.message ?? "Войти не удалось. Попробуйте ещё раз.");
        form.elements.password.select();
    } catch {
        show("Нет связи с сервером. Проверьте сеть и попробуйте ещё раз.");
    }
    button.disabled = false;
});
