"""French order and search, the same in Python and in the database."""

import pytest
from django.db.models import Value
from django.db.models.functions import Concat

from parvis.kernel.french import SortKey, folded

NAMES = [
    "Fénay",
    "Fontaine-lès-Dijon",
    "L’Haÿ-les-Roses",
    "ÎLE D'YEU",
    "Œuf",
    "Élan",
    "Ætius",
    "Noël",
    "Saint-Ouen",
    "çà",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Fénay", "fenay"), ("L’Haÿ-les-Roses", "l hay les roses"), ("Œuf", "oeuf"), ("ÎLE D'YEU", "ile d yeu")],
)
def test_folded(text: str, expected: str) -> None:
    assert folded(text) == expected


def test_a_french_list_is_in_order() -> None:
    assert sorted(["Fontaine", "Fénay", "Étaules", "Daix"], key=folded) == ["Daix", "Étaules", "Fénay", "Fontaine"]


@pytest.mark.django_db
def test_the_database_folds_as_python_does() -> None:
    from django.contrib.contenttypes.models import ContentType

    row = ContentType.objects.order_by("id").annotate(
        **{f"n{i}": Concat(Value(n), Value("")) for i, n in enumerate(NAMES)}
    )
    keys = {f"k{i}": SortKey(f"n{i}") for i in range(len(NAMES))}
    found = row.annotate(**keys).values(*keys)[0]
    assert [found[key] for key in keys] == [folded(name) for name in NAMES]
