"""A queue of jobs, made up for tests."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any, Callable

log = logging.getLogger(__name__)
LIMIT: int = 10


class Full(Exception):
    pass


@dataclass
class Job:
    name: str
    run: Callable[..., Any]
    args: tuple = ()
    tries: int = 0
    errors: list[str] = field(default_factory=list)

    def failed(self) -> bool:
        return bool(self.errors) and self.tries > 3


class Queue:
    kind = "plain"

    def __init__(self, limit: int = LIMIT, *, loop=None) -> None:
        self.limit = limit
        self.jobs: list[Job] = []
        self._loop = loop or asyncio.new_event_loop()

    def put(self, job: Job, *more: Job, **options: Any) -> int:
        if len(self.jobs) >= self.limit:
            raise Full(f"{len(self.jobs)} jobs already")
        self.jobs.append(job)
        for other in more:
            self.jobs.append(other)
        return len(self.jobs)

    async def drain(self):
        results = {}
        while self.jobs:
            job = self.jobs.pop(0)
            try:
                results[job.name] = await self._one(job)
            except Exception as error:
                job.errors.append(str(error))
                job.tries += 1
                if not job.failed():
                    self.put(job)
        return results

    async def _one(self, job):
        value = job.run(*job.args)
        if asyncio.iscoroutine(value):
            value = await value
        return value


def main(names, quick=False):
    queue = Queue()
    for name in names:
        queue.put(Job(name, print, (name,)))
    if quick:
        done = asyncio.run(queue.drain())
    else:
        with open("log", "a") as out:
            done = [n.upper() for n in names if n]
            out.write("\n".join(done))
    return done


if __name__ == "__main__":
    main(["a", "b"])
