"""Which code made figures."""

import shutil
import subprocess
import sys
from pathlib import Path

import gengfu
from gengfu.app.release import release


def told_by(home: Path) -> str:
    words = "from gengfu.app.release import code_version; print(code_version())"
    return subprocess.run(
        [sys.executable, "-c", words],
        cwd=home,
        env={"PYTHONPATH": str(home)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_a_version_of_code_names_the_release_and_changes_with_a_rule(tmp_path):
    code = Path(gengfu.__file__).parent
    shutil.copytree(code, tmp_path / "gengfu", ignore=shutil.ignore_patterns("static"))
    before = told_by(tmp_path)
    assert told_by(tmp_path) == before
    assert before.startswith(f"{release()}+")
    rules = tmp_path / "gengfu/capabilities/safety_index/data/index.toml"
    rules.write_text(rules.read_text() + "\n")
    assert told_by(tmp_path) != before
