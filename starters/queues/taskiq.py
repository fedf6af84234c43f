"""`send` hands a task over to the worker, `result` has what it came to; REDIS_URL says where tasks and results go."""

import asyncio
import os

{% if ' scheduler ' in processes %}
from taskiq import TaskiqScheduler
from taskiq.schedule_sources import LabelScheduleSource
{% endif %}
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
# By a stream: what a worker has not acknowledged goes to another one, so a task may run twice
{{ starter_queue.object }} = RedisStreamBroker(REDIS_URL).with_result_backend(RedisAsyncResultBackend(REDIS_URL))
{% if ' scheduler ' in processes %}
scheduler = TaskiqScheduler({{ starter_queue.object }}, [LabelScheduleSource({{ starter_queue.object }})])
{% endif %}


@{{ starter_queue.object }}.task
async def add(x: int, y: int) -> int:
    return x + y


def send(x: int, y: int) -> str:
    return asyncio.run(_send(x, y))


def result(name: str) -> int | None:
    return asyncio.run(_result(name))


async def _send(x: int, y: int) -> str:
    await {{ starter_queue.object }}.startup()
    try:
        return (await add.kiq(x, y)).task_id
    finally:
        await {{ starter_queue.object }}.shutdown()


async def _result(name: str) -> int | None:
    found = {{ starter_queue.object }}.result_backend
    try:
        return (await found.get_result(name)).return_value if await found.is_result_ready(name) else None
    finally:
        await found.shutdown()
