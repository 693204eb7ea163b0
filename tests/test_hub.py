"""Datasets of a hub, from a server on this machine that answers as the hub does; and of buckets, in memory."""

import io
import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import UserError
from core.fetching import Rules, bucket, fetch, parse, splits
from core.fetching.hub_layout import layout_of
from core.opening import open_dataset
from core.store import Store
from core.workspace import Workspace
from tests.fake_web import COMMIT, FakeWeb, become_hub, serving

TOKEN = "hf_not_a_real_token"


def parquet(start: int, stop: int) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"id": range(start, stop), "text": [f"row {i}" for i in range(start, stop)]}), file)
    return file.getvalue()


def lines(*words: str) -> bytes:
    return "".join(json.dumps({"text": word}) + "\n" for word in words).encode()


@pytest.fixture(scope="module")
def module_web() -> Iterator[FakeWeb]:
    with serving() as server:
        yield server


@pytest.fixture
def hub(module_web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> FakeWeb:
    become_hub(module_web, monkeypatch)
    module_web.datasets = {
        "org/shards": {
            "README.md": b"# a card",
            "data/train-00000-of-00002.parquet": parquet(0, 60),
            "data/train-00001-of-00002.parquet": parquet(60, 100),
            "data/test-00000-of-00001.parquet": parquet(100, 110),
        },
        "org/configs": {"en/a.jsonl": lines("one"), "en/b.jsonl": lines("two"), "de/a.jsonl": lines("eins")},
    }
    module_web.cards = {
        "org/configs": {
            "configs": [
                {"config_name": "en", "data_files": [{"split": "train", "path": ["en/*.jsonl"]}]},
                {"config_name": "de", "data_files": "de/*.jsonl"},
            ]
        }
    }
    module_web.gated = set()
    module_web.asked.clear()
    return module_web


@pytest.fixture
def store(home) -> Store:
    return Store()


def test_a_split_is_fetched_at_its_commit_and_needs_no_network_again(hub, store, monkeypatch):
    found = open_dataset([parse("hf://datasets/org/shards")], store)
    assert (found.name, len(found)) == ("shards", 100)
    pinned = f"hf://datasets/org/shards@{COMMIT}#config=default,split=train"
    assert found.given == [pinned]
    assert [(source.name, source.revision) for source in found.sources] == [
        ("data/train-00000-of-00002.parquet", COMMIT),
        ("data/train-00001-of-00002.parquet", COMMIT),
    ]
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert open_dataset([parse(pinned)], store).key == found.key
    with pytest.raises(UserError, match=r"HF_HUB_OFFLINE .*forbids it\. Unset it"):
        open_dataset([parse("hf://datasets/org/shards#split=test")], store)


def test_a_seeded_sample_streams_over_the_shards_and_goes_on_after_a_stop(hub, store):
    address = parse("hf://datasets/org/shards@main#rows=30,seed=1")
    said: list[str] = []

    def stop(share: float, words: str) -> None:
        said.append(words)
        if "00001-of" in words:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(address, store, rules=Rules.of_app(), progress=stop)
    asked = len(hub.asked)
    found = open_dataset([address], store)
    assert not [path for _, path, _ in hub.asked[asked:] if "00000-of" in path], "the first shard was drawn from"
    ids = [row["id"] for row in found.records(range(30))]
    assert ids == sorted(set(ids)) and 8 <= sum(row >= 60 for row in ids) <= 18 and max(ids) < 100
    assert found.sources[0].name == "shards_30_rows.jsonl"


def test_configurations_and_splits_come_from_the_card_or_the_names(hub, store):
    commit, layout, sizes = splits(parse("hf://datasets/org/configs"))
    assert (commit, layout) == (
        COMMIT,
        {"en": {"train": ["en/a.jsonl", "en/b.jsonl"]}, "de": {"train": ["de/a.jsonl"]}},
    )
    assert sizes["en/a.jsonl"] == len(lines("one"))
    assert len(open_dataset([parse("hf://datasets/org/configs#config=en")], store)) == 2
    assert len(open_dataset([parse("hf://datasets/org/configs/en/b.jsonl")], store)) == 1
    for wish, why in {
        "": "several configurations. Name one of en, de",
        "#config=fr": "no configuration 'fr'",
        "#config=en,split=test": "no split 'test'. Name one of train",
        "/fr/*.jsonl": "no file fr",
    }.items():
        with pytest.raises(UserError, match=why):
            open_dataset([parse(f"hf://datasets/org/configs{wish}")], store)
    names = [
        "train.csv",
        "README.md",
        "data.py",
        "sub/dev_1.csv",
        "x/test/a.csv",
        "other.csv",
        "train.json",
        ".git/a.csv",
    ]
    assert layout_of(names, {}, "n") == {
        "default": {"train": ["train.csv"], "validation": ["sub/dev_1.csv"], "test": ["x/test/a.csv"]}
    }
    converted = ["en/train/0000.parquet", "en/train/0001.parquet", "de/test/0000.parquet"]
    assert layout_of(converted, {}, "n")["en"] == {"train": converted[:2]}
    with pytest.raises(UserError, match="refs/convert/parquet"):
        layout_of(["images.tar", "README.md"], {}, "n")


def test_what_the_hub_refuses_is_said_with_the_remedy_and_the_token_goes_to_the_hub_alone(hub, store, monkeypatch):
    for name, why in {
        "org/nothing": "no dataset org/nothing that you may see.*hf auth login",
        "org/shards@elsewhere": "no revision 'elsewhere'",
    }.items():
        with pytest.raises(UserError, match=why):
            open_dataset([parse(f"hf://datasets/{name}")], store)
    hub.gated = {"org/shards"}
    with pytest.raises(UserError, match="agree to its terms: log in"):
        open_dataset([parse("hf://datasets/org/shards")], store)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with pytest.raises(UserError, match=r"agree to its terms: accept them at .*/datasets/org/shards"):
        open_dataset([parse("hf://datasets/org/shards")], store)
    hub.gated = set()
    with serving() as elsewhere:
        place = f"/datasets/org/shards/resolve/{COMMIT}/data/test-00000-of-00001.parquet"
        elsewhere.files["/file"] = hub.datasets["org/shards"]["data/test-00000-of-00001.parquet"]
        hub.redirects = {place: f"{elsewhere.url}/file"}
        hub.asked.clear()
        found = open_dataset([parse("hf://datasets/org/shards#split=test")], store)
        hub.redirects = {}
        assert len(found) == 10
        assert {key for _, _, key in hub.asked} == {f"Bearer {TOKEN}"} and elsewhere.asked == [("GET", "/file", "")]
    every = [path.read_bytes() for path in store.home.rglob("*") if path.is_file()]
    assert not any(TOKEN.encode() in content for content in every), "it is written nowhere"
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="Nobody answers"):
        open_dataset([parse("hf://datasets/org/shards#split=train")], store)


def test_a_bucket_is_read_by_fsspec_and_the_app_lends_its_keys_to_named_ones_alone(store, monkeypatch):
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe({"/pool/a/one.jsonl": lines("one", "two"), "/pool/a/two.jsonl": lines("three"), "/pool/a/x.bin": b"no"})
    with pytest.raises(UserError, match=r"gamut\[s3\]"):
        open_dataset([parse("s3://pool/a")], store)
    monkeypatch.setattr(bucket, "filesystem", lambda: memory)
    assert len(open_dataset([parse("s3://pool/a")], store)) == 3
    found = open_dataset([parse("s3://pool/a/*.jsonl#rows=2")], store)
    assert len(found) == 2 and found.given == ["s3://pool/a/*.jsonl#rows=2,seed=0"]
    for nothing, why in {"s3://pool/b/*.jsonl": "no file at", "s3://pool/b": "no such bucket or file"}.items():
        with pytest.raises(UserError, match=why):
            open_dataset([parse(nothing)], store)
    with pytest.raises(UserError, match="GAMUT_S3_BUCKETS"):
        fetch(parse("s3://pool/a"), store, rules=Rules.of_app())
    monkeypatch.setenv("GAMUT_S3_BUCKETS", "other, pool")
    assert fetch(parse("s3://pool/a/one.jsonl"), store, rules=Rules.of_app()).name == "one.jsonl"


def test_where_rows_come_from_goes_into_manifests_and_verify_and_replay_take_the_address(hub, store, tmp_path, capsys):
    from core.__main__ import main

    rows, out = "hf://datasets/org/shards#rows=40,seed=2", tmp_path / "chosen.jsonl"
    np.save(tmp_path / "own.npy", np.eye(40, dtype=np.float32))
    own = ["--embeddings", str(tmp_path / "own.npy")]
    options = [*own, "--home", str(store.home), "--quiet"]
    assert main(["select", rows, "--selector", "random", "--budget", "5", "--out", str(out), *options]) == 0
    manifest = f"{out}.manifest.json"
    (source,) = json.loads((tmp_path / "chosen.jsonl.manifest.json").read_text())["dataset"]["sources"]
    address = f"hf://datasets/org/shards@{COMMIT}#config=default,split=train,rows=40,seed=2"
    assert (source["address"], source["revision"]) == (address, COMMIT)
    assert main(["verify", manifest, "--subset", str(out), "--home", str(store.home)]) == 2
    assert address in capsys.readouterr().err, "it names what to fetch"
    elsewhere = ["--home", str(tmp_path / "other"), "--quiet"]
    assert main(["verify", manifest, "--data", address, "--subset", str(out), *elsewhere]) == 0
    assert main(["replay", manifest, "--data", address, *own, *elsewhere]) == 0


def test_the_workspace_keeps_where_rows_come_from(hub, store):
    from core.work_opening import fetch as fetch_job

    key = fetch_job(store, {"address": "hf://datasets/org/shards#split=test"}, lambda share, words: None)["dataset"]
    workspace = Workspace(store)
    entry = workspace.get(key)
    assert entry is not None
    assert workspace.dataset(entry).given == [f"hf://datasets/org/shards@{COMMIT}#config=default,split=test"]
