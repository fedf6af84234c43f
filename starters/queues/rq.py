"""`send` hands a task over to the worker, `result` has what it came to; REDIS_URL says where tasks and results go."""

import os

from redis import Redis
from rq import Queue, Retry
from rq.job import Job

redis = Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"))
queue = Queue("{{ starter_queue.object }}", connection=redis)


def add(x: int, y: int) -> int:
    return x + y


def send(x: int, y: int) -> str:
    # What a worker has not finished is tried again, so a task may run twice
    return queue.enqueue(add, x, y, retry=Retry(max=3)).id


def result(name: str) -> int | None:
    return Job.fetch(name, connection=redis).return_value()
