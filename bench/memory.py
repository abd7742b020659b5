"""Idle memory of the whole demonstration: proportional set size of every process, embedded PostgreSQL included."""

import statistics
import time

import psutil

from bench.deployment import city

SETTLE_S = 60
SAMPLES = 5


def tree(pid: int, home: str) -> list[psutil.Process]:
    """The supervisor and its children, and the PostgreSQL server of this home (a daemon, not a child)."""
    root = psutil.Process(pid)
    servers = [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "postgres" and any(home in part for part in process.info["cmdline"] or [])
    ]
    found = [root, *root.children(recursive=True)]
    for server in servers:
        found += [server, *server.children(recursive=True)]
    return list({process.pid: process for process in found}.values())


def main() -> None:
    with city() as deployment:
        time.sleep(SETTLE_S)
        totals = []
        for _ in range(SAMPLES):
            time.sleep(2)
            sizes: dict[str, int] = {}
            for process in tree(deployment.pid, str(deployment.home)):
                try:
                    words = process.cmdline()
                    name = words[3] if "parvis.project.processes" in words else process.name()
                    sizes[name] = sizes.get(name, 0) + process.memory_full_info().pss
                except psutil.NoSuchProcess:
                    continue
            totals.append(sum(sizes.values()) / 1e6)
        for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
            print(f"{name:<24} {size / 1e6:8.0f} MB")
        print(f"{'all, median of ' + str(SAMPLES):<24} {statistics.median(totals):8.0f} MB (to be under 700)")


if __name__ == "__main__":
    main()
