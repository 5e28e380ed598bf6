"""A report on paper: a page for a browser, and a PDF. Both are made of its content and code alone."""

from hub.means.printed.page import page
from hub.means.printed.pdf import PrintingNotInstalled, pdf
from hub.means.printed.reading import ReportUnreadable, read_content

__all__ = ["PrintingNotInstalled", "ReportUnreadable", "page", "pdf", "read_content"]
