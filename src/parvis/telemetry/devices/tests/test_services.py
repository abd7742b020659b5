"""What agents do: keep the registry, lift a quarantine, replay."""

import pytest

from parvis.foundations.organisations.models import Organisation
from parvis.kernel.testing import deliver
from parvis.telemetry.devices import partitions
from parvis.telemetry.devices.ingestion import OutcomeStatus, ingest
from parvis.telemetry.devices.models import Codec, Device, Replay, Uplink
from parvis.telemetry.devices.services.codecs import CodecNameTaken, create_codec, next_version
from parvis.telemetry.devices.services.devices import save_device
from parvis.telemetry.devices.services.quarantine import lift_quarantine
from parvis.telemetry.devices.services.replaying import ReplayFilter, replay_one, start_replay

from .factories import (
    NOW,
    TEMPERATURE,
    chirpstack,
    later,
    make_codec,
    make_device,
    make_entity,
    make_profile,
    make_source,
    make_thermometer,
    raw,
)

pytestmark = pytest.mark.django_db
ACTOR = "urn:ngsi-ld:Person:1"


def test_a_new_version_serves_the_profiles_of_the_old_one() -> None:
    codec = create_codec(name="thermo", source="throw 1", organisation=None, actor=ACTOR, now=NOW)
    device = make_device(make_profile(codec))
    made = next_version(codec=codec, source=TEMPERATURE, actor=ACTOR, now=NOW)
    assert (made.version, made.name) == (2, "thermo")
    device.refresh_from_db()
    assert device.profile and device.profile.codec == made
    assert Codec.objects.get(pk=codec.pk).source == "throw 1"
    # From an old one too, the next version is the next of all; and the same text makes none.
    assert next_version(codec=codec, source="throw 3", actor=ACTOR, now=NOW).version == 3
    assert next_version(codec=made, source=TEMPERATURE, actor=ACTOR, now=NOW) == made
    assert list(Codec.objects.latest_versions().values_list("version", flat=True)) == [3]


def test_a_name_is_one_codec() -> None:
    make_codec(name="thermo")
    with pytest.raises(CodecNameTaken):
        create_codec(name="thermo", source="", organisation=None, actor=ACTOR, now=NOW)


def test_changing_a_device_leaves_what_ingestion_wrote_meanwhile() -> None:
    source, device = make_source(), make_thermometer()
    opened = Device.objects.get(pk=device.pk)
    ingest([raw(source, chirpstack(device.eui, f_cnt=9))], now=NOW)
    opened.name = "Renommé"
    save_device(device=opened, actor=ACTOR, now=NOW)
    device.refresh_from_db()
    assert (device.name, device.f_cnt, device.last_seen_at) == ("Renommé", 9, NOW)


def test_what_waited_for_a_codec_is_replayed_once_it_is_repaired() -> None:
    """The whole story: a hostile codec, its quarantine, the repair, the replay; no reading is lost."""
    source = make_source()
    codec = make_codec("function decodeUplink() { while (true); }")
    devices = [make_device(make_profile(codec)) for _ in range(3)]
    ingest([raw(source, chirpstack(device.eui)) for device in devices], now=NOW)
    assert Uplink.objects.rejected().count() == 3
    next_version(codec=codec, source=TEMPERATURE, actor=ACTOR, now=NOW)
    replay = start_replay(wanted=ReplayFilter(), actor=ACTOR, now=NOW)
    assert (replay.total, replay.done) == (3, 0)
    deliver()
    replay.refresh_from_db()
    assert (replay.done, replay.accepted, replay.finished_at is not None) == (3, 3, True)
    assert not Uplink.objects.rejected().exists()


def test_lifting_a_quarantine_lets_the_codec_run_again() -> None:
    source, device = make_source(), make_thermometer()
    assert device.profile and device.profile.codec
    Codec.objects.update(quarantined_at=NOW, quarantine="overran", quarantine_detail="x")
    (outcome,) = ingest([raw(source, chirpstack(device.eui))], now=NOW)
    assert outcome.reason == "codec_quarantined"
    lift_quarantine(codec=device.profile.codec, actor=ACTOR, now=NOW)
    assert replay_one(uplink=Uplink.objects.get(), now=NOW).status is OutcomeStatus.ACCEPTED


def test_a_replay_goes_on_batch_after_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.telemetry.devices.services.replaying._BATCH", 2)
    source = make_source()
    euis = [f"02004d5450fff{number:03x}" for number in range(5)]
    ingest([raw(source, chirpstack(eui)) for eui in euis], now=NOW)
    profile = make_profile(make_codec())
    for eui in euis[:4]:
        make_device(profile, eui=eui)
    replay = start_replay(wanted=ReplayFilter(reason="unknown_device"), actor=ACTOR, now=NOW)
    # What comes after it was asked is for another.
    ingest([raw(source, chirpstack("02004d5450eeeeee"))], now=NOW)
    assert deliver() == 3
    replay.refresh_from_db()
    assert (replay.total, replay.done, replay.accepted) == (5, 5, 4)
    assert set(Uplink.objects.rejected().values_list("eui", flat=True)) == {euis[4], "02004d5450eeeeee"}


def test_many_uplinks_are_counted_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.telemetry.devices.services.replaying._MOST_COUNTED", 2)
    source = make_source()
    ingest([raw(source, chirpstack(f"02004d5450fff{number:03x}")) for number in range(5)], now=NOW)
    replay = start_replay(wanted=ReplayFilter(), actor=ACTOR, now=NOW)
    assert replay.total == 2
    deliver()
    replay.refresh_from_db()
    assert (replay.total, replay.done) == (5, 5)


def test_a_replay_is_narrowed_to_what_was_asked() -> None:
    water = Organisation.objects.create(kind="service", name="eau", short_name="eau", slug="eau")
    mine, other = make_source(organisation=water), make_source()
    known = make_device(organisation=water)
    # Of an unknown device, the source's organisation; of a known one, its own.
    bodies = [(mine, "02004d5450fffff1"), (other, "02004d5450fffff2"), (other, known.eui)]
    ingest([raw(source, chirpstack(eui)) for source, eui in bodies], now=NOW)
    found = ReplayFilter(organisation_ids=[water.pk]).uplinks()
    assert set(found.values_list("eui", flat=True)) == {"02004d5450fffff1", known.eui}
    assert ReplayFilter(source_id=other.pk, reason="no_profile").uplinks().get().eui == known.eui
    assert start_replay(wanted=ReplayFilter(organisation_ids=[water.pk]), actor=ACTOR, now=NOW).total == 2
    deliver()
    assert Replay.objects.get().done == 2


@pytest.mark.django_db(transaction=True)
def test_old_uplinks_leave_and_recent_ones_stay() -> None:
    source, device = make_source(), make_thermometer()
    ingest([raw(source, chirpstack(device.eui))], now=NOW)
    ingest([raw(source, chirpstack(device.eui, f_cnt=1, at=later(24 * 60)), at=later(24 * 60))], now=later(24 * 60))
    partitions.drop_past(later(24 * 60 * partitions.KEEP_DAYS))
    assert Uplink.objects.count() == 2
    partitions.drop_past(later(24 * 60 * (partitions.KEEP_DAYS + 1)))
    assert [uplink.f_cnt for uplink in Uplink.objects.all()] == [1]


def test_a_thing_that_leaves_keeps_its_device() -> None:
    entity = make_entity()
    device = make_device(entity=entity)
    entity.delete()
    device.refresh_from_db()
    assert device.entity_id is None
