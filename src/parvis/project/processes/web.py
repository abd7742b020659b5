"""The web process: pages and hot doors in one uvicorn."""

import argparse

import uvicorn

from parvis.project import environment


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
        # Limits count addresses: one that a client writes itself is not believed.
        proxy_headers=environment.flag("PARVIS_BEHIND_PROXY", False),
        forwarded_allow_ips=environment.text("PARVIS_TRUSTED_PROXIES", "127.0.0.1"),
        timeout_graceful_shutdown=3,
        limit_concurrency=1000,
    )
