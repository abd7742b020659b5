"""`parvis load devices`: a list from the command line."""

from pathlib import Path

import pytest

from parvis.kernel.errors import Refusal
from parvis.project.cli import load, parser
from parvis.telemetry.devices.models import Device, DeviceProfile

pytestmark = pytest.mark.django_db

TEXT = "dev_eui;nom;AppKey\n70b3d57ed0000001;Lampe;00112233445566778899aabbccddeeff\nxyz;;\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "capteurs.csv"
    path.write_text(TEXT, encoding="cp1252")
    return path


def run(*arguments: str) -> int:
    """Without the setting up of the database that the command does."""
    return load.load_devices(parser().parse_args(["load", "devices", *arguments]))


def test_a_dry_run_reports_and_keeps_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(file), "--dry-run") == 0
    told = capsys.readouterr()
    assert "1 créés" in told.out
    assert "keys were not read: AppKey" in told.err
    assert "  3: un DevEUI" in told.err
    assert "00112233" not in told.out + told.err
    assert not Device.objects.exists()


def test_devices_are_registered_with_the_profile_named(file: Path, tmp_path: Path) -> None:
    profile = DeviceProfile.objects.create(name="Lampadaire", entity_type="Streetlight")
    rejected = tmp_path / "rejected.csv"
    assert run(str(file), "--profile", "Lampadaire", "--rejected", str(rejected), "--synthetic") == 0
    device = Device.objects.get()
    assert (device.name, device.profile, device.synthetic) == ("Lampe", profile, True)
    assert rejected.read_text(encoding="utf-8-sig").splitlines()[1].startswith("3;xyz;")


def test_what_cannot_be_done_is_one_line(file: Path, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no device profile"):
        run(str(file), "--profile", "Rien")
    with pytest.raises(Refusal, match="No such file"):
        run(str(tmp_path / "nowhere.csv"))
    with pytest.raises(Refusal, match="slug"):
        run(str(file), "--owner", "nobody")
    (tmp_path / "wrong.csv").write_text("dev_eui\nxyz\n")
    assert run(str(tmp_path / "wrong.csv")) == 1
