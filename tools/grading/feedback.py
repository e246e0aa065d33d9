"""Feedback pages that are safe to open and need nothing from elsewhere."""

import html
import re
from collections.abc import Collection

# Nothing may run and nothing may be fetched: a page shows output of a stranger's code.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
# A long message is not cut off, and the columns of a table do not touch.
STYLE = "<style>pre { white-space: pre-wrap; } th, td { padding-right: 1em; }</style>"
SCRIPT = re.compile(r"<script\b.*?</script\s*>", flags=re.DOTALL | re.IGNORECASE)

PLAIN_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>{policy}<meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>Score: {score:g} / {points:g}</p><p>{reason}</p></body>
</html>
"""


def secured(page: str, title: str, unread: Collection[str] = ()) -> str:
    """Nbgrader's feedback `page`, named and with nothing left that runs or loads.

    The list at its top says which parts are `unread` instead of giving them 0 points.
    """
    page = SCRIPT.sub("", page)
    page = re.sub(r"<title>.*?</title>", f"<title>{html.escape(title)}</title>", page, count=1)
    page = page.replace("<html>", '<html lang="en">', 1)
    page = re.sub(r'(<a href="#test-([\w-]+)">)Test cell</a>', r"\1\2</a>", page)
    page = re.sub(r'(<a href="#([\w-]+)">)Written response</a>', r"\1\2</a>", page)
    page = re.sub(r'<li><a href="#comment-[\w-]+">Comment</a></li>', "", page)
    for name in unread:
        page = re.sub(rf"(>{name}</a>) \(Score: 0.0 / ([\d.]+)\)", r"\1 (not read yet, \2)", page)
    page = page.replace("</head>", f"{STYLE}</head>", 1)
    return page.replace("<head>", f"<head>{POLICY}", 1)


def plain_page(title: str, points: float, reason: str) -> str:
    """A page for a submission that could not be graded."""
    return PLAIN_PAGE.format(
        policy=POLICY,
        title=html.escape(title),
        score=0,
        points=points,
        reason=html.escape(f"This submission could not be graded: {reason}."),
    )
