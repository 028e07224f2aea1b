"""The large benchmarks in turn: `python -m bench` (`make bench`). About half an hour.

Pandana, `bench.serve positions`, `bench/gazetteer` and `bench/duplicates` are apart.
Needs `../shared` for the New York graph and San Francisco's records; builds its packs
in a temporary folder. Figures go into docs/explanation/performance.md by hand, with
machine and versions, from a machine that does nothing else.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
CALLS = SHARED / "data" / "sf" / "calls_2020-04.csv"


def run(*words: str) -> bool:
    """Run one benchmark and say whether it ended well."""
    print(f"\n== {' '.join(words)}", flush=True)
    return (
        subprocess.run([sys.executable, *words], cwd=ROOT, check=False).returncode == 0
    )


def main() -> None:
    """Run all, and end with 1 where one did not end well."""
    if not SHARED.is_dir():
        sys.exit("no shared/ folder with benchmark data beside the project")
    with tempfile.TemporaryDirectory() as folder:
        sf, ny = f"{folder}/sf", f"{folder}/ny"
        good = [
            run("tools/build_sanfrancisco.py", str(SHARED / "data" / "sf"), sf),
            run(
                "bench/city/newyork.py",
                str(SHARED / "data" / "dimacs-ny"),
                ny,
                "--units",
                "5000",
            ),
            run("-m", "bench.roads", "--out", f"{folder}/roads.json"),
            run("-m", "bench.desk"),
            run("bench/http/positions.py"),
            run("-m", "bench.serve", "start", "cities/coquimbo", ny),
            run("-m", "bench.serve", "ranking", ny),
            run("-m", "bench.sf", sf, str(CALLS), "--out", f"{folder}/out"),
            run("-m", "bench.twin.newyork_day", ny),
            run("-m", "bench.index.calibration"),
            run("-m", "bench.index.calibration", "--as-published"),
            run("-m", "bench.scan"),
            run("-m", "bench.disclosure"),
            run(
                "-m",
                "bench.analytics",
                f"{folder}/events",
                "--sizes",
                "10M",
                "100M",
            ),
        ]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
