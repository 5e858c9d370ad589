# SPDX-License-Identifier: Apache-2.0
"""Serves a benchmark site with nginx, a server a host, and tells what was asked for.

Guarantees: inside the `with` block every host answers; after it nginx is gone and its log is whole. What nginx writes
stays in the scratch folder. A server is started for each measured run, so that none finds the files of another open.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.failed import Failed

_PATIENCE = 10.0


def binary() -> str:
    """Where nginx is. Raises `Failed` when it is not installed."""
    # Debian keeps it where only root's PATH leads.
    found = shutil.which("nginx", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Failed("nginx is not installed. On Debian and Ubuntu: apt-get install nginx-light")
    return found


def is_free(addresses: list[str], port: int) -> bool:
    """Whether a server could listen at this port of every address."""
    with ExitStack() as held:
        for address in addresses:
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((address, port))
            except OSError:
                return False
    return True


def configuration(scratch: Path, folders: Mapping[str, Path], port: int, user: str | None) -> str:
    """What nginx reads: a server for each address, with the folder it serves."""
    temporary = "\n".join(
        f"  {name}_temp_path {scratch}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    servers = "\n".join(
        f"  server {{ listen {address}:{port} backlog=1024; root {folder}; }}" for address, folder in folders.items()
    )
    # Workers of a server started by root are nobody otherwise, and a checkout need not be readable by nobody.
    return f"""{f"user {user};" if user else ""}
daemon off;
worker_processes 2;
pid {scratch}/nginx.pid;
error_log {scratch}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  types {{
    text/html html; text/css css; text/javascript js; image/jpeg jpg; image/png png; text/plain txt;
  }}
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 300s;
  keepalive_requests 1000000;
  open_file_cache max=50000 inactive=600s;
  open_file_cache_valid 600s;
{temporary}
  log_format asked '$status http://$server_addr:$server_port$request_uri';
  access_log {scratch}/access.log asked buffer=256k;
{servers}
}}
"""


class Nginx:
    """A running server; use it in a `with` block."""

    def __init__(self, scratch: Path, folders: Mapping[str, Path], port: int) -> None:
        """`scratch` is made if need be; `folders` maps addresses to what they serve."""
        self._scratch, self._folders, self._port = scratch, folders, port

    def __enter__(self) -> Self:
        program = binary()
        self._scratch.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        user = pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() == 0 else None
        file = self._scratch / "nginx.conf"
        file.write_text(configuration(self._scratch.resolve(), self._folders, self._port, user))
        errors = self._scratch.resolve() / "error.log"
        errors.unlink(missing_ok=True)
        command = [program, "-e", str(errors), "-p", str(self._scratch.resolve()), "-c", str(file.resolve())]
        with (self._scratch / "start.log").open("wb") as said:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def log(self) -> Path:
        """A line `CODE URL` for each answer; whole only after the `with` block."""
        return self._scratch / "access.log"

    def _wait(self) -> None:
        last = time.monotonic() + _PATIENCE
        for address in self._folders:
            while True:
                try:
                    socket.create_connection((address, self._port), timeout=1).close()
                    break
                except OSError as fault:
                    if self._process.poll() is not None or time.monotonic() > last:
                        logs = [self._scratch / name for name in ("start.log", "error.log")]
                        said = "".join(log.read_text(errors="replace") for log in logs if log.exists())
                        raise Failed(f"nginx does not serve {address}:{self._port}: {said[-1000:]}") from fault
                time.sleep(0.01)

    def _stop(self) -> None:
        self._process.terminate()
        self._process.wait()
