"""Draws QR codes (contract 11)."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

DEFAULT_WIDTH = 300
_DEFAULT_MARGIN = 4
_DARK, _LIGHT = "#000000", "#ffffff"


def qr_png(text: str, settings: Mapping[str, Any]) -> bytes:
    """The PNG of a QR code, at most as wide as asked, 300 pixels unless told; one pixel per module
    at least. `settings` are `width` and `margin` in pixels, `code_color` and `background_color`.
    """
    import segno  # noqa: PLC0415 - only this needs it

    code = segno.make(text, error="m", micro=False)
    modules = code.symbol_size(border=0)[0]
    width = settings.get("width", DEFAULT_WIDTH)
    quiet = settings.get("margin")
    inner = width if quiet is None else max(width - 2 * quiet, modules)
    border = _DEFAULT_MARGIN if quiet is None else 0
    scale = max(inner // (modules + 2 * border), 1)
    if quiet is not None:
        border = quiet // scale
    image = BytesIO()
    code.save(
        image,
        kind="png",
        scale=scale,
        border=border,
        dark=settings.get("code_color", _DARK),
        light=settings.get("background_color", _LIGHT),
    )
    return image.getvalue()
