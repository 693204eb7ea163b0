"""One JSON value as one record, with what JSON allows and people trip over counted: doubled keys, NaN."""

import json
from typing import Any

from ..errors import UserError
from ..records import Record


class Decoder:
    """Reads JSON as Python does (NaN and Infinity allowed) and counts the objects that are not plain sailing."""

    def __init__(self) -> None:
        self.doubled_keys = 0
        self.not_finite = 0
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object, parse_constant=self._constant)
        self.raw_decode = self._decoder.raw_decode

    def decode(self, text: str) -> Any:
        """The value of `text`; a ValueError with a reason for people where there is none."""
        try:
            return self._decoder.decode(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(reason(error)) from None

    def forget(self) -> None:
        """Count anew: what was read is read again."""
        self.doubled_keys = self.not_finite = 0

    def notices(self, name: str) -> list[str]:
        """What must be said of the file of that name."""
        said = []
        if self.doubled_keys:
            said.append(
                f"{name}: {self.doubled_keys:,} objects name a key twice; the last value is shown, and the original "
                "line is kept for export."
            )
        if self.not_finite:
            said.append(f"{name}: {self.not_finite:,} values are NaN or Infinity, which strict JSON readers refuse.")
        return said

    def _object(self, pairs: list[tuple[str, Any]]) -> Record:
        found = dict(pairs)
        if len(found) != len(pairs):
            self.doubled_keys += 1
        return found

    def _constant(self, name: str) -> float:
        self.not_finite += 1
        return float(name.replace("Infinity", "inf"))


def reason(error: Exception) -> str:
    """Why a text is no JSON, in words."""
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.pos + 1}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if "limit" in str(error):
        return "a whole number of more than 4,300 digits"
    return str(error)


def kind_name(value: Any) -> str:
    """What a JSON value that is no record is called in a message."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        type(None): "null",
        str: "a text",
        list: "a list",
    }
    return names.get(type(value), "an object")


def too_long(name: str, limit: int) -> UserError:
    return UserError(
        f"{name} has a record of more than {limit >> 20:,} MB, so it is probably not what it seems. "
        "Check that every record has a line of its own."
    )
