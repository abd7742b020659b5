"""An agent who has never done it: from a maker's codec and list to the first reading on the map, at a desk, and without script on a phone."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.journeys.conftest import Person

pytestmark = [pytest.mark.slow, pytest.mark.browser]

START = "/backoffice/devices/start"
PATIENCE_S = 300
CODEC = """
function decodeUplink(input) {
  var b = input.bytes;
  return { data: { TempC: (b[0] << 8 | b[1]) / 10, Hum: b[2], pm10: b[3], BatV: b[4] / 50 } };
}
"""
EXAMPLES = """
uplinkDecoder:
  fileName: air.js
  examples:
    - description: A mild day
      input: {fPort: 2, bytes: [0, 215, 50, 22, 170]}
      output: {data: {TempC: 21.5, Hum: 50, pm10: 22, BatV: 3.4}}
"""


def files(folder: Path, eui: str, *, place: str) -> tuple[list[Path], Path]:
    """What a maker sends: a codec with its examples, and a list with keys in it."""
    codec, examples, listed = (folder / name for name in ("air.js", "air-codec.yaml", "capteurs.csv"))
    codec.write_text(CODEC)
    examples.write_text(EXAMPLES)
    listed.write_text(f"Serial;DevEUI;AppKey;Latitude;Longitude\nA1;{eui.upper()};{'0F' * 16};{place}\n")
    return [codec, examples], listed


def sends(address: str, token: str, eui: str) -> None:
    """As ChirpStack would."""
    envelope = {
        "deduplicationId": eui,
        "time": datetime.now(UTC).isoformat(),
        "deviceInfo": {"devEui": eui},
        "fCnt": 1,
        "fPort": 2,
        "data": base64.b64encode(bytes([0, 215, 50, 22, 170])).decode(),
    }
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urlopen(Request(address, data=json.dumps(envelope).encode(), headers=headers)) as answer:
        assert json.load(answer) == {"status": "accepted"}


def walks(agent: Person, codec: list[Path], listed: Path, name: str) -> None:
    """To the list of devices, kept."""
    page = agent.page
    page.get_by_label("Modèle de capteur").fill(name)
    page.get_by_label("Ce qu’il équipe").select_option("AirQualityObserved")
    page.get_by_label("Fichiers du codec").set_input_files(codec)
    agent.clicks("Continuer")
    agent.reads("21,5 °C")
    agent.clicks("Enregistrer et continuer")
    page.get_by_label("Liste des capteurs").set_input_files(listed)
    agent.clicks("Vérifier la liste")
    agent.reads("Colonnes de clés non lues : AppKey")
    agent.clicks("Enregistrer ce capteur")


def test_a_new_user_sees_a_first_reading_within_five_minutes(someone: Callable[..., Person], tmp_path: Path) -> None:
    began, eui = time.monotonic(), "02004d5450f00001"
    agent = someone()
    agent.signs_in("admin@parvis.example", START)
    agent.looks()
    codec, listed = files(tmp_path, eui, place="47,3220;5,0415")
    walks(agent, codec, listed, "Station de bureau")
    agent.clicks("Continuer", role="link")
    agent.page.get_by_label("Nom").first.fill("Réseau d’essai")
    agent.page.get_by_label("Serveur de réseau").select_option("chirpstack-v4")
    agent.clicks("Déclarer et continuer")
    agent.reads("Parvis attend 1 capteur")
    agent.clicks("Créer un jeton pour cette source")
    token = agent.page.locator(".notice .code-box").inner_text().strip()
    sends(agent.page.locator(".setup .code-box").first.inner_text().strip(), token, eui)
    agent.reads("a donné sa première mesure")  # by itself
    agent.reads("21,5 °C")
    agent.page.locator(".map-static").wait_for()
    agent.looks()
    assert time.monotonic() - began < PATIENCE_S


def test_it_is_walked_on_a_phone_without_script(someone: Callable[..., Person], tmp_path: Path) -> None:
    eui = "02004d5450f00002"
    agent = someone(phone=True, javascript=False)
    agent.signs_in("admin@parvis.example", START)
    codec, listed = files(tmp_path, eui, place=";")
    walks(agent, codec, listed, "Station de poche")
    agent.clicks("Placer", role="link")
    agent.page.locator("input[name=latitude]").last.fill("47,3201")
    agent.page.locator("input[name=longitude]").last.fill("5,0402")
    agent.clicks("Placer ici")
    agent.clicks("Continuer", role="link")
    agent.page.get_by_label("Nom").first.fill("Réseau de poche")
    agent.page.get_by_label("Serveur de réseau").select_option("chirpstack-v4")
    agent.clicks("Déclarer et continuer")
    agent.clicks("Créer un jeton pour cette source")
    token = agent.page.locator(".notice .code-box").inner_text().strip()
    sends(agent.page.locator(".setup .code-box").first.inner_text().strip(), token, eui)
    agent.clicks("Actualiser", role="link")
    agent.reads("a donné sa première mesure")


def test_a_mapping_is_seen_while_it_is_typed(someone: Callable[..., Person]) -> None:
    agent = someone()
    agent.signs_in("admin@parvis.example", f"{START.removesuffix('start')}profiles/new")
    page = agent.page
    page.get_by_label("Type d’équipement").select_option("FloodMonitoring")
    page.get_by_label("Codec").select_option(label="river-gauge v1")
    page.get_by_text("Essayer avec une autre charge utile").click()
    page.get_by_label("Port").fill("13")
    page.get_by_label("Charge utile").fill("07 d0 0e 10")
    agent.reads("Champs décodés sans ligne")
    page.get_by_role("button", name="Proposer des lignes").click()
    page.wait_for_url("**#mapping")
    page.locator("[name=mapping-0-attribute][value=currentLevel]").wait_for()
    page.get_by_text("Conversion et contrôle").first.focus()
    page.keyboard.press("Enter")
    page.locator("[name=mapping-0-maximum]").focus()
    page.keyboard.type("1")
    agent.reads("hors plage")
    agent.looks()
