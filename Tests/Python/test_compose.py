"""docker-compose.yml: what belongs to the training stand goes away beside a real exchange (G-602)."""

import pathlib
import re

TEXT = (pathlib.Path(__file__).resolve().parents[2] / "docker-compose.yml").read_text(encoding="utf-8")


def service(name):
    return re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", TEXT, re.MULTILINE).group(1)


def settings(name):
    return dict(re.findall(r"^      ([A-Z_]+): (.+)$", service(name), re.MULTILINE))


def test_g602_the_desk_hears_of_a_real_exchange_and_the_demonstration_can_be_taken_away():
    desk = settings("operator-desk")
    # The same variables as those that lead call-intake and booking away from the stand, without the stand as default.
    assert desk["ARI_URL"] == "${ARI_URL:-}" and settings("call-intake")["ARI_URL"].startswith("${ARI_URL:-http")
    assert desk["MIS_URL"] == "${MIS_URL:-}" and settings("booking")["MIS_URL"].startswith("${MIS_URL:-http")
    # Set to nothing it is nothing; `:-` would bring the file back.
    assert desk["DEMO_PASSWORD_FILE"] == "${DEMO_PASSWORD_FILE-/run/secrets/demo-password}"


def test_g602_a_real_centre_keeps_its_hours():
    assert settings("call-intake")["LINE_HOURS"] == "${LINE_HOURS:-09:00-18:00}"
    assert settings("callback-dialer")["CALLBACK_HOURS"] == "${CALLBACK_HOURS:-09:00-21:00}"


def test_r705_the_desk_hears_which_proxies_it_may_believe():
    # Without them one address stands for everybody, and a stranger's wrong passwords pause the owner.
    assert settings("operator-desk")["HTTP_TRUSTED_PROXIES"] == "${HTTP_TRUSTED_PROXIES:-}"
