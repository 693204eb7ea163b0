"""Data from elsewhere: datasets of the Hugging Face hub, files of web servers and of S3-compatible buckets.

fetched = fetch(parse("hf://datasets/org/name#split=test"), Store(), rules=Rules.of_command_line())
"""

from .address import Address, address_in, parse
from .fetch import Fetched, fetch, look
from .hub import splits, token_is_here
from .hub_layout import is_data
from .rules import Rules

__all__ = ["Address", "Fetched", "Rules", "address_in", "fetch", "is_data", "look", "parse", "splits", "token_is_here"]
