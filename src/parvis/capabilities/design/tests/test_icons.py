import pytest

from parvis.capabilities.design.icons import UnknownIcon, icon
from parvis.kernel.contributions import Counter, EntityType, Menu
from parvis.kernel.registry import registry


def test_an_icon_is_inline_and_decorative() -> None:
    drawn = icon("lamp", "large")
    assert drawn.startswith('<svg class="icon icon--large"')
    assert 'aria-hidden="true"' in drawn
    assert "<path" in drawn
    assert "<!--" not in drawn


@pytest.mark.parametrize("name", ["no-such-icon", "../../package", "a/b"])
def test_unknown_icons_are_refused(name: str) -> None:
    with pytest.raises(UnknownIcon):
        icon(name)


def test_every_icon_of_the_installed_packages_exists() -> None:
    names = {item.icon for kind in (Menu, Counter, EntityType) for _, item in registry.all(kind)}
    for name in sorted(names):
        icon(name)
