"""Form widgets of the kit that Django has not."""

from collections.abc import Mapping
from typing import Any

from django import forms


class SlabSelect(forms.RadioSelect):
    """One choice among pictured slabs; `icons` maps a value to a Lucide name."""

    option_template_name = "design/forms/slab_option.html"

    def __init__(
        self, attrs: dict[str, Any] | None = None, choices: Any = (), icons: Mapping[str, str] | None = None
    ) -> None:
        super().__init__({"class": "choices--slabs", **(attrs or {})}, choices)
        self.icons = icons or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"icon": self.icons.get(str(value), "")}


class PhotoInput(forms.FileInput):
    """A photo from the camera or the album, previewed by photo.js.

    `lighter` also shrinks it before it is sent, which loses the position written in it.
    """

    template_name = "design/forms/photo.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, lighter: bool = False) -> None:
        options = {"accept": "image/jpeg,image/png,image/webp", "data-photo": True}
        super().__init__(options | ({"data-photo-lighter": True} if lighter else {}) | (attrs or {}))
