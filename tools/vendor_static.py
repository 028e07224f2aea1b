"""Fetch the browser libraries we ship, and record what exactly was fetched.

``python tools/vendor_static.py`` asks npm for each pinned package, keeps only the
files a page needs, and writes ``VENDORED.toml`` (version, licence, SHA-256 of every
file) with the licence text beside them. ``--check`` compares the files on disk with
that record, offline. ``--dev`` does the same for what only tests load.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATIC_VENDOR = ROOT / "src/gengfu/web/static/vendor"
TEST_VENDOR = ROOT / "tests/screens/vendor"


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: what to keep, and under which folder."""

    name: str
    version: str
    licence: str
    keep: dict[str, str]
    licence_file: str | None


SHIPPED = (
    Package(
        "maplibre-gl",
        "6.17.0",
        "BSD-3-Clause",
        {
            "dist/maplibre-gl.mjs": "maplibre-gl/maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs": "maplibre-gl/maplibre-gl-worker.mjs",
            "dist/maplibre-gl-shared.mjs": "maplibre-gl/maplibre-gl-shared.mjs",
            "dist/maplibre-gl.css": "maplibre-gl/maplibre-gl.css",
        },
        "LICENSE.txt",
    ),
    # The package carries no licence text; kept here is its repository's, with
    # that of fflate (MIT), which its browser file contains.
    Package(
        "pmtiles",
        "4.5.0",
        "BSD-3-Clause",
        {"dist/pmtiles.js": "pmtiles/pmtiles.js"},
        None,
    ),
    Package(
        "htmx.org",
        "4.0.1",
        "0BSD",
        {"dist/htmx.min.js": "htmx/htmx.min.js"},
        "LICENSE",
    ),
    Package(
        "lit-html",
        "3.3.3",
        "BSD-3-Clause",
        {
            "lit-html.js": "lit-html/lit-html.js",
            "directive.js": "lit-html/directive.js",
            "directive-helpers.js": "lit-html/directive-helpers.js",
            "directives/repeat.js": "lit-html/directives/repeat.js",
            "directives/live.js": "lit-html/directives/live.js",
        },
        "LICENSE",
    ),
)
FOR_TESTS = (
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        {"axe.min.js": "axe-core/axe.min.js"},
        "LICENSE",
    ),
)


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unpack(package: Package, into: Path) -> Path:
    """Let npm fetch and verify one pinned package; return its folder."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("vendor_static: npm is needed to fetch packages (apt install npm)")
    spec = f"{package.name}@{package.version}"
    done = subprocess.run(
        [npm, "pack", spec, "--json", "--pack-destination", str(into)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"vendor_static: npm could not fetch {spec}: {done.stderr.strip()}")
    archive = into / json.loads(done.stdout)[0]["filename"]
    with tarfile.open(archive) as tar:
        tar.extractall(into / package.name, filter="data")
    return into / package.name / "package"


def fetch(packages: tuple[Package, ...], target: Path) -> None:
    """Replace the vendored files and their record."""
    lines = ["# Written by tools/vendor_static.py; do not edit.", ""]
    with tempfile.TemporaryDirectory() as temporary:
        for package in packages:
            folder = unpack(package, Path(temporary))
            first = next(iter(package.keep.values())).split("/")[0]
            licence_at = target / first / "LICENSE.txt"
            licence_at.parent.mkdir(parents=True, exist_ok=True)
            if package.licence_file is not None:
                shutil.copyfile(folder / package.licence_file, licence_at)
            lines += [
                "[[package]]",
                f'name = "{package.name}"',
                f'version = "{package.version}"',
                f'licence = "{package.licence}"',
                f'licence_text = "{licence_at.relative_to(target)}"',
                "[package.sha256]",
            ]
            for source, kept in package.keep.items():
                (target / kept).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / source, target / kept)
                lines.append(f'"{kept}" = "{sha256(target / kept)}"')
            lines.append("")
            print(f"{package.name} {package.version} ({package.licence})")
    (target / "VENDORED.toml").write_text("\n".join(lines), encoding="utf-8")


def check(target: Path) -> list[str]:
    """Return what differs between the record and the files on disk."""
    record = tomllib.loads((target / "VENDORED.toml").read_text(encoding="utf-8"))
    wrong: list[str] = []
    for package in record["package"]:
        if not (target / package["licence_text"]).is_file():
            wrong.append(f"{package['name']}: licence text is missing")
        for name, digest in package["sha256"].items():
            if not (target / name).is_file():
                wrong.append(f"{name}: missing")
            elif sha256(target / name) != digest:
                wrong.append(f"{name}: differs from its recorded SHA-256")
    return wrong


def main() -> None:
    """Fetch or check, for what is shipped or for what tests load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, offline")
    parser.add_argument("--dev", action="store_true", help="what tests load")
    options = parser.parse_args()
    packages, target = (
        (FOR_TESTS, TEST_VENDOR) if options.dev else (SHIPPED, STATIC_VENDOR)
    )
    if not options.check:
        fetch(packages, target)
    if wrong := check(target):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
