from dataclasses import dataclass

from parvis.capabilities.design.marks import mark


@dataclass(frozen=True)
class Organisation:
    name: str = "Ville de Chenôve"
    short_name: str = "Chenôve"
    logo_svg: str = ""


def test_without_a_logo_the_initial() -> None:
    assert ">C</span>" in mark(Organisation())


def test_before_a_territory_is_loaded() -> None:
    assert ">P</span>" in mark(None)


def test_a_logo_cannot_run_script() -> None:
    drawn = mark(Organisation(logo_svg='<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'))
    assert drawn.startswith('<img class="mark" alt=""')
    assert "<script" not in drawn


def test_a_name_is_escaped() -> None:
    assert "&lt;" in mark(Organisation(short_name="<b>"))
