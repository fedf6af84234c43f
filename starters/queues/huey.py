"""`send` hands a task over to the worker, `result` has what it came to; REDIS_URL says where tasks and results go."""

import os

from huey import RedisHuey

{{ starter_queue.object }} = RedisHuey("{{ project_slug }}", url=os.environ.get("REDIS_URL", "redis://localhost:6379/0"))


@{{ starter_queue.object }}.task(retries=3)
def add(x: int, y: int) -> int:
    return x + y


def send(x: int, y: int) -> str:
    return add(x, y).id


def result(name: str) -> int | None:
    return {{ starter_queue.object }}.result(name, preserve=True)
