"""Pages of a record table: both ways, from anywhere, in constant memory, however many rows there are.

Every read is a short transaction of its own that looks at a bounded number of rows: no look may hold up the bot.
"""

from core.tables.paging.lookup import ids_there, whole_record
from core.tables.paging.pager import Pager
from core.tables.paging.pages import MOST_NEW, Extent, Keyed, News, Page
from core.tables.paging.sorting import MOST_SORTED, CannotSort

__all__ = [
    "MOST_NEW",
    "MOST_SORTED",
    "CannotSort",
    "Extent",
    "Keyed",
    "News",
    "Page",
    "Pager",
    "ids_there",
    "whole_record",
]
