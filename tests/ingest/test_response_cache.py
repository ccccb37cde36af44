"""Answers of servers on disk."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.http_get import Reply
from ingest.response_cache import FOREVER, ResponseCache

URL = "https://arxiv.example/pdf/2411.15382v1"


def reply(data: bytes, status: int = 200) -> Reply:
    return Reply(URL, status, {"content-type": "application/pdf"}, data)


@given(data=st.binary(max_size=300), status=st.sampled_from([200, 404]))
def test_what_is_kept_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, data: bytes, status: int):
    """A resumed run would work with other bytes than the first."""
    cache = ResponseCache(tmp_path_factory.mktemp("cache"))
    cache.put(URL, reply(data, status))
    kept = ResponseCache(cache._folder).get(URL, FOREVER)
    assert kept == reply(data, status)


def test_answers_grow_old(tmp_path: Path):
    """New papers would never be found, or everything asked for again and again."""
    now = [1000.0]
    cache = ResponseCache(tmp_path, clock=lambda: now[0])
    cache.put(URL, reply(b"x"))
    now[0] += 86_400
    assert cache.get(URL, 86_400) is not None
    now[0] += 1
    assert cache.get(URL, 86_400) is None
    assert cache.get(URL, FOREVER) is not None
    now[0] = 0.0
    assert cache.get(URL, FOREVER) is None


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "other", "nonsense"])
def test_a_damaged_file_is_no_answer(tmp_path: Path, damage: str):
    """A paper torn by a power cut would be read and kept."""
    cache = ResponseCache(tmp_path)
    cache.put(URL, reply(b"whole text"))
    (path,) = tmp_path.rglob("*.reply")
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[:-3],
            "changed": whole.replace(b"whole", b"other"),
            "empty": b"",
            "other": whole.replace(b"15382", b"15383"),
            "nonsense": b"[1]\n",
        }[damage]
    )
    assert cache.get(URL, FOREVER) is None


def test_the_folder_stays_within_its_size(tmp_path: Path):
    """Full texts would fill the disk in the end."""
    cache = ResponseCache(tmp_path, max_bytes=50_000)
    for number in range(100):
        cache.put(f"{URL}{number}", reply(bytes(2000)))
    sizes = [path.stat().st_size for path in tmp_path.rglob("*.reply")]
    assert 20_000 < sum(sizes) <= 50_000
    assert cache.get(f"{URL}99", FOREVER) is not None
    assert ResponseCache(tmp_path).prune(0) == 0
    assert not list(tmp_path.rglob("*.reply"))


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path):
    """A full disk would lose what was already fetched."""
    (tmp_path / "file").write_text("")
    cache = ResponseCache(tmp_path / "file")
    cache.put(URL, reply(b"x"))
    assert cache.get(URL, FOREVER) is None
