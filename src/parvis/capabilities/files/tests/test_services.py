"""Photos kept, shown, held and erased."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings

from parvis.capabilities.files import drafts, services, store
from parvis.capabilities.files.drafts import DraftLost, claim, hold, preview_url, purge_held
from parvis.capabilities.files.models import StoredFile
from parvis.capabilities.files.photos import NotAPhoto
from parvis.capabilities.files.services import discard, purge, store_photo
from parvis.capabilities.files.serving import serve
from parvis.capabilities.files.store import Variant, path_of
from parvis.capabilities.files.tests.factories import image_bytes, make_upload

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OWNER = "urn:ngsi-ld:ServiceRequest:1"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    with override_settings(PARVIS_HOME=tmp_path):
        yield tmp_path


def on_disk(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file())


def test_a_photo_is_kept_in_two_sizes(home: Path) -> None:
    file = store_photo(make_upload(size=(1000, 500), place=(5.04, 47.32)), owner_urn=OWNER, now=NOW)
    assert (file.width, file.height, file.media_type, file.created_at) == (1000, 500, "image/jpeg", NOW)
    assert file.taken_at == pytest.approx((5.04, 47.32))
    assert StoredFile.objects.get().taken_at is None
    assert on_disk(home) == [f"{file.sha256}.large.jpg", f"{file.sha256}.small.jpg"]
    assert path_of(file.sha256, Variant.LARGE).stat().st_size == file.size


def test_what_is_refused_leaves_nothing(home: Path) -> None:
    with pytest.raises(NotAPhoto):
        store_photo(make_upload(b"nothing"), owner_urn=OWNER, now=NOW)
    assert on_disk(home) == []
    assert not StoredFile.objects.exists()


def test_it_is_served_inert_and_private(home: Path) -> None:
    file = store_photo(make_upload(size=(1000, 500)), owner_urn=OWNER, now=NOW)
    large, small = serve(file), serve(file, "small")
    assert len(large.content) == file.size > len(small.content)
    assert large["Content-Type"] == "image/jpeg"
    assert large["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in large["Content-Security-Policy"]
    assert large["Cache-Control"].startswith("private")
    assert large["Content-Disposition"].startswith("inline;")
    with pytest.raises(ValueError, match="huge"):
        serve(file, "huge")


def test_equal_photos_are_one_file_until_the_last_goes(home: Path, django_capture_on_commit_callbacks) -> None:
    first = store_photo(make_upload(), owner_urn=OWNER, now=NOW)
    second = store_photo(make_upload(), owner_urn="urn:ngsi-ld:Intervention:1", now=NOW)
    assert first.sha256 == second.sha256
    with django_capture_on_commit_callbacks(execute=True):
        assert discard(owner_urn=OWNER, now=NOW) == 1
    first.refresh_from_db()
    assert serve(first).status_code == 410
    assert serve(second).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        discard(owner_urn=second.owner_urn, now=NOW)
    assert on_disk(home) == []
    assert discard(owner_urn=OWNER, now=NOW) == 0


def test_a_rolled_back_erasure_keeps_the_bytes(home: Path, django_capture_on_commit_callbacks) -> None:
    store_photo(make_upload(), owner_urn=OWNER, now=NOW)
    with django_capture_on_commit_callbacks(execute=False):
        discard(owner_urn=OWNER, now=NOW)
    assert len(on_disk(home)) == 2


def test_photos_past_their_term_are_erased(home: Path, django_capture_on_commit_callbacks) -> None:
    old = store_photo(make_upload(), owner_urn=OWNER, now=NOW - timedelta(days=services.KEEP_DAYS, hours=1))
    young = store_photo(make_upload(colour="blue"), owner_urn=OWNER, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge(NOW) == 1
    assert on_disk(home) == [f"{young.sha256}.large.jpg", f"{young.sha256}.small.jpg"]
    old.refresh_from_db()
    assert old.erased_at == NOW
    assert purge(NOW) == 0


def test_files_no_row_tells_of_are_swept_once_they_cannot_be_under_way(home: Path) -> None:
    sha256 = "ab" * 32
    store.write(path_of(sha256, Variant.LARGE), b"left by a crash")
    purge(datetime.now(tz=UTC))
    assert on_disk(home) == [f"{sha256}.large.jpg"]
    purge(datetime.now(tz=UTC) + timedelta(hours=2))
    assert on_disk(home) == []


def test_a_held_photo_comes_back_and_is_kept(home: Path) -> None:
    token = hold(make_upload(size=(1000, 500), place=(5.04, 47.32)))
    for _again in range(2):
        held = claim(token)
        assert held.content_type == "image/jpeg"
    file = store_photo(held, owner_urn=OWNER, now=NOW)
    assert (file.width, file.height) == (1000, 500)
    assert file.taken_at == pytest.approx((5.04, 47.32))


def test_a_held_photo_has_already_lost_its_metadata(home: Path) -> None:
    assert b"Durand" not in claim(hold(make_upload())).read()


@pytest.mark.parametrize("token", ["", "x", "../../secret-key", "eyJuYW1lIjoiLi4vLi4vc2VjcmV0LWtleSJ9:1x:forged"])
def test_a_forged_token_gets_nothing(token: str) -> None:
    with pytest.raises(DraftLost, match="à nouveau"):
        claim(token)


def test_a_token_lasts_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    token = hold(make_upload())
    monkeypatch.setattr(drafts, "KEEP", timedelta(seconds=-1))
    with pytest.raises(DraftLost):
        claim(token)


def test_held_photos_are_purged_after_a_day(home: Path) -> None:
    token = hold(make_upload())
    now = datetime.now(tz=UTC)
    assert purge_held(now) == 0
    [held] = list(home.rglob("*.jpg"))
    os.utime(held, (now.timestamp() - 90_000, now.timestamp() - 90_000))
    assert purge_held(now) == 1
    with pytest.raises(DraftLost):
        claim(token)


def test_the_form_shows_what_it_holds(client: Client) -> None:
    response = client.get(preview_url(hold(make_upload())))
    assert response.status_code == 200
    assert response.content.startswith(b"\xff\xd8\xff")
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(preview_url("forged")).status_code == 404


def test_a_damaged_photo_cannot_be_held(home: Path) -> None:
    with pytest.raises(NotAPhoto):
        hold(make_upload(image_bytes()[:300]))
    assert on_disk(home) == []
