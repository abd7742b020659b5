"""`parvis context`: documents given by hand."""

import argparse
from pathlib import Path

import pytest

from parvis.project.cli.context import run_list, run_load, run_remove
from parvis.telemetry.context.jsonld import catalogue
from parvis.telemetry.context.models import CITY, JsonLdContext

pytestmark = pytest.mark.django_db

URL = "https://u.example/c.jsonld"


def test_a_document_is_loaded_listed_replaced_and_taken_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.jsonld"
    file.write_text('{"@context": {"speed": "https://u.example/speed"}}')
    options = argparse.Namespace(url=URL, file=file)
    assert run_load(options) == 0
    assert catalogue.resolve(URL, tenant_id=CITY).expand("speed") == "https://u.example/speed"
    assert run_load(options) == 0
    assert run_list(argparse.Namespace()) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{URL}: loaded",
        f"{URL}: replaced",
        f"by hand                  0  {URL}",
    ]
    assert run_remove(options) == 0
    assert run_remove(options) == 1
    assert not JsonLdContext.objects.exists()


@pytest.mark.parametrize(
    ("url", "text"),
    [(URL, "{"), (URL, "{}"), (URL, '{"@context": 7}'), ("urn:x:y", '{"@context": {}}'), (URL, None)],
)
def test_what_cannot_be_loaded_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str, text: str | None
) -> None:
    file = tmp_path / "c.jsonld"
    if text is not None:
        file.write_text(text)
    assert run_load(argparse.Namespace(url=url, file=file)) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not JsonLdContext.objects.exists()
