"""`send` hands a task over to the worker, `result` has what it came to; REDIS_URL says where tasks and results go."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import ResultMissing, Results
from dramatiq.results.backends import RedisBackend

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
results = RedisBackend(url=REDIS_URL)
{{ starter_queue.object }} = RedisBroker(url=REDIS_URL)
{{ starter_queue.object }}.add_middleware(Results(backend=results))
dramatiq.set_broker({{ starter_queue.object }})


@dramatiq.actor(store_results=True)
def add(x: int, y: int) -> int:
    return x + y


def send(x: int, y: int) -> str:
    return add.send(x, y).message_id


def result(name: str) -> int | None:
    try:
        return results.get_result(add.message().copy(message_id=name))
    except ResultMissing:
        return None
