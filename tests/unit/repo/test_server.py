"""The loopback server gives files and nothing else."""

from pathlib import Path

import httpx
import pytest

from headwater.repo import serve


def test_files_are_served_and_folders_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "repo" / "base").mkdir(parents=True)
    (tmp_path / "repo" / "base" / "file").write_bytes(b"content")
    (tmp_path / "secret").write_bytes(b"secret")
    with serve(tmp_path / "repo") as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/base/file").content == b"content"
        assert client.get("/base/").status_code == 404
        assert client.get("/nothing").status_code == 404
        assert client.get("/%2e%2e/secret").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/base/file", trust_env=False)
