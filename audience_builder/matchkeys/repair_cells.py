"""Repairs of single cells that need more than a pattern; called for damaged cells only."""

import html
import re

__all__ = ["plain_width", "read_as_utf8", "unescaped", "written_out"]

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_FULL_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_PASSED_THROUGH = re.compile(r"[\x80-\x9f]")


def unescaped(cell: str) -> str:
    """HTML entities decoded, once.

    >>> unescaped("Smith &amp;amp; Sons &lt;a@example.com&gt;")
    'Smith &amp; Sons <a@example.com>'
    """
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), cell)


def read_as_utf8(cell: str) -> str:
    """UTF-8 that was read as Windows-1252, read rightly; the cell itself where that is not certain.

    Certain: every character has a byte in Windows-1252, the bytes are valid UTF-8, and the text gets
    shorter, so that ``SÃO`` stays.

    >>> read_as_utf8("MÃ¼ller"), read_as_utf8("SÃO PAULO")
    ('Müller', 'SÃO PAULO')
    """
    try:
        again = b"".join(_byte(character) for character in cell).decode()
    except UnicodeError:
        return cell
    readable = again.replace("\ufeff", "").replace("\xa0", " ").isprintable()
    return again if len(again) < len(cell) and readable else cell


def written_out(cell: str) -> str:
    """A number with an exponent and all of its digits, written out; the cell itself where digits are lost.

    >>> written_out("1.2125550100E10"), written_out("1.21256E+10")
    ('12125550100', '1.21256E+10')
    """
    mantissa, _, exponent = cell.strip().replace(",", ".").upper().partition("E")
    whole, _, decimals = mantissa.partition(".")
    return whole + decimals if exponent and int(exponent) == len(decimals) else cell


def plain_width(cell: str) -> str:
    """Full-width letters, digits and marks as their ASCII counterparts.

    >>> plain_width("ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ")
    'ann@example.com'
    """
    return cell.translate(_FULL_WIDTH)


def _byte(character: str) -> bytes:
    """The byte a reader saw that took it for Windows-1252, or for Latin-1 and its control characters."""
    return character.encode("latin-1" if _PASSED_THROUGH.match(character) else "cp1252")
