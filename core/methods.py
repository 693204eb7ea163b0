"""What projections and clusterings have in common: a function declared with its facts as a method of its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .params import Param, data_arguments, declared
from .registry import Registry

T = TypeVar("T")


@dataclass(frozen=True)
class Method(Generic[T]):
    """One way to do it, with a result of type T, and all that is known of it."""

    name: str
    function: Callable[..., T]
    title: str
    source: str
    says: str  # one sentence for a person: what the result shows
    overlooks: str
    cost: str
    needs: frozenset[str]
    params: Mapping[str, Param]

    @property
    def doc(self) -> str:
        return self.function.__doc__ or ""

    def run(self, available: Mapping[str, Any], settings: Mapping[str, Any]) -> T:
        """The result, of what it needs among the data that is available."""
        return self.function(**{need: available[need] for need in self.needs}, **settings)


class Methods(Registry[Method[T]]):
    """The methods of one kind by name."""

    def declare(
        self, *, title: str, source: str, says: str, overlooks: str, cost: str
    ) -> Callable[[Callable[..., T]], Method[T]]:
        """Declare the function below as the method of its name."""

        def register(function: Callable[..., T]) -> Method[T]:
            self[function.__name__] = found = Method(
                name=function.__name__,
                function=function,
                title=title,
                source=source,
                says=says,
                overlooks=overlooks,
                cost=cost,
                needs=data_arguments(function),
                params=declared(function),
            )
            return found

        return register
