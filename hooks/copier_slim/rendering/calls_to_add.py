"""The lines by which an app of one's own calls what is generated in container/; a starter has them already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copier_slim import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

IMPORT = "from container import"


def lines(answers: Mapping[str, Any]) -> list[str]:
    """What is to be added where, a line each, by the recorded answers; none for a starter."""
    if answers["starter"]:
        return []
    module, _, name = str(answers["app"]).partition(":")
    app = "app" if name.endswith("()") or not name else name
    where = f"in {module}" if name else "in the app"
    found = []
    if answers["gc_monitor"]:
        found.append(f"{where}, once: {IMPORT} gc_monitor; gc_monitor.start()")
    calls = _calls(answers)
    if "start" in calls:
        found.append(f"{where}, before the app is made: {IMPORT} monitoring; monitoring.start()")
    if "attach" in calls:
        found.append(f"{where}, after the app is made: {IMPORT} monitoring; {app} = monitoring.attach({app})")
    return found


def _calls(answers: Mapping[str, Any]) -> list[str]:
    agent = catalog.agents().get(str(answers["apm"]))
    if agent is None:
        return []
    framework = catalog.frameworks()[answers["framework"]]
    server = str(answers.get("server", framework.default_server))
    return agent.frameworks[answers["framework"]].calls_for(server, framework.servers[server])
