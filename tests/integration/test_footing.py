"""An image with other words, as a user builds it: what it stands on is known, and it is as if all had been looked at."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror]
DISTRO = Path(__file__).parents[2] / "distro"


def hw(store, project, *words):
    vector = [sys.executable, "-m", "headwater", "--store", store.root, "-C", project, "-v", "--json", *words]
    result = subprocess.run([str(word) for word in vector], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-4000:]
    return result


def steps(said):
    """The steps that were told as JSON lines, each with how it ended."""
    lines = [json.loads(line) for line in said.stderr.splitlines() if line.startswith("{")]
    return {line["verb"]: line["outcome"] for line in lines if line.get("outcome")}


@pytest.mark.usefixtures("repository")
def test_an_image_with_other_words_is_made_without_what_comes_before_images(store, tmp_path):
    project = tmp_path / "distro"
    shutil.copytree(DISTRO, project, ignore=shutil.ignore_patterns("out", "build"))
    words = ("image", "build")
    assert "derive" in steps(hw(store, project, *words, "distroless-static"))
    table = project / "images" / "worded.toml"
    table.write_text('[images.worded]\nfrom = "distroless-static"\ndescription = "Words"\noci.labels.word = "other"\n')
    quick = hw(store, project, *words, "worded")
    assert "derive" not in steps(quick)
    for name in ("sbom/worded.spdx.json", "referrers/worded/index.json"):
        assert (project / "out" / name).is_file()
    (project / "NOTES").write_text("Whatever lies in a project may decide what is built.\n")
    whole = hw(store, project, *words, "worded")
    assert (steps(whole)["derive"], steps(whole)["image"]) == ("done", "cached")
    assert json.loads(whole.stdout) == json.loads(quick.stdout)
