"""All benchmarks: `python bench`."""

import runpy
from pathlib import Path

for script in sorted(Path(__file__).parent.glob("*.py")):
    if script.name != "__main__.py":
        runpy.run_path(str(script), run_name="__main__")
