"""Finding what cannot wait: the right modules, in few trials, whatever else is imported."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copier_slim.tune.bisecting import MOST_FOUND, NoneHelpsError, TooManyError, eager_modules, needed


class App:
    """An app that needs some modules at once, and counts how often it is tried."""

    def __init__(self, *needs: str) -> None:
        self.needs = needs
        self.tried = 0

    def fails(self, eager: Collection[str]) -> str:
        self.tried += 1
        for need in self.needs:
            if not any(need == name or need.startswith(f"{name}.") for name in eager):
                return f"without {need}"
        return ""


IMPORTED = [f"package{number}.module{other}" for number in range(40) for other in range(25)]


def test_nothing_that_cannot_wait_is_one_trial() -> None:
    app = App()
    assert eager_modules(IMPORTED, app.fails) == {}
    assert app.tried == 1


def test_one_module_of_a_thousand() -> None:
    app = App("package7.module3")
    assert eager_modules(IMPORTED, app.fails) == {"package7.module3": "without package7.module3"}
    assert app.tried < 20


def test_a_package_itself_stands_for_what_is_below() -> None:
    app = App("package7")
    assert list(eager_modules([*IMPORTED, "package7"], app.fails)) == ["package7"]


def test_a_module_comes_before_the_package_that_holds_it() -> None:
    app = App("shop.plugins.paper")
    imported = ["shop", "shop.plugins", "shop.plugins.paper", "shop.plugins.ink", "flask"]
    assert list(eager_modules(imported, app.fails)) == ["shop.plugins.paper"]


def test_many_of_a_package_are_named_by_it() -> None:
    app = App(*(f"package3.module{number}" for number in range(6)), "package5.module1")
    assert list(eager_modules(IMPORTED, app.fails)) == ["package3", "package5.module1"]


def test_what_would_be_a_list_without_end() -> None:
    app = App(*(f"package{number}" for number in range(MOST_FOUND + 1)))
    with pytest.raises(TooManyError):
        eager_modules(IMPORTED, app.fails)


def test_an_app_that_no_list_helps() -> None:
    with pytest.raises(NoneHelpsError, match="without something else"):
        eager_modules(IMPORTED, App("something else").fails)
    with pytest.raises(NoneHelpsError):
        needed([], App("a").fails)


def test_what_failed_once_by_chance_is_not_kept() -> None:
    app = App()
    once = iter(["it gives no answer"])
    assert eager_modules(IMPORTED, lambda eager: next(once, "") or app.fails(eager)) == {}


@given(st.sets(st.sampled_from(IMPORTED[:200]), max_size=MOST_FOUND))
def test_finds_just_what_is_needed(needs: set[str]) -> None:
    assert set(needed(sorted(IMPORTED[:200]), App(*needs).fails)) == needs
