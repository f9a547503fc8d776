"""Writing a small PDF file: pages of text in Helvetica, and nothing else.

Source: ISO 32000-1, the objects, the cross-reference table and the text operators of a minimal file.
"""

from dataclasses import dataclass

LETTER = (612, 792)
"""Width and height of a page, in points."""
REGULAR, BOLD = "F1", "F2"
FONTS = {REGULAR: "Helvetica", BOLD: "Helvetica-Bold"}
FIRST_PAGE = 6
"""Objects 1 to 5 are the catalog, the page tree, the two fonts and the document's title."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A line of text on a page."""

    x: int
    y: int
    """Points from the lower left corner."""
    text: str
    size: int = 10
    font: str = REGULAR


def write_pdf(title: str, pages: list[list[Text]]) -> bytes:
    """Return a PDF 1.4 file with these pages; what Windows' Latin alphabet lacks is printed as a question mark."""
    numbers = [FIRST_PAGE + 2 * position for position in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(pages)),
        *(_font(name) for name in FONTS.values()),
        b"<< /Title %b /Producer (Sandbox) >>" % _string(title),
    ]
    for number, page in zip(numbers, pages, strict=True):
        objects += [_page(number + 1), _stream(page)]
    return _file(objects)


def _font(name: str) -> bytes:
    return b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /Encoding /WinAnsiEncoding >>" % name.encode()


def _page(contents: int) -> bytes:
    fonts = b"/Font << /F1 3 0 R /F2 4 0 R >>"
    box = b"[0 0 %d %d]" % LETTER
    return b"<< /Type /Page /Parent 2 0 R /MediaBox %b /Resources << %b >> /Contents %d 0 R >>" % (box, fonts, contents)


def _stream(page: list[Text]) -> bytes:
    lines = [
        b"BT /%b %d Tf %d %d Td %b Tj ET" % (each.font.encode(), each.size, each.x, each.y, _string(each.text))
        for each in page
    ]
    content = b"\n".join(lines)
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def _string(text: str) -> bytes:
    raw = text.encode("cp1252", "replace")
    for special in (b"\\", b"(", b")"):
        raw = raw.replace(special, b"\\" + special)
    return b"(" + raw.replace(b"\r", b" ").replace(b"\n", b" ") + b")"


def _file(objects: list[bytes]) -> bytes:
    # The second line is four bytes above 127: it tells whoever moves the file that it is not text.
    written = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(written)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    written += b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    written += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(written)
