"""What a run of tune found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copier_slim.tune.trial import Measured

if TYPE_CHECKING:
    from collections.abc import Mapping

# What is less than this may be chance: of the time to the first answer, which has the engine's in it, and of the memory
LEAST_MS, LEAST_OF_TIME = 10.0, 0.03
LEAST_BYTES, LEAST_OF_MEMORY = 500_000, 0.02


@dataclass(slots=True)
class Tuned:
    """The measurements without lazy imports and with them, the modules that cannot wait and why, what was asked.

    `problem` is why lazy imports are not used although they were tried, "" where nothing speaks against them; `tests`
    says how the project's own came out; `written` whether answers were changed.
    """

    image: str
    python: str
    before: Measured = field(default_factory=Measured)
    after: Measured = field(default_factory=Measured)
    eager: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    tests: str = ""
    trials: int = 0
    problem: str = ""
    written: bool = False

    @property
    def answers(self) -> Mapping[str, object]:
        """The answers that were proven."""
        return {"lazy_imports": True, "eager_modules": "\n".join(self.eager)}

    @property
    def ms(self) -> float:
        """The milliseconds that were gained."""
        return self.before.ms - self.after.ms

    @property
    def bytes(self) -> float:
        """The bytes that were gained."""
        return self.before.bytes - self.after.bytes

    @property
    def gained(self) -> bool:
        """Whether it brought time or memory, and cost none of the other."""
        faster, slower = _beyond(self.ms, self.before.ms, LEAST_MS, LEAST_OF_TIME)
        smaller, larger = _beyond(self.bytes, self.before.bytes, LEAST_BYTES, LEAST_OF_MEMORY)
        return (faster or smaller) and not slower and not larger


def _beyond(gain: float, whole: float, least: float, share: float) -> tuple[bool, bool]:
    """Whether something was gained, or lost, that is no chance."""
    noise = max(least, share * whole)
    return gain > noise, -gain > noise
