# SPDX-License-Identifier: Apache-2.0
"""A fingerprint of what an image looks like: equal or nearly so for copies of another size, quality or format.

A difference hash: the image in grey, nine by nine, of which 128 bits say where it grows lighter to the right and downwards.
It does not see through cropping, turning or text laid over it. Pillow reads the image where it is installed (the extra
`images`); without it no image has a fingerprint. Small and even images have none: too many others would look like them.
"""

import importlib.util
import io
import warnings

BITS = 128
LARGEST = 16 << 20
"""Octets of an image that is read."""
_SIDE = 9
_SMALLEST = 48
"""Pixels of either side: smaller ones are icons."""
_MOST_PIXELS = 64_000_000
_EVEN = 24
"""Bits at least that are set, and that are not, unless an image is all but even."""
_FORMATS = ("GIF", "JPEG", "PNG", "WEBP")


def available() -> bool:
    """Whether images can be read."""
    return importlib.util.find_spec("PIL") is not None


def picture_print(content: bytes) -> int | None:
    """128 bits of an image; None when it cannot be read or is too small, too large or too even."""
    if not available() or len(content) > LARGEST:
        return None
    from PIL import Image  # an extra

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
                wide, high = image.size
                if min(wide, high) < _SMALLEST or wide * high > _MOST_PIXELS:
                    return None
                image.draft("RGB", (8 * _SIDE, 8 * _SIDE))
                whole = image.convert("RGBA")
        on_white = Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("L")
        grey = on_white.resize((_SIDE, _SIDE), Image.Resampling.BOX).tobytes()
    except Exception:  # noqa: BLE001 - decoders raise whatever they like on hostile bytes; such an image has no fingerprint
        return None
    return _differences(grey)


def _differences(grey: bytes) -> int | None:
    places = [_SIDE * row + column for row in range(_SIDE - 1) for column in range(_SIDE - 1)]
    found = 0
    for at in places:
        found = found << 1 | (grey[at] < grey[at + 1])
    for at in places:
        found = found << 1 | (grey[at] < grey[at + _SIDE])
    return found if _EVEN <= found.bit_count() <= BITS - _EVEN else None
