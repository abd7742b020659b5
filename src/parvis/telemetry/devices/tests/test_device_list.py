"""Lists of devices as they come: columns, encodings, and keys that must not come in."""

import pytest

from parvis.telemetry.devices.rules.device_list import ListRefused, read_devices_csv
from parvis.telemetry.devices.rules.eui import read_eui

EUI = "70b3d57ed0000001"
KEY = "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EUI, EUI),
        (EUI.upper(), EUI),
        ("70:B3:D5:7E:D0:00:00:01", EUI),
        ("70-b3-d5-7e-d0-00-00-01", EUI),
        ("70B3 D57E D000 0001", EUI),
        ("70b3d57ed000001", None),  # a leading zero lost by a spreadsheet
        ("70b3d57ed00000011", None),
        ("70b3d57ed000000g", None),
        ("", None),
    ],
)
def test_an_eui_is_read_however_it_is_written(text: str, expected: str | None) -> None:
    assert read_eui(text) == expected


@pytest.mark.parametrize(
    "content",
    [
        f"DevEUI;Nom;Équipement\n{EUI};Lampe d’été;12".encode(),
        f"\ufeffdev_eui,name,thing\r\n{EUI},Lampe d’été,12\r\n".encode(),
        f"DEV EUI\tNom\tInventaire\n{EUI}\tLampe d’été\t12".encode("cp1252"),
        f'"eui";"libellé";"numéro d’inventaire"\n"{EUI}";"Lampe d’été";"12"\n\n'.encode("utf-16"),
    ],
)
def test_separators_encodings_and_names_of_columns_are_recognised(content: bytes) -> None:
    (row,) = read_devices_csv(content).rows
    assert row.line == 2
    assert row.values == {"eui": EUI, "name": "Lampe d’été", "thing": "12"}


@pytest.mark.parametrize(
    "column",
    [
        "AppKey",
        "app_key",
        "NwkKey",
        "nwk_s_key",
        "Clé applicative",
        "GenAppKey",
        "key 1",
        "App Keys",
        "claim_code",
        "PIN",
    ],
)
def test_a_column_of_keys_is_not_read_and_the_report_says_so(column: str) -> None:
    devices = read_devices_csv(f"dev_eui;{column};name\n{EUI};{KEY};x\n")
    assert devices.key_columns == [column]
    assert KEY not in repr(devices)
    assert devices.rows[0].values == {"eui": EUI, "name": "x"}


@pytest.mark.parametrize("key", [KEY, KEY.upper(), ":".join(KEY[at : at + 2] for at in range(0, 32, 2))])
@pytest.mark.parametrize("column", ["dev_eui", "name", "thing"])
def test_a_key_in_another_column_is_refused_and_forgotten(column: str, key: str) -> None:
    cells = {"dev_eui": EUI, "name": "x", "thing": "1", column: key}
    devices = read_devices_csv("dev_eui;name;thing\n" + ";".join(cells.values()))
    assert not devices.rows
    assert "clé" in devices.refused[0].reason
    assert key not in repr(devices)


def test_what_is_not_understood_is_told() -> None:
    devices = read_devices_csv(f"dev_eui;keyword;couleur;nom;name\n{EUI};a;bleu;Un;Deux\n")
    assert devices.unknown_columns == ["keyword", "couleur", "name"]
    assert devices.rows[0].values["name"] == "Un"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"name;profile\nx;y", b"\x00\x01\x02", "nom\n".encode("utf-16")])
def test_a_file_without_euis_is_refused_with_its_columns(content: bytes) -> None:
    with pytest.raises(ListRefused, match="dev_eui"):
        read_devices_csv(content)


def test_a_hostile_cell_costs_its_row_only() -> None:
    devices = read_devices_csv(f"dev_eui;name\n{EUI};{'x' * 3000}\n{EUI};a\0b\n{EUI};bien\n")
    assert [row.values["name"] for row in devices.rows] == ["bien"]
    assert [row.line for row in devices.refused] == [2, 3]
