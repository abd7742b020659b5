"""How a device is, and how a silent gateway is told apart from silent devices."""

from datetime import date, timedelta
from typing import Any

import pytest

from parvis.telemetry.devices import batteries
from parvis.telemetry.devices.models import Battery, Device, Gateway
from parvis.telemetry.devices.rules.battery import Forecast, Level, forecast
from parvis.telemetry.devices.rules.health import Health

from .factories import NOW, chirpstack, later, make_device, make_profile, make_source, raw

HOUR = timedelta(hours=1)
TODAY = date(2026, 3, 1)


def health_of(device: Device) -> Health:
    return Device.objects.with_health(NOW).get(pk=device.pk).health


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Health.NEVER),
        ({"last_seen_at": NOW}, Health.OK),
        ({"last_seen_at": NOW - 3 * HOUR}, Health.OK),  # three periods exactly
        ({"last_seen_at": NOW - 3 * HOUR - timedelta(seconds=1)}, Health.SILENT),
        ({"last_seen_at": NOW, "battery_percent": 20.0}, Health.OK),
        ({"last_seen_at": NOW, "battery_percent": 19.9}, Health.LOW_BATTERY),
        ({"last_seen_at": NOW - 9 * HOUR, "battery_percent": 5.0}, Health.SILENT),  # one problem at a time
        ({"last_seen_at": NOW, "is_active": False}, Health.DISABLED),
        ({"is_active": False}, Health.DISABLED),
    ],
)
def test_the_health_of_a_device_expected_every_hour(fields: dict[str, Any], expected: Health) -> None:
    assert health_of(make_device(make_profile(expected_period_s=3600), **fields)) is expected


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "expected"), [(24, Health.OK), (25, Health.SILENT)])
@pytest.mark.parametrize("with_profile", [True, False])
def test_without_period_a_day_is_awaited(hours: int, expected: Health, with_profile: bool) -> None:
    profile = make_profile() if with_profile else None
    assert health_of(make_device(profile, last_seen_at=NOW - hours * HOUR)) is expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("gateway_seen", "expected"),
    [
        (timedelta(minutes=1), Health.SILENT),  # it hears others
        (9 * HOUR, Health.GATEWAY_SILENT),  # it fell silent an hour after the device was last heard
        (7 * HOUR, Health.GATEWAY_SILENT),  # exactly when the third uplink was due
        (6 * HOUR, Health.SILENT),  # it heard others long after the device was missed
        (11 * HOUR, Health.GATEWAY_SILENT),
        (None, Health.SILENT),  # nobody knows this gateway
    ],
)
def test_behind_a_silent_gateway_the_device_is_not_accused(gateway_seen: timedelta | None, expected: Health) -> None:
    if gateway_seen is not None:
        Gateway.objects.create(number="aa", created_at=NOW, last_seen_at=NOW - gateway_seen)
    silent = make_device(make_profile(expected_period_s=3600), gateway="aa", last_seen_at=NOW - 10 * HOUR)
    assert health_of(silent) is expected
    heard_by_another = make_device(silent.profile, gateway="aa", last_seen_at=NOW)
    assert health_of(heard_by_another) is Health.OK


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "expected"), [(90, Health.BATTERY_ENDING), (91, Health.OK), (None, Health.OK)])
def test_a_battery_that_ends_soon_is_told(days: int | None, expected: Health) -> None:
    device = make_device(last_seen_at=NOW, battery_percent=50)
    ends_on = None if days is None else NOW.date() + timedelta(days=days)
    Battery.objects.create(device=device, measured_on=NOW.date(), ends_on=ends_on)
    assert health_of(device) is expected


def falling(slope: float, *, days: int = 60, start: float = 80.0, every: int = 3) -> list[Level]:
    """Levels until `TODAY`, `slope` per cent a day."""
    return [(TODAY - timedelta(days=age), start + slope * (days - age)) for age in range(days, -1, -every)]


def test_a_steady_fall_gives_the_day_it_reaches_ten_per_cent() -> None:
    found = forecast(falling(-0.5), TODAY)
    assert found == Forecast(is_known=True, ends_on=TODAY + timedelta(days=80), percent_a_month=-15.0)


def test_wrong_levels_change_little() -> None:
    levels = falling(-0.5)
    spoilt = [
        (day, 100.0 if at in (3, 9) else 0.0 if at in (6, 15) else level) for at, (day, level) in enumerate(levels)
    ]
    ends_on = forecast(spoilt, TODAY).ends_on
    assert ends_on is not None
    assert abs((ends_on - (TODAY + timedelta(days=80))).days) <= 8


def test_levels_told_by_steps_are_understood() -> None:
    stepped = [(day, float(round(level / 5) * 5)) for day, level in falling(-0.5)]
    ends_on = forecast(stepped, TODAY).ends_on
    assert ends_on is not None
    assert abs((ends_on - (TODAY + timedelta(days=80))).days) <= 10


@pytest.mark.parametrize(
    "levels",
    [
        [],
        falling(-0.5)[:4],
        falling(-0.5, days=12, every=1),  # too short, however many
        [(day - timedelta(days=90), level) for day, level in falling(-0.5)],  # too long ago
        [*falling(-0.5)[:-3], *((day, 99.0) for day, _ in falling(-0.5)[-3:])],  # replaced a week ago
    ],
)
def test_too_little_says_nothing(levels: list[Level]) -> None:
    assert forecast(levels, TODAY) == Forecast()


@pytest.mark.parametrize("slope", [0.0, 0.1, -0.01])
def test_what_does_not_fall_has_no_end(slope: float) -> None:
    found = forecast(falling(slope), TODAY)
    assert (found.is_known, found.ends_on) == (True, None)


def test_an_empty_battery_ends_today() -> None:
    assert forecast(falling(-0.5, start=35.0), TODAY).ends_on == TODAY


def test_a_replaced_battery_is_judged_by_itself() -> None:
    old = [(TODAY - timedelta(days=60 - day), 12.0 - day * 0.1) for day in range(0, 30, 3)]
    new = [(TODAY - timedelta(days=30 - day), 100.0 - day) for day in range(0, 31, 3)]
    assert forecast([*old, *new], TODAY).ends_on == TODAY + timedelta(days=60)


@pytest.mark.django_db
def test_batteries_are_written_down_every_third_day_and_announce_their_end() -> None:
    device, mains = make_device(last_seen_at=NOW), make_device(last_seen_at=NOW)
    for day in range(0, 40):
        at = NOW + timedelta(days=day)
        Device.objects.filter(pk=device.pk).update(last_seen_at=at, battery_percent=60 - day)
        batteries.measure(at)
        assert batteries.measure(at) == 0
    battery = Battery.objects.get()
    assert battery.device == device
    assert len(battery.levels) == 14
    assert battery.ends_on == NOW.date() + timedelta(days=50)
    assert not Battery.objects.filter(device=mains).exists()


@pytest.mark.django_db
def test_a_device_that_is_silent_is_not_measured() -> None:
    make_device(last_seen_at=NOW - timedelta(days=3), battery_percent=50)
    assert batteries.measure(NOW) == 0


@pytest.mark.django_db
def test_the_history_of_a_battery_joins_what_is_written_and_what_is_still_kept() -> None:
    from parvis.telemetry.devices.ingestion import ingest

    device = make_device(make_profile())
    Battery.objects.create(device=device, measured_on=TODAY, levels=[["2026-01-01", 90.0], ["2026-03-01", 70.0]])
    source = make_source()
    ingest([raw(source, chirpstack(device.eui), at=NOW)], now=later(1))  # says nothing of its battery
    body = chirpstack(device.eui, f_cnt=1).replace(b'"fCnt"', b'"batteryLevel": 50, "fCnt"')
    ingest([raw(source, body, event="up", at=NOW)], now=later(1))
    assert dict(batteries.history(device))[date(2026, 1, 1)] == 90.0
