"""What the tests of task queues share: brokers of Debian's packages, and a slow task for each queue."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from python_on_whales import docker

REDIS = """
FROM python:3.14-slim-trixie
RUN apt-get update && apt-get install --yes --no-install-recommends redis-server
CMD ["redis-server", "--save", "", "--protected-mode", "no"]
"""
RABBITMQ = """
FROM python:3.14-slim-trixie
RUN apt-get update && apt-get install --yes --no-install-recommends rabbitmq-server
RUN echo "loopback_users = none" > /etc/rabbitmq/rabbitmq.conf
CMD ["rabbitmq-server"]
"""

# Counts in Redis how often a task begins and is done; what follows it in a module is the queue's own
COUNTING = """

import os, time
from redis import Redis

def work(name, seconds):
    counts = Redis.from_url(os.environ["REDIS_URL"])
    counts.incr(f"begun-{name}")
    time.sleep(seconds)
    counts.incr(f"done-{name}")
"""
SLOW = {
    "celery": """
@shared_task
def slow(name, seconds):
    work(name, seconds)

def send_slow(name, seconds):
    slow.delay(name, seconds)
""",
    "rq": """
def send_slow(name, seconds):
    queue.enqueue(work, name, seconds)

def send_later(name, seconds):
    from datetime import timedelta
    queue.enqueue_in(timedelta(seconds=seconds), work, name, 0)
""",
    "arq": """
async def slow(context, name, seconds):
    import asyncio
    counts = Redis.from_url(os.environ["REDIS_URL"])
    counts.incr(f"begun-{name}")
    await asyncio.sleep(seconds)
    counts.incr(f"done-{name}")

async def tick(context):
    Redis.from_url(os.environ["REDIS_URL"]).incr("ticks")

from arq import cron
WorkerSettings.functions.append(slow)
WorkerSettings.cron_jobs = [cron(tick, second=set(range(60)))]

def send_slow(name, seconds):
    async def sent():
        async with await create_pool(WorkerSettings.redis_settings) as pool:
            await pool.enqueue_job("slow", name, seconds)
    asyncio.run(sent())
""",
    "dramatiq": """
@dramatiq.actor
def slow(name, seconds):
    work(name, seconds)

def send_slow(name, seconds):
    slow.send(name, seconds)
""",
    "huey": """
from huey import crontab

@huey.task()
def slow(name, seconds):
    work(name, seconds)

@huey.periodic_task(crontab())
def tick():
    Redis.from_url(os.environ["REDIS_URL"]).incr("ticks")

def send_slow(name, seconds):
    slow(name, seconds)
""",
    "taskiq": """
@broker.task
def slow(name: str, seconds: float) -> None:
    work(name, seconds)

@broker.task(schedule=[{"interval": 1}])
def tick() -> None:
    Redis.from_url(os.environ["REDIS_URL"]).incr("ticks")

def send_slow(name, seconds):
    async def sent():
        await broker.startup()
        await slow.kiq(name, seconds)
        await broker.shutdown()
    asyncio.run(sent())
""",
}
# The starter's tasks by RabbitMQ, with results in Redis
BY_RABBITMQ = """
import os
import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.results import ResultMissing, Results
from dramatiq.results.backends import RedisBackend

results = RedisBackend(url=os.environ["REDIS_URL"])
broker = RabbitmqBroker(url=os.environ["RABBITMQ_URL"])
broker.add_middleware(Results(backend=results))
dramatiq.set_broker(broker)

@dramatiq.actor(store_results=True)
def add(x, y):
    return x + y

def send(x, y):
    return add.send(x, y).message_id

def result(name):
    try:
        return results.get_result(add.message().copy(message_id=name))
    except ResultMissing:
        return None
"""
# Stops each process that has a heartbeat, and lets the time pass; PID 1 is stopped from outside
HANG = """
import os, signal
for file in os.scandir("/dev/shm"):
    if file.name.startswith("heartbeat"):
        pid = file.name.partition(".")[2]
        if pid and pid != "1":
            os.kill(int(pid), signal.SIGSTOP)
        os.utime(file.path, (0, 0))
"""
GO_ON = """
import os, signal
for file in os.scandir("/dev/shm"):
    pid = file.name.partition(".")[2]
    if file.name.startswith("heartbeat.") and pid != "1":
        os.kill(int(pid), signal.SIGCONT)
"""


def broker(alias: str, text: str, network: Any, context: Path) -> ExitStack:
    """A broker's container, called `alias` on the network until the stack that is returned is closed."""
    (context / "Dockerfile").write_text(text, encoding="utf-8")
    tag = f"copier-slim-test:queue-broker-{alias}"
    docker.buildx.build(context, tags=tag, load=True, progress=False)
    started = docker.run(tag, detach=True, networks=[network], network_aliases=[alias])
    stack = ExitStack()
    stack.callback(docker.remove, started, force=True, volumes=True)
    return stack
