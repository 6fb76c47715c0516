"""The machines of a job."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to anybody
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # what concerns a job comes as its own errors
    "RAY_worker_niceness": "0",
}
"""For Ray, where the user has not said otherwise. It reads them when it is started."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """Where a job runs."""

    count: int = 1
    """Nodes that the job waits for; more may be there, and are used."""
    address: str | None = None
    """Of the cluster, as for ray.init: "auto", "HOST:6379"; None: this machine alone."""
    workers_per_node: int = 0
    """0: as many as a node has processors for, by `threads_per_worker`."""
    threads_per_worker: int = 1
    wait_s: float = 300
    """For nodes that are not there yet."""

    def __post_init__(self) -> None:
        for name in ("count", "threads_per_worker"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected 1 or more, got {getattr(self, name)}")
        if self.workers_per_node < 0:
            raise ValueError(f"workers_per_node: expected 0 or more, got {self.workers_per_node}")
        if self.count > 1 and self.address is None:
            raise ValueError(
                f"count: expected 1 without the address of a cluster, got {self.count}"
            )

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """Connects to the cluster, or starts one on this machine for as long as it is needed."""
        import ray

        own = {}
        if self.address is None:
            processors = self.workers_per_node * self.threads_per_worker or os.cpu_count()
            own = {"num_cpus": processors, "include_dashboard": False}
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
        ray.init(address=self.address, logging_level=logging.ERROR, log_to_driver=False, **own)
        try:
            self._wait()
            yield
        finally:
            ray.shutdown()

    def workers(self) -> int:
        """How many workers the nodes that are there have room for."""
        rooms = [int(cpus) // self.threads_per_worker for cpus in _processors()]
        if self.workers_per_node:
            rooms = [min(room, self.workers_per_node) for room in rooms]
        if sum(rooms) == 0:
            raise ValueError(
                f"threads_per_worker: expected no more than a node has processors, "
                f"{max(_processors(), default=0):g}, got {self.threads_per_worker}"
            )
        return sum(rooms)

    def _wait(self) -> None:
        until = time.monotonic() + self.wait_s
        while len(_processors()) < self.count:
            if time.monotonic() > until:
                raise TimeoutError(
                    f"expected {self.count} nodes, found {len(_processors())} "
                    f"after {self.wait_s:g} s"
                )
            time.sleep(1)


def _processors() -> list[float]:
    import ray

    return [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
