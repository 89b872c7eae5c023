"""Objective against processor seconds in four cells: `fit`, and restarts of Adam on the sdp objective; writes results/histories.csv.

OMP_NUM_THREADS=1 python tools/histories.py [--seconds 10] [--seed 0] [--out results]
"""
import argparse
import json
import time
from pathlib import Path

time.perf_counter = time.process_time # before the package is imported: its time limits go by the processor too, because the machine may be busy

from objective import RATES, lam_for, sample  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402
from tidy import append, note  # noqa: E402

from lipcvx.descent import train_on_objective  # noqa: E402
from lipcvx.program import Program  # noqa: E402
from lipcvx.training import fit  # noqa: E402

CELLS = [("concrete", 0.7), ("airfoil", 0.9), ("yacht", 0.4), ("wine_red", 0.97)]


def of_fit(program, X, y, seed, seconds):
    "(processor seconds, best objective) after every step of `fit`"
    found = fit(X, y, program, 50, seed, starts=40, time_limit=seconds, progress=False)
    return [(h["seconds"], h["objective"]) for h in found.history]


def of_restarts(program, X, y, seed, seconds):
    "(processor seconds, best objective) after every restart of Adam on the objective"
    began, best, points = time.process_time(), float("inf"), []
    while time.process_time() - began < seconds:
        k = len(points)
        best = min(best, program.objective(train_on_objective(X, y, program, 50, (seed, k), 2000, RATES[k % 5]), X, y))
        points.append((time.process_time() - began, best))
    return points


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--seconds", type=float, default=10., help="of the processor, a method and cell")
    parse.add_argument("--seed", type=int, default=0)
    parse.add_argument("--out", type=Path, default=Path("results"))
    args = parse.parse_args()
    config = args.out/"objective.json"
    lams = json.loads(config.read_text())["lams"] if config.exists() else {}
    rows = []
    for name, fraction in CELLS:
        X, y = sample(name, args.seed)
        with threadpool_limits(1):
            lam = lams.get(f"{name} {fraction}") or lam_for(X, y, fraction)
            for method, run in (("fit", of_fit), ("adam_sdp", of_restarts)):
                points = run(Program(lam=lam), X, y, args.seed, args.seconds)
                rows += [dict(dataset=name, fraction=fraction, lam=lam, seed=args.seed, method=method, step=k, seconds=round(s, 3), objective=F) for k, (s, F) in enumerate(points)]
                print(name, fraction, method, len(points), round(points[-1][0], 2), round(points[-1][1], 6), flush=True)
    path = args.out/"histories.csv"
    path.unlink(missing_ok=True)
    append(path, rows)
    note(path, {"seconds": args.seconds, "seed": args.seed, "width": 50, "clock": "of the processor, one thread"})


if __name__ == "__main__": main()
