"""The drawing is well-formed SVG in which every box says what it is, whatever names packages have."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from headwater.image.drawing import draw, human, share
from headwater.image.weight import Weight

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*weights: Weight) -> ET.Element:
    return ET.fromstring(draw("an image", [("by package", weights)]))  # noqa: S314 our own text


def titles(document: ET.Element) -> list[str]:
    return [one.text or "" for one in document.iter(f"{SVG}title")]


def test_every_box_has_a_title_and_lies_in_the_picture() -> None:
    parts = (Weight(name="/usr/bin", size=600), Weight(name="/usr/share", size=400))
    document = drawn(Weight(name="large", size=1000, parts=parts), Weight(name="small", size=500))
    assert titles(document) == [
        "large: 1000 B, 66.7 %",
        "large, /usr/bin: 600 B, 40.0 %",
        "large, /usr/share: 400 B, 26.7 %",
        "small: 500 B, 33.3 %",
    ]
    width, height = float(document.attrib["width"]), float(document.attrib["height"])
    for box in document.iter(f"{SVG}rect"):
        assert float(box.get("x", 0)) + float(box.attrib["width"]) <= width
        assert float(box.get("y", 0)) + float(box.attrib["height"]) <= height


def test_nothing_outside_of_the_file_is_named() -> None:
    text = draw("x", [("by", (Weight(name="a", size=1),))])
    assert "href" not in text
    assert "url(" not in text
    assert "<script" not in text


def test_small_parts_are_drawn_together() -> None:
    tiny = [Weight(name=f"tiny{number}", size=1) for number in range(50)]
    assert titles(drawn(Weight(name="large", size=10**6), *tiny))[-1].startswith("50 others")


@given(st.text(), st.text(), st.integers(1, 10**12))
def test_hostile_names_stay_text(name: str, part: str, size: int) -> None:
    weight = Weight(name=name, size=2 * size, parts=(Weight(name=part, size=size), Weight(name="b", size=size)))
    assert len(titles(drawn(weight, Weight(name="<b>&", size=size)))) == 4


def test_an_empty_image_is_an_empty_picture() -> None:
    assert titles(drawn()) == []


def test_bytes_as_people_read_them() -> None:
    assert [human(size) for size in (0, 1023, 1024, 1536, 5 << 20)] == ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 MiB"]
    assert (share(1, 3), share(0, 0)) == ("33.3 %", "0.0 %")
