"""The 64 bits that name a LoRaWAN device (IEEE EUI-64), as people and servers write them."""

_SEPARATORS = str.maketrans("", "", ":-. \u00a0")
_HEX = frozenset("0123456789abcdef")


def read_eui(text: str) -> str | None:
    """Sixteen lower-case hexadecimal digits, whatever separates them; None for anything else."""
    eui = text.translate(_SEPARATORS).lower()
    return eui if len(eui) == 16 and _HEX.issuperset(eui) else None
