"""What a run has made on the engine is removed, also where a part of it is still in use for a moment."""

from __future__ import annotations

import pytest

from copier_slim.engine import docker


@pytest.mark.parametrize(("said", "tries"), [("volume is in use - [0f]", 3), ("the disk is full", 1)])
def test_what_is_in_use_is_removed_a_moment_later(monkeypatch: pytest.MonkeyPatch, said: str, tries: int) -> None:
    asked: list[str] = []

    def remove(name: str) -> None:
        asked.append(name)
        if len(asked) < 3:
            raise docker.DockerError(f"docker: {said}")

    monkeypatch.setattr(docker, "remove_left", lambda: None)
    monkeypatch.setattr(docker, "remove_all", remove)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(KeyboardInterrupt), docker.Scope() as scope:
        raise KeyboardInterrupt
    assert asked == [scope.name] * tries
