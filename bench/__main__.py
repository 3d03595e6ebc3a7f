"""All benchmarks: `python bench`."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
for script in sorted([*HERE.glob("*.py"), *HERE.glob("*/__main__.py")]):
    if script != Path(__file__):
        sys.path.insert(0, str(script.parent))
        runpy.run_path(str(script), run_name="__main__")
