"""Data from web servers: fetched once and whole, gone on with where it broke off, and no way into a private network."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, UserError
from core.fetching import Rules, address_in, fetch, parse
from core.fetching.rules import is_private
from core.manifest import describe_rows
from core.opening import open_dataset
from core.store import Store
from core.work_opening import fetch as fetch_job
from tests.fake_web import FakeWeb, serving

ROWS = "".join(json.dumps({"id": i, "text": f"row {i} " + "x" * 900}) + "\n" for i in range(2000)).encode()


@pytest.fixture(scope="module")
def module_web() -> Iterator[FakeWeb]:
    with serving() as server:
        yield server


@pytest.fixture
def web(module_web: FakeWeb) -> FakeWeb:
    module_web.asked.clear()
    module_web.ranges.clear()
    module_web.breaks.clear()
    module_web.files = {"/rows.jsonl": ROWS, "/rows.jsonl.gz": gzip.compress(ROWS, mtime=0)}
    module_web.redirects = {}
    return module_web


@pytest.fixture
def store(home: Path) -> Store:
    return Store()


def test_an_address_is_read_and_written_and_what_is_none_is_refused():
    for text in (
        "hf://datasets/org/name",
        "hf://datasets/org/name@0123abc/data/train-*.parquet",
        "hf://datasets/org/name@refs%2Fconvert%2Fparquet#config=en%2Cde,split=test,rows=5,seed=3",
        "https://example.org/a.jsonl?b=1#rows=7,seed=0",
        "s3://bucket/folder/*.parquet",
    ):
        assert str(parse(text)) == text
        assert address_in(Path(text)) == parse(text), "a path of it has lost a slash"
    assert str(parse("hf://datasets/o/n@refs/convert/parquet/default")).endswith("@refs%2Fconvert%2Fparquet/default")
    assert address_in("C:/data.jsonl") is None and address_in("data/a.jsonl") is None
    for wrong, why in {
        "file:///etc/passwd": "no address that Gamut opens",
        "ftp://host/file": "no address that Gamut opens",
        "https://me:secret@host/file": "write down",
        "https://host/f?X-Amz-Signature=abc": "write down",
        "https://host/f?access_token=abc": "write down",
        "hf://org/name": "hf://datasets/org/name",
        "https://host/f#rows=many": "no number",
        "https://host/f#split=test": "on the hub",
        "https:///f": "no server",
        "https://host/a b": "spaces",
    }.items():
        with pytest.raises(UserError, match=why) as told:
            parse(wrong)
        assert "secret@" not in str(told.value) and "abc" not in str(told.value)


def test_a_file_is_fetched_once_and_its_rows_say_where_they_come_from(web, store, tmp_path):
    (tmp_path / "own.jsonl").write_bytes(ROWS)
    own = open_dataset([tmp_path / "own.jsonl"], store)
    assert "address" not in describe_rows(own)["sources"][0]
    found = open_dataset([Path(f"{web.url}/rows.jsonl")], store)
    assert found.key == own.key, "the same content"
    (source,) = describe_rows(found)["sources"]
    assert source["address"] == f"{web.url}/rows.jsonl" and len(source["revision"]) == 16
    assert found.given == [f"{web.url}/rows.jsonl"] and found.name == "rows.jsonl"
    asked = len(web.asked)
    open_dataset([Path(f"{web.url}/rows.jsonl")], store)
    assert len(web.asked) == asked + 1, "only looked at again"
    assert open_dataset([Path(f"{web.url}/rows.jsonl.gz")], store).n == 2000


def test_the_progress_of_several_addresses_rises_and_never_begins_anew(web, store):
    shares: list[float] = []
    paths = [Path(f"{web.url}/rows.jsonl"), Path(f"{web.url}/rows.jsonl.gz")]
    assert open_dataset(paths, store, progress=lambda share, _: shares.append(share)).n == 4000
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_broken_connection_and_a_cancel_are_gone_on_with_and_nothing_half_is_read(web, store):
    web.breaks["/rows.jsonl"] = 1_000_000
    address = parse(f"{web.url}/rows.jsonl")
    fetched = fetch(address, store, rules=Rules.of_command_line())
    assert fetched.files[0][0].read_bytes() == ROWS
    assert "bytes=1000000-" in web.ranges, "not from the beginning again"
    web.files["/rows.jsonl"] = changed = ROWS[::-1]

    def stop(share: float, message: str) -> None:
        if share > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(address, store, rules=Rules.of_command_line(), progress=stop)
    assert len([each for each in (store.home / "fetched").iterdir() if each.suffix != ".partial"]) == 1
    (part,) = (store.home / "fetched").glob("*.partial/00000.part")
    kept = part.stat().st_size
    said: list[str] = []
    again = fetch(address, store, rules=Rules.of_command_line(), progress=lambda share, words: said.append(words))
    assert again.files[0][0].read_bytes() == changed
    assert f"bytes={kept}-" in web.ranges and 0 < kept < len(changed)
    assert any(words.startswith("Fetched") and "of 1.8" in words for words in said)


def test_the_sample_of_a_seed_is_the_same_rows_and_every_row_is_as_likely(web, store):
    def drawn(seed: int) -> list[int]:
        return [
            row["id"]
            for row in open_dataset([Path(f"{web.url}/rows.jsonl#rows=50,seed={seed}")], store).records(range(50))
        ]

    numbers = np.random.default_rng([3, 0]).random(2000)
    assert drawn(3) == sorted(np.argsort(numbers)[:50].tolist()) == drawn(3)
    means = [np.mean(drawn(seed)) for seed in range(8)]
    assert abs(np.mean(means) - 999.5) < 4 * 577 / np.sqrt(400)
    assert not list((store.home / "fetched").glob("*/00000*")), "the whole file is not kept"


def test_the_app_opens_no_way_into_the_own_network_not_even_by_a_redirect(web, store, monkeypatch):
    for private in (
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "0.0.0.0",
    ):
        assert is_private(private), private
    assert not is_private("93.184.215.14") and not is_private("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    address = f"{web.url}/rows.jsonl"
    with pytest.raises(UserError, match="own network"):
        fetch_job(store, {"address": address}, lambda share, words: None)
    assert not web.asked, "nobody was asked"
    for place in ("file:///etc/passwd", "http://user@127.0.0.1/", "/loop"):
        web.redirects = {"/rows.jsonl": place, "/loop": "/loop"}
        with pytest.raises(UserError, match=r"not followed|without end"):
            fetch(parse(address), store, rules=Rules.of_command_line())

    import socket

    public, real = "93.184.215.14", socket.getaddrinfo
    inner = f"http://localhost:{web.server_port}/rows.jsonl"

    def names(host: str, port: int, **how: object) -> object:
        if host == "public.example":  # a public name, whose connection the test leads here
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (public, port))]
        return real(host, port, **how)

    class Led(socket.socket):
        def connect(self, place: tuple[str, int]) -> None:
            super().connect(("127.0.0.1", web.server_port) if place[0] == public else place)

    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(socket, "socket", Led)
    web.redirects = {"/rows.jsonl": inner}
    with pytest.raises(UserError, match="own network"):
        fetch_job(store, {"address": "http://public.example/rows.jsonl"}, lambda share, words: None)
    web.redirects = {}
    assert fetch_job(store, {"address": "http://public.example/rows.jsonl"}, lambda share, words: None)["dataset"]
    monkeypatch.setenv("GAMUT_ALLOW_PRIVATE", "1")
    assert fetch_job(store, {"address": address}, lambda share, words: None)["dataset"]


def test_what_cannot_be_fetched_says_why_and_what_to_do(web, store, monkeypatch):
    for place, why in {
        f"{web.url}/nothing.jsonl": "nothing at this address",
        "http://127.0.0.1:9/x": "Nobody answers",
        "http://no-such-host.invalid/x": "network",
    }.items():
        with pytest.raises(UserError, match=why):
            open_dataset([Path(place)], store)
    monkeypatch.setenv("GAMUT_MAX_FETCH", "1 MB")
    with pytest.raises(UserError, match=r"at most 1 MB are fetched.*GAMUT_MAX_FETCH"):
        open_dataset([Path(f"{web.url}/rows.jsonl")], store)
    assert len(web.asked) == 2, "none of it was fetched"
    monkeypatch.setenv("GAMUT_MAX_FETCH", "much")
    with pytest.raises(UserError, match="Give a size"):
        open_dataset([Path(f"{web.url}/rows.jsonl")], store)


def test_a_folder_of_shards_is_one_dataset(tmp_path, store):
    folder = tmp_path / "shards"
    (folder / "more").mkdir(parents=True)
    lines = ROWS.splitlines(keepends=True)
    (folder / "a-00001-of-00002.jsonl").write_bytes(b"".join(lines[:1200]))
    (folder / "more" / "b.jsonl").write_bytes(b"".join(lines[1200:]))
    (folder / "a.jsonl.manifest.json").write_text("{}")
    (folder / "README.md").write_text("no data")
    found = open_dataset([folder], store)
    assert (found.name, len(found)) == ("shards", 2000)
    assert [source.name for source in found.sources] == ["a-00001-of-00002.jsonl", "more/b.jsonl"]
    with pytest.raises(UserError, match="holds no data file"):
        open_dataset([store.home / "results"], store)
