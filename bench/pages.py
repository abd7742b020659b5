"""Time to answer of a resident's pages, from a client on the same machine, one request at a time."""

import statistics
import sys
import time
import urllib.request

from bench.deployment import city

ROUNDS = 3
REQUESTS = 60


def median_ms(url: str) -> float:
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        with urllib.request.urlopen(url) as answer:
            answer.read()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    with city("--still") as deployment:
        pages = {
            "null (/api/health)": "/api/health",
            "portal home": "/",
            "report a problem": "/requests/new",
            "recent requests": "/requests/around",
        }
        for path in pages.values():
            urllib.request.urlopen(deployment.base + path).close()
        found = {name: [median_ms(deployment.base + path) for _ in range(ROUNDS)] for name, path in pages.items()}
        null = statistics.median(found["null (/api/health)"])
        for name, times in found.items():
            middle = statistics.median(times)
            print(
                f"{name:<24} {middle:7.1f} ms  (rounds {', '.join(f'{one:.1f}' for one in times)}; {middle / null:.1f} x null)"
            )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
