"""The same picture in a shorter SVG.

matplotlib writes six decimals, names every group and repeats a marker's style at each point and a
tick's at each use. A page with two dozen frames has no room for that, and no reader could see the
difference.
"""

import re

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BETWEEN_TAGS = re.compile(r">\s+<")
_GROUP_NAME = re.compile(r'<g id="[^"]*"')
_ONLY_CHILD = re.compile(r"<g>(<(?:path|use) [^<>]*/>)</g>")
_PLACE = re.compile(r'(?<= d=")[^"]*|(?<= x=")[^"]*|(?<= y=")[^"]*|(?<="translate\()[^)]*')
_LETTER = re.compile(r" ?([A-Za-z]) ?")
_SHAPE = re.compile(r'<path id="([^"]*)"[^<>]*? style="([^"]*)"')
_USE = re.compile(r'(<use href="#([^"]*)"[^<>]*?) style="([^"]*)"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_MARKERS = re.compile(r"<g([^<>]*)>((?:<use [^<>]*/>){2,})</g>")
_STYLE = re.compile(r' style="([^"]*)"')


def compact(svg: str) -> str:
    """Shorten an SVG that matplotlib wrote; coordinates keep two decimals, in points.

    >>> compact('<svg> <g id="a"> <path d="M 1.23456 2 L 3 4" style="fill: none"/> </g> </svg>')
    '<svg><path d="M1.23 2L3 4" style="fill:none"/></svg>'
    """
    bare = _BETWEEN_TAGS.sub("><", _COMMENT.sub("", svg[svg.index("<svg") :]))
    linked = bare.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    linked = linked.replace("xlink:href=", "href=")
    placed = _PLACE.sub(_rounded, _GROUP_NAME.sub("<g", linked))
    styled = _STYLE.sub(lambda style: _dense(style[0]), placed)
    shared = _MARKERS.sub(_shared_style, _without_repeats(styled))
    return _ONLY_CHILD.sub(r"\1", shared).strip()


def _rounded(place: re.Match[str]) -> str:
    """Shorten the coordinates of a path or a point."""
    short = _LONG.sub(lambda digits: f"{float(digits[0]):.2f}", place[0])
    return _LETTER.sub(r"\1", " ".join(short.split()))


def _dense(style: str) -> str:
    """Leave out the blanks that a style does not need."""
    return style.replace("; ", ";").replace(": ", ":")


def _without_repeats(svg: str) -> str:
    """Leave out the style of a use whose shape says the same; the shape's own wins anyway."""
    shapes = dict(_SHAPE.findall(svg))
    return _USE.sub(lambda use: use[1] if shapes.get(use[2]) == use[3] else use[0], svg)


def _shared_style(group: re.Match[str]) -> str:
    """Say the style of a group of markers once, where all have the same."""
    attributes, markers = group.groups()
    styles = _STYLE.findall(markers)
    alike = len(set(styles)) == 1 and len(styles) == markers.count("<use ")
    # A group's own opacity would blend its overlapping markers as one picture.
    if not alike or "style=" in attributes or re.search(r"(?<![-\w])opacity", styles[0]):
        return group[0]
    return f'<g{attributes} style="{styles[0]}">{_STYLE.sub("", markers)}</g>'
