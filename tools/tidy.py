"""Tables of results: rows under one header, and beside each table the configuration and the
versions that made it."""
import csv
import json
import platform
from importlib.metadata import version


def read(path):
    "The rows of a table, as text; none where there is no table"
    if not path.exists(): return []
    with path.open(newline="") as f: return list(csv.DictReader(f))


def append(path, rows):
    "More rows of the same columns; the first ones make the table and its folder"
    path.parent.mkdir(exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as f:
        out = csv.DictWriter(f, list(rows[0]))
        if new: out.writeheader()
        out.writerows(rows)


def note(path, config):
    "Write what made a table, with processor and versions, beside it"
    path.parent.mkdir(exist_ok=True)
    known = {"processor": platform.processor() or platform.machine(),
             "python": platform.python_version(), "versions": {
                 p: version(p) for p in ("lipcvx", "numpy", "scipy", "torch", "cvxpy")}}
    path.with_suffix(".json").write_text(json.dumps(config | known, indent=1) + "\n")
