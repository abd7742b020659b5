"""French alphabetical order and search that ignore case, accents and hyphens, on a PostgreSQL without ICU or `unaccent`.

`SortKey` is an immutable expression, for a generated column: order by the column, search it with `folded` text.
"""

from typing import Any

from django.db.models import F, Func, Value
from django.db.models.functions import Lower, Replace

_ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŸ-’'"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyyaaaaaaceeeeiiiinooooouuuuyy   "
_LIGATURES = (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"))
_TABLE = str.maketrans(_ACCENTED, _PLAIN)


def folded(text: str) -> str:
    """`Fénay` is `fenay`, `L’Haÿ-les-Roses` is `l hay les roses`."""
    for ligature, letters in _LIGATURES:
        text = text.replace(ligature, letters)
    return text.translate(_TABLE).lower()


class SortKey(Func):
    """`folded` of a column, computed by the database."""

    function = "TRANSLATE"

    def __init__(self, column: str) -> None:
        plain: Any = F(column)
        for ligature, letters in _LIGATURES:
            plain = Replace(plain, Value(ligature), Value(letters))
        super().__init__(Lower(plain), Value(_ACCENTED), Value(_PLAIN))
