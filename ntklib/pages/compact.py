"""The same picture in a shorter SVG.

matplotlib writes six decimals, names every group and repeats a marker's style at each point. A page
with two dozen frames has no room for that, and no reader could see the difference.
"""

import re

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BETWEEN_TAGS = re.compile(r">\s+<")
_GROUP_NAME = re.compile(r'<g id="[^"]*"')
_PLACE = re.compile(r'(?<= d=")[^"]*|(?<= x=")[^"]*|(?<= y=")[^"]*')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_MARKERS = re.compile(r"<g([^<>]*)>((?:<use [^<>]*/>){2,})</g>")
_STYLE = re.compile(r' style="([^"]*)"')


def compact(svg: str) -> str:
    """Shorten an SVG that matplotlib wrote; coordinates keep two decimals, in points.

    >>> compact('<svg> <g id="a"> <path d="M 1.23456 2"/> </g> </svg>')
    '<svg><g><path d="M 1.23 2"/></g></svg>'
    """
    bare = _BETWEEN_TAGS.sub("><", _COMMENT.sub("", svg[svg.index("<svg") :]))
    placed = _PLACE.sub(_rounded, _GROUP_NAME.sub("<g", bare))
    return _MARKERS.sub(_shared_style, placed).strip()


def _rounded(place: re.Match[str]) -> str:
    """Shorten the coordinates of a path or a point."""
    short = _LONG.sub(lambda digits: f"{float(digits[0]):.2f}", place[0])
    return " ".join(short.split())


def _shared_style(group: re.Match[str]) -> str:
    """Say the style of a group of markers once, where all have the same."""
    attributes, markers = group.groups()
    styles = _STYLE.findall(markers)
    alike = len(set(styles)) == 1 and len(styles) == markers.count("<use ")
    # A group's own opacity would blend its overlapping markers as one picture.
    if not alike or "style=" in attributes or re.search(r"(?<![-\w])opacity", styles[0]):
        return group[0]
    return f'<g{attributes} style="{styles[0]}">{_STYLE.sub("", markers)}</g>'
