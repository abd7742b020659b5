"""The web process: pages and hot doors in one uvicorn."""

import argparse

import uvicorn


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    uvicorn.run(
        "parvis.project.asgi:application",
        factory=True,
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,  # addresses and tracking codes of residents do not belong in a log
        server_header=False,
        timeout_graceful_shutdown=3,
        limit_concurrency=1000,
    )
