"""`send` hands a task over to the worker, `result` has what it came to; REDIS_URL says where tasks and results go."""

import asyncio
import os
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.jobs import Job, JobStatus


async def add(context: dict[str, Any], x: int, y: int) -> int:
    return x + y


class {{ starter_queue.object }}:
    functions = [add]
    redis_settings = RedisSettings.from_dsn(os.environ.get("REDIS_URL", "redis://localhost:6379/0"))


def send(x: int, y: int) -> str:
    return asyncio.run(_send(x, y))


def result(name: str) -> int | None:
    return asyncio.run(_result(name))


async def _send(x: int, y: int) -> str:
    async with await create_pool({{ starter_queue.object }}.redis_settings) as pool:
        job = await pool.enqueue_job("add", x, y)
        return job.job_id


async def _result(name: str) -> int | None:
    async with await create_pool({{ starter_queue.object }}.redis_settings) as pool:
        job = Job(name, pool)
        return await job.result() if await job.status() is JobStatus.complete else None
