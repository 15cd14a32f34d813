"""One report, several faces: what a run found (`findings`), said in blocks (`story`), shown as text, JSON or a page."""

from softgate.report.blocks import Report
from softgate.report.faces import printable, to_json, to_text
from softgate.report.html import to_html

__all__ = ["Report", "printable", "to_html", "to_json", "to_text"]
