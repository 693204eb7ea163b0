"""A web server on this machine, and a hub on it: the routes that Gamut and huggingface_hub ask for."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeWeb(ThreadingHTTPServer):
    """Files by path, datasets of a hub by name, and what was asked and pushed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.breaks: dict[str, int] = {}  # once, after so many bytes
        self.datasets: dict[str, dict[str, bytes]] = {}
        self.cards: dict[str, Any] = {}
        self.gated: set[str] = set()
        self.asked: list[tuple[str, str, str]] = []  # method, path, Authorization
        self.ranges: list[str] = []
        self.pushed: dict[str, bytes] = {}
        self.made: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that leave early are part of the tests."""


class _Answers(BaseHTTPRequestHandler):
    server: FakeWeb

    def log_message(self, format: str, *words: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(("GET", path, self.headers.get("Authorization", "")))
        if place := self.server.redirects.get(path):
            self.send_response(302)
            self.send_header("Location", place)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path in self.server.files:
            self._file(path, self.server.files[path])
        elif path.startswith("/api/datasets/"):
            self._about(path.removeprefix("/api/datasets/").split("/"))
        elif path.startswith("/datasets/"):
            owner, name, _, commit, *rest = path.removeprefix("/datasets/").split("/")
            assert commit == COMMIT, "files are asked for at one commit"
            if f"{owner}/{name}" in self.server.gated:
                self._json({"error": "gated"}, 403)
            else:
                self._file(path, self.server.datasets[f"{owner}/{name}"]["/".join(rest)])
        else:
            self._json({"error": "not found"}, 404)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(("POST", self.path, self.headers.get("Authorization", "")))
        if self.path == "/api/repos/create":
            made = json.loads(content)
            self.server.made.append(made)
            self._json({"url": f"{self.server.url}/datasets/org/{made['name']}"})
        elif "/preupload/" in self.path:
            names = [each["path"] for each in json.loads(content)["files"]]
            told = [{"path": name, "uploadMode": "regular", "shouldIgnore": False, "oid": None} for name in names]
            self._json({"files": told})
        elif "/commit/" in self.path:
            for line in content.splitlines():
                each = json.loads(line)
                if each["key"] == "file":
                    self.server.pushed[each["value"]["path"]] = base64.b64decode(each["value"]["content"])
                elif each["key"] == "deletedFile":
                    del self.server.pushed[each["value"]["path"]]
            name = "/".join(self.path.split("/")[3:5])
            self._json(
                {
                    "success": True,
                    "commitOid": COMMIT,
                    "commitUrl": f"{self.server.url}/datasets/{name}/commit/{COMMIT}",
                }
            )
        else:
            self._json({}, 200)

    def _about(self, parts: list[str]) -> None:
        name, rest = "/".join(parts[:2]), parts[2:]
        files = self.server.datasets.get(name)
        if files is None:
            self._json({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
        elif rest[:1] == ["revision"] and rest[1] not in ("main", COMMIT):
            self._json({"error": "Revision not found"}, 404, {"X-Error-Code": "RevisionNotFound"})
        elif rest[:1] == ["tree"]:
            told = [{"type": "file", "path": path, "size": len(data), "oid": "0" * 40} for path, data in files.items()]
            for each, data in zip(told, files.values(), strict=True):
                if str(each["path"]).endswith(".parquet"):
                    sha = hashlib.sha256(data).hexdigest()
                    each["lfs"] = {"oid": sha, "size": len(data), "pointerSize": 130}
            self._json(told)
        else:
            siblings = [{"rfilename": path} for path in files]
            card = self.server.cards.get(name, {})
            self._json(
                {"id": name, "sha": COMMIT, "siblings": siblings, "cardData": card, "tags": [], "private": False}
            )

    def _file(self, path: str, data: bytes) -> None:
        etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        words = self.headers.get("Range", "")
        self.server.ranges.append(words)
        start = 0
        if words and self.headers.get("If-Range", etag) == etag:
            start = int(words.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("ETag", etag)
        self.end_headers()
        if words or path not in self.server.breaks or len(self.server.ranges) < 2:  # the first only looks
            self.wfile.write(data[start:])
        else:
            self.wfile.write(data[: self.server.breaks.pop(path)])

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        for name, word in (headers or {}).items():
            self.send_header(name, word)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving() -> Iterator[FakeWeb]:
    """A server for as long as the block runs."""
    with FakeWeb() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def become_hub(server: FakeWeb, patch: pytest.MonkeyPatch) -> None:
    """Let huggingface_hub ask that server, which is a network for it."""
    from huggingface_hub import constants

    patch.setattr(constants, "HF_HUB_OFFLINE", False)
    patch.setattr(constants, "ENDPOINT", server.url)
    patch.delenv("HF_TOKEN", raising=False)
