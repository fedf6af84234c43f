"""What a run of tune found."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from copier_slim.tune.trial import Measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What is less than this may be chance: of the time to the first answer, which has the engine's in it, and of the memory
LEAST_MS, LEAST_OF_TIME = 10.0, 0.03
LEAST_BYTES, LEAST_OF_MEMORY = 500_000, 0.02
MOST = 2 / 3


@dataclass(slots=True)
class Tuned:
    """The measurements without lazy imports and with them, the modules that cannot wait and why, what was asked.

    `problem` is why lazy imports are not used although they were tried, "" where nothing speaks against them; `tests`
    says how the project's own came out; `untried` has the processes that do not run here without lazy imports either,
    each with why; `written` is whether answers were changed.
    """

    image: str
    python: str
    before: Measured = field(default_factory=Measured)
    after: Measured = field(default_factory=Measured)
    eager: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    tests: str = ""
    untried: dict[str, str] = field(default_factory=dict)
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
        time, memory = self.before.seconds, self.before.memory
        faster = _changed(time, self.after.seconds, LEAST_MS / 1000, LEAST_OF_TIME)
        smaller = _changed(memory, self.after.memory, LEAST_BYTES, LEAST_OF_MEMORY)
        return 1 in {faster, smaller} and -1 not in {faster, smaller}


def _changed(before: Sequence[float], after: Sequence[float], least: float, share: float) -> int:
    """1 where less is needed, -1 where more is, 0 where that may be chance: little, or not so in most of the pairs."""
    if not before or len(before) != len(after):
        return 0
    gain = median(before) - median(after)
    if abs(gain) <= max(least, share * median(before)):
        return 0
    agree = sum((one - other > 0) == (gain > 0) for one, other in zip(before, after, strict=True))
    return (1 if gain > 0 else -1) if agree > MOST * len(before) else 0
