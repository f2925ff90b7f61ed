"""Tables and charts' numbers as files for other programs."""
from core.export.faults import UnknownFormat
from core.export.formats import Format, format_of
__all__=["Format","UnknownFormat","format_of"]
