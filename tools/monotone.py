"""Inputs known to be monotone: nothing known, every neuron monotone by itself, the exact range over all patterns; writes results/monotone.csv and resumes.

OMP_NUM_THREADS=1 python tools/monotone.py [--data concrete ...] [--splits 10] [--out results]
"""
import argparse
import time
from itertools import product
from pathlib import Path

import numpy as np
from tidy import append, note, read
from tqdm import tqdm

from lipcvx.data import Scaler, load, split
from lipcvx.program import Program
from lipcvx.shape import Shape, slope_range
from lipcvx.training import fit

# What everybody expects of these inputs, by their position: +1 increasing, -1 decreasing
SETS = {"concrete": {0: 1, 7: 1}, "yacht": {5: 1}, "cpu": {1: 1, 2: 1, 3: 1, 4: 1, 5: 1}, "real_estate": {2: -1, 3: 1},
        "power_plant": {0: -1, 1: -1}, "diabetes": {2: 1, 3: 1}}
METHODS = {"free": lambda signs: None, "neuronwise": lambda signs: Shape.monotone(signs, neuronwise=True), "range": Shape.monotone}
WIDTH, LAM, ROWS = 20, 0.01, 1000
FIT = dict(width=WIDTH, starts=3, steps=400, turns=3, skip=True, solver="native", progress=False)
COLUMNS = ["dataset", "split", "method", "objective", "test_rmse", "least_slope", "bound", "seconds"]


def sample(name, seed):
    "Standardized training part, at most ROWS rows of it, and test part"
    data = load(name)
    train, test = split(data, seed=seed)
    train = train[:ROWS]
    sx, sy = Scaler.fit(data.X[train]), Scaler.fit(data.y[train])
    return sx.transform(data.X[train]), sy.transform(data.y[train]), sx.transform(data.X[test]), sy.transform(data.y[test])


def cell(name, seed, method):
    "One row"
    X, y, X_test, y_test = sample(name, seed)
    begun, program = time.process_time(), Program(lam=LAM, shape=METHODS[method](SETS[name]))
    net = fit(X, y, program, seed=seed, **FIT).net
    seconds, ends = time.process_time() - begun, slope_range(net)
    least = min(float(ends.low[k, 0] if s > 0 else -ends.high[k, 0]) for k, s in SETS[name].items())
    return dict(zip(COLUMNS, (name, seed, method, program.objective(net, X, y), float(np.sqrt(np.mean((net.predict(X_test) - y_test)**2))),
                              least, program.bound.evaluate(net).value, round(seconds, 2)), strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("results"))
    args = parser.parse_args()
    path = args.out/"monotone.csv"
    done = {(r["dataset"], int(r["split"]), r["method"]) for r in read(path)}
    cells = [c for c in product(args.data, range(args.splits), METHODS)]
    for name, seed, method in tqdm([(n, s, m) for s, n, m in sorted((s, n, m) for n, s, m in cells) if (n, s, m) not in done], "monotone"):
        append(path, [cell(name, seed, method)])
    note(path, {"sets": SETS, "width": WIDTH, "lam": LAM, "rows": ROWS, "fit": {k: v for k, v in FIT.items() if k != "progress"}})


if __name__ == "__main__": main()
