"""From files of many kinds to a Dataset. One idea per file; `read_dataset` is the door."""

from .options import FORMATS, Options
from .read import read_dataset

__all__ = ["FORMATS", "Options", "read_dataset"]
