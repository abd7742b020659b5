"""What people type, cleaned."""

import pytest
from django.core.exceptions import ValidationError

from parvis.domains.requests.wording import REFUSAL_REASONS, clean_line, clean_text, refuse_nul


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("cafe\u0301", "café"),  # decomposed, as macOS sends it
        ("x\x1b[31m\x07y", "x[31my"),  # terminal escapes
        ("abc\u202egnp.exe", "abcgnp.exe"),  # right-to-left override
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("  <b>gras</b> & \t co  ", "<b>gras</b> & \t co"),  # markup is kept as text: templates escape it
        ("👩‍🔧 été", "👩‍🔧 été"),  # joiners of emoji stay
    ],
)
def test_text(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


def test_a_line_has_no_line_end() -> None:
    assert clean_line("objet\r\nBcc: tous@example.org") == "objet Bcc: tous@example.org"


def test_nul_is_refused_in_words() -> None:
    with pytest.raises(ValidationError, match="nul"):
        refuse_nul("a\x00b")


def test_refusals_end_as_sentences() -> None:
    assert len({code for code, _label, _text in REFUSAL_REASONS}) == len(REFUSAL_REASONS)
    assert all(str(text).endswith(".") for _code, _label, text in REFUSAL_REASONS)
