"""What stands in a folder package, one file each: found by itself and looked up by name, with no list to keep."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

from .errors import UserError

T = TypeVar("T")


class Registry(dict[str, T]):
    """Everything of one kind (the selectors, say) by name."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def find(self, name: str) -> T:
        """The one of that name, or a UserError that lists the names."""
        if name not in self:
            raise UserError(f"There is no {self.kind} {name!r}. The {self.kind}s: {', '.join(sorted(self))}.")
        return self[name]


def import_all(package: str, path: list[str]) -> None:
    """Import every module of `package` whose name does not begin with an underscore, in order of name."""
    for module in sorted(iter_modules(path), key=lambda module: module.name):
        if not module.name.startswith("_"):
            import_module(f"{package}.{module.name}")
