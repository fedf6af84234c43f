"""What the loop changed, by the line that showed it, what is left, and what was seen working."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copier_slim.lock.failures import cut
from copier_slim.prove.matching import last_line, seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from copier_slim.prove import Mended, Verdict
    from copier_slim.prove.changes import Change
    from copier_slim.prove.matching import Found

LONGEST_VALUE = 120


def tell(mended: Mended, out: Console) -> None:
    """One change, as it is made: the answers, why, and the line that showed it."""
    found = mended.found
    out.print(f"mended: {shown(mended.change, mended.answers)}, as {found.told(found.row.says)}", soft_wrap=True)
    out.print(f"        {found.evidence}", soft_wrap=True)


def shown(change: Change, before: Mapping[str, Any]) -> str:
    """The answers and variables of a change, each on its own; of a long answer the lines that it had not before."""
    answered = [f"{name}={_value(str(value), str(before.get(name) or ''))}" for name, value in change.answers.items()]
    return ", ".join([*answered, *(f"{name} for the trial" for name in change.variables)])


def _value(value: str, before: str) -> str:
    new = [line for line in value.split("\n") if line not in before.split("\n")]
    if len(value) > LONGEST_VALUE and new:
        value = f"… {' '.join(new)}"
    return cut(value, LONGEST_VALUE) or "(empty)"


def answers(mended: Sequence[Mended]) -> str:
    """The names of the answers that were changed."""
    names = dict.fromkeys(name for item in mended for name in item.change.answers)
    return f"{', '.join(names)} changed" if names else "no answer changed"


def show(verdict: Verdict, out: Console) -> None:
    """What is left, each in one line with what it needs."""
    for mended in verdict.mended:
        for name in mended.change.variables:
            out.print(f"needs: the variable {name}, which was made up for the trial", soft_wrap=True)
    for found in needed(verdict.left):
        out.print(f"needs: {found.told(found.row.needs)}", soft_wrap=True)
        out.print(f"       {found.evidence}", soft_wrap=True)


def needed(left: Iterable[Found]) -> list[Found]:
    """What stands in the way and says what it needs: one, since rows that come later are less certain."""
    return [found for found in left if found.row.needs][:1]


def end(verdict: Verdict) -> str:
    """The last line: what was seen."""
    observation = verdict.observation
    if verdict.works:
        return f"proven: {observation.shown()}"
    if observation.state == "not-found":
        return f"proven: it answers on port {observation.port}, with 404 for the {len(observation.answers)} paths asked"
    return f"not seen working: {observation.shown()}, for what it needs"


def failure(verdict: Verdict) -> str:
    """In one line, why it does not work."""
    observation = verdict.observation
    what = "it does not build" if observation.state == "unbuilt" else observation.shown()
    why = last_line(observation.log) or seen(observation)
    reason = f" ({why})" if why != what else ""
    return f"not seen working: {what}{reason}; what is written stays; copier-slim verify shows more"
