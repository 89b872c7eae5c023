"""The evidence, table by table: one command, one configuration file a table, rows in results/.

python tools/evidence                     all tables, those that others read first
python tools/evidence objective robust    some
    --jobs 2            workers, one core each
    --address tcp://…   of a Dask scheduler, whose workers see this checkout
    --only dataset=yacht,cpu seed=0 some cells; a table without the axis is not narrowed by it
    --again             measure cells anew whose rows are older than results/runs
    --hours             say what is to be done and how long it takes, and do nothing
    --out results       folder of the tables

A table is tools/evidence/NAME.toml: what it is about, the module with its `measure(cell,
rules)`, the axes of its grid (the first one slowest), and the rules that all its rows share. A
stop at any moment, kill -9 included, loses no finished cell; the same command goes on.
"""
import argparse
import importlib
import sys
import tomllib
from functools import partial
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent)) # so that workers find the modules by the name `evidence.…`

from lipcvx.evidence import runner  # noqa: E402


class Table:
    "One table: its configuration, and the module that measures a cell"
    def __init__(self, name):
        config = tomllib.loads((here/f"{name}.toml").read_text(encoding="utf-8"))
        self.name, self.config = name, config
        self.module = importlib.import_module(f"evidence.{config['measure']}")
        axes = getattr(self.module, "axes", dict)(config["grid"])
        self.cells = [config.get("cell", {}) | c for c in runner.grid(axes)]
        self.rules = config["rules"] | getattr(self.module, "more_rules", lambda axes: {})(axes)

    @property
    def after(self): "Tables that have to be there before"; return self.config.get("after", [])

    def store(self, out):
        return runner.Store(out, self.name, tuple(self.config["key"]),
                            self.config.get("parts", {"main": ""}))

    def run(self, out, only, hours=False, **how):
        "Do the cells of the table that are not done"
        work = [c for c in self.cells if all(str(c.get(k, v[0])) in v for k, v in only.items())]
        store = self.store(out)
        if hours:
            said = left(store, work, how, self.config.get("cell_seconds"))
            return print(f"{self.name}: {said}", flush=True)
        out.mkdir(parents=True, exist_ok=True)
        runner.note(out/f"{self.name}.json", self.rules, about=self.config["about"])
        print(f"{self.name}: {self.config['about']}", flush=True)
        (runner.run(work, partial(self.module.measure, rules=self.rules | {"out": str(out)}),
                    store, **how))


def left(store, work, how, guess=None):
    "What is to be done; `guess`: seconds a cell, where none was measured"
    done = store.done(how["again"])
    seconds = {store.named(r): r["seconds_all"]
                   for r in store.rows() if r.get("seconds_all", "") == r.get("seconds_all")}
    names = [store.named(c) for c in work if store.named(c) not in done]
    if names and guess and not seconds:
        return (f"{len(work)} cells, {len(names)} to do: about {len(names)*guess/3600:.2f} "
                f"hours of one core, at {guess:g} seconds a cell as its rules say")
    return runner.announced(len(work), names, seconds, how["n_jobs"])


def ordered(names):
    "The tables, those that others need first"
    tables = {n: Table(n) for n in names}
    out: list = []
    def place(n):
        for m in tables[n].after:
            if m in tables and m not in out: place(m)
        if n not in out: out.append(n)
    for n in names: place(n)
    return [tables[n] for n in out]


def main():
    known = sorted(p.stem for p in here.glob("*.toml"))
    parse = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("tables", nargs="*", metavar="table",
                       help=f"of {', '.join(known)}; default: all")
    parse.add_argument("--jobs", type=int, default=1)
    parse.add_argument("--backend", default="loky",
                       choices=["loky", "threading", "sequential", "dask"])
    parse.add_argument("--address")
    parse.add_argument("--only", nargs="*", default=[], metavar="axis=value,value")
    parse.add_argument("--again", action="store_true")
    parse.add_argument("--hours", action="store_true")
    parse.add_argument("--out", type=Path, default=here.parent.parent/"results")
    args = parse.parse_args()
    unknown = sorted(set(args.tables) - set(known))
    if unknown: parse.error(f"table must be of {', '.join(known)}, got {', '.join(unknown)}")
    only = {k: v.split(",") for k, _, v in (s.partition("=") for s in args.only)}
    for table in ordered(args.tables or known):
        table.run(args.out, only, args.hours, n_jobs=args.jobs, again=args.again,
                  address=args.address, backend="dask" if args.address else args.backend)


if __name__ == "__main__": main()
