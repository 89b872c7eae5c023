"""Run the notebooks and the generated tests as other processors would: other BLAS kernels,
numbers of threads, numpy and torch without their vector code.

What is committed must hold on all of them. Each notebook and each test module is one piece of
work under each setting; what passed is remembered in .machines.json by the hash of all that
it depends on, so that a run that was stopped goes on where it was. `--list` shows the
settings."""
import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import notebooks
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

root = Path(__file__).resolve().parent.parent
record = root / ".machines.json"
# modules of tests without numbers that a processor could change
UNTOUCHED = ("site", "cli", "package", "notebooks", "data")
ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


class Setting(NamedTuple):
    "A processor to play"
    kernel: str # of OpenBLAS
    threads: int
    numpy: str # "own" or "plain" loops
    torch: str # "own" or "plain" kernels

    @property
    def name(self):
        return (f"{self.kernel}, {self.threads} thread{'s' if self.threads > 1 else ''}, "
                f"numpy {self.numpy}, torch {self.torch}")

    @property
    def env(self):
        "The environment that makes this machine play it"
        chosen = (ENVIRONMENT |
                  {"OPENBLAS_CORETYPE": self.kernel, "OMP_NUM_THREADS": str(self.threads)})
        if self.numpy == "plain":
            chosen["NPY_DISABLE_CPU_FEATURES"] = " ".join(f for f in __cpu_dispatch__
                                                          if __cpu_features__[f])
        if self.torch == "plain":
            chosen |= {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}
        return chosen


def settings():
    """Three kernels, one thread and two, numpy and torch with and without their vector code:
    each is played by one of these; what this processor cannot play is left out"""
    wide = ("SkylakeX" if __cpu_features__.get("X86_V4") or
            __cpu_features__.get("AVX512_SKX") else "Zen")
    chosen = [Setting("Nehalem", 1, "plain", "plain"), Setting("Haswell", 2, "own", "own"),
              Setting(wide, 1, "plain", "own")]
    if platform.machine() not in ("x86_64", "AMD64"):
        raise SystemExit("machines: the kernels are those of x86-64 processors")
    able = __cpu_features__.get("AVX2") or __cpu_features__.get("X86_V3")
    return [s for s in chosen if s.kernel == "Nehalem" or able]


class Piece(NamedTuple):
    "One notebook or test module under one setting"
    setting: Setting
    path: Path

    @property
    def is_test(self): return self.path.suffix == ".py"

    def key(self, code):
        "The hash of what it depends on: code, its own text, the setting"
        return hashlib.sha256(b"\0".join([code, self.path.read_bytes(), repr(sorted(
            self.setting.env.items())).encode()])).hexdigest()

    def run(self):
        "What is wrong, nothing if nothing is"
        if not self.is_test: return "\n".join(notebooks.run(self.path, **self.setting.env)[0])
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(self.path)]
        done = subprocess.run(command, cwd=root, env=notebooks.environment(**self.setting.env),
                              capture_output=True, text=True)
        return "" if done.returncode in (0, 5) else done.stdout[-4000:] + done.stderr[-2000:]


def code_hash():
    "Of the package, what its notebooks read, and the versions of the libraries"
    files = [p for folder in ("lipcvx", "results") for p in (root / folder).rglob("*")
             if p.suffix in (".py", ".csv", ".json") and "tests" not in p.parts]
    versions = [f"{name} {metadata.version(name)}" for name in (
        "numpy", "scipy", "torch", "cvxpy", "clarabel", "scikit-learn", "nbclient")]
    total = hashlib.sha256(" ".join(versions).encode())
    for path in [*sorted(files), Path(notebooks.__file__)]:
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return total.digest()


def pieces(chosen, names):
    "All the work: notebooks and test modules under the chosen settings"
    tests = [p for p in sorted((root / "lipcvx" / "tests").glob("test_*.py"))
             if p.stem.removeprefix("test_") not in UNTOUCHED]
    # a notebook of tests prints nothing: pytest runs what it defines
    pages = [p for p in notebooks.eligible(False) if "tests" not in p.parts]
    return [Piece(s, p) for s in chosen for p in [*pages, *tests] if not names or
            any(n in p.name for n in names)]


class Record:
    "What passed, by hash, and how long pieces took, kept in a file"
    def __init__(self):
        self.passed, self.seconds = {}, {}
        self.read()

    def read(self):
        "Take in what the file says, which another run may have written"
        if not record.exists(): return
        said = json.loads(record.read_text())
        self.passed |= said["passed"]
        self.seconds |= said["seconds"]

    def note(self, key, name, seconds):
        "Remember a piece that passed"
        self.read()
        self.passed[key], self.seconds[name] = round(seconds, 1), round(seconds, 1)
        new = record.with_suffix(".new")
        new.write_text(json.dumps({"passed": self.passed, "seconds": self.seconds}))
        new.replace(record)


def table(chosen, work, wrong):
    "A line for each setting: how many notebooks and tests passed, and which did not"
    print(f"\n{'setting':48}{'notebooks':>12}{'test modules':>14}  not passed")
    for s in chosen:
        mine = [w for w in work if w.setting == s]
        counts = [f"{sum(w not in wrong for w in mine if w.is_test == kind)}"
                  f"/{sum(w.is_test == kind for w in mine)}" for kind in (False, True)]
        print(f"{s.name:48}{counts[0]:>12}{counts[1]:>14}  "
              f"{', '.join(w.path.name for w in mine if w in wrong) or '–'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*",
                        help="parts of names of notebooks and test modules; default: all")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1,
                        help="pieces at a time")
    parser.add_argument("--settings", type=int, nargs="*",
                        help="numbers of the settings, from 1; default: all")
    parser.add_argument("--list", action="store_true", help="show the settings and stop")
    args, every = parser.parse_args(), settings()
    chosen = [every[k - 1] for k in args.settings] if args.settings else every
    for k, s in enumerate(every, 1): print(f"{k}  {s.name}")
    if args.list: return
    known, code, begin, wrong = Record(), code_hash(), time.perf_counter(), set()
    work = pieces(chosen, args.names)
    todo = [w for w in work if w.key(code) not in known.passed]
    # the longest first: the end is short then
    todo.sort(key=lambda w: -known.seconds.get(w.path.name, 60.))
    print(f"{len(work)} pieces, {len(work) - len(todo)} passed before", flush=True)

    def one(piece):
        start = time.perf_counter()
        fault = piece.run()
        return piece, fault, time.perf_counter() - start
    with ThreadPoolExecutor(args.workers) as pool:
        for count, done in enumerate(as_completed([pool.submit(one, piece) for piece in todo]),
                                     1):
            piece, fault, seconds = done.result()
            print(f"{count:4}/{len(todo)} {seconds:6.1f} s  {piece.setting.name:48} "
                  f"{piece.path.name}" + (f"\n    {fault}" if fault else ""), flush=True)
            if fault: wrong.add(piece)
            else: known.note(piece.key(code), piece.path.name, seconds)
    table(chosen, work, wrong)
    print(f"machines: {len(todo)} run in {time.perf_counter() - begin:.0f} s, " +
          (f"{len(wrong)} wrong" if wrong else "all as committed"))
    sys.exit(bool(wrong))


if __name__ == "__main__": main()
