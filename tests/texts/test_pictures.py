# SPDX-License-Identifier: Apache-2.0
"""What images look like: copies of another size, quality and format are near, other images are far, hostile ones are none."""

import io
import random
import zlib
from typing import Any

import pytest

from archiver.texts.fingerprint import distance
from archiver.texts.pictures import BITS, picture_print
from archiver.texts.texts import IMAGES_NEAR

Image = pytest.importorskip("PIL.Image")
ImageDraw = pytest.importorskip("PIL.ImageDraw")


def drawn(seed: int, size: tuple[int, int] = (480, 320)) -> Any:
    """A picture of some coarse shapes."""
    chosen = random.Random(seed)
    image = Image.new("RGB", (480, 320), tuple(chosen.randrange(256) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    for _ in range(25):
        left, top = chosen.randrange(-100, 460), chosen.randrange(-100, 300)
        box = (left, top, left + chosen.randrange(40, 260), top + chosen.randrange(40, 200))
        pen.ellipse(box, fill=tuple(chosen.randrange(256) for _ in range(3)))
    return image.resize(size)


def saved(image: Any, form: str = "PNG", **how: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **how)
    return stream.getvalue()


def printed(content: bytes) -> int:
    found = picture_print(content)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("size", "form", "quality"),
    [
        ((480, 320), "JPEG", 90),
        ((480, 320), "JPEG", 30),
        ((240, 160), "PNG", 100),
        ((960, 640), "WEBP", 80),
        ((120, 80), "GIF", 0),
    ],
)
def test_a_copy_of_another_size_quality_and_format_is_near(
    seed: int, size: tuple[int, int], form: str, quality: int
) -> None:
    copy = saved(drawn(seed, size), form, **({"quality": quality} if quality else {}))
    assert distance(printed(saved(drawn(seed))), printed(copy)) <= IMAGES_NEAR


def test_other_pictures_are_far() -> None:
    prints = [printed(saved(drawn(seed))) for seed in range(40)]
    assert min(distance(one, other) for one in prints for other in prints if one != other) > IMAGES_NEAR
    assert max(prints) < 1 << BITS


def test_what_is_transparent_is_white() -> None:
    clear = drawn(1).convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 240, 320))
    white = drawn(1)
    white.paste((255, 255, 255), (0, 0, 240, 320))
    assert distance(printed(saved(clear)), printed(saved(white))) <= 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no image at all",
        saved(Image.new("RGB", (480, 320), "teal")),
        saved(drawn(1, (40, 40))),
        saved(drawn(1))[:200],
        saved(drawn(1), "JPEG")[:20] + b"\xff" * 500,
        b"\x89PNG\r\n\x1a\n" + zlib.compress(bytes(1000)),
        saved(Image.new("1", (20_000, 20_000))),
    ],
    ids=["nothing", "text", "even", "icon", "cut", "broken", "no chunks", "bomb"],
)
def test_what_cannot_be_read_and_what_says_nothing_has_no_fingerprint(content: bytes) -> None:
    assert picture_print(content) is None
