"""The days of our production calendar against the independent PyPI package `holidays`.

The package knows the holidays of the Labour Code, the days moved by the Government and the weekends that are worked.
"""

import datetime
import json
import pathlib

import holidays
import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Shared" / "Vocabulary" / "ProductionCalendar"
YEARS = [2025, 2026, 2027]


def ours(year):
    data = json.loads((FOLDER / f"{year}.json").read_text(encoding="utf-8"))
    assert data["year"] == year
    return data


def is_working(data, day):
    if day.isoformat() in data["workingWeekends"]:
        return True
    return day.weekday() < 5 and day.isoformat() not in data["daysOff"]


def days(year):
    first = datetime.date(year, 1, 1)
    count = (datetime.date(year + 1, 1, 1) - first).days
    return [first + datetime.timedelta(days=number) for number in range(count)]


@pytest.mark.parametrize("year", YEARS)
def test_every_day_is_worked_or_off_as_the_package_says(year):
    data = ours(year)
    package = holidays.country_holidays("RU", years=year)
    different = [
        f"{day}: ours {'worked' if is_working(data, day) else 'off'}, {package.get(day)}"
        for day in days(year)
        if is_working(data, day) != package.is_working_day(day)
    ]
    assert different == []


@pytest.mark.parametrize("year", YEARS)
def test_every_holiday_of_the_package_is_among_our_days_off(year):
    data = ours(year)
    package = holidays.country_holidays("RU", years=year)
    assert sorted(day.isoformat() for day in package if day.isoformat() not in data["daysOff"]) == []


@pytest.mark.parametrize("year", YEARS)
def test_every_moved_day_lands_on_a_holiday_of_the_package(year):
    data = ours(year)
    package = holidays.country_holidays("RU", years=year)
    for move in data["moved"]:
        start, end = (datetime.date.fromisoformat(move[key]) for key in ("from", "to"))
        assert start.weekday() >= 5, move
        assert end in package and end.weekday() < 5, move


@pytest.mark.parametrize("year", YEARS)
def test_shortened_days_are_worked_and_stand_before_a_holiday(year):
    data = ours(year)
    fixed = {(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}
    for text in data["shortened"]:
        day = datetime.date.fromisoformat(text)
        assert is_working(data, day), text
        # The next day that is a holiday; a day off moved between the two does not make the day longer.
        following = [day + datetime.timedelta(days=number) for number in range(1, 4)]
        assert any((day.month, day.day) in fixed for day in following), text
