"""Finding the files of a folder package: one file, one metric or selector, and no list to keep."""

from importlib import import_module
from pkgutil import iter_modules


def import_all(package: str, path: list[str]) -> None:
    """Import every module of `package` whose name does not begin with an underscore, in order of name."""
    for module in sorted(iter_modules(path), key=lambda module: module.name):
        if not module.name.startswith("_"):
            import_module(f"{package}.{module.name}")
