"""Lowest objective: every method on every data set, weight of the Lipschitz term and seed; resumable, results in results/objective.csv.

python tools/objective.py [--data yacht concrete ...] [--seeds 3] [--fractions 0.97 0.9 0.7 0.4] [--budget 10] [--out results]
python tools/objective.py --bounds    # how low any network can be, of any width, in the cells of seed 0: results/objective_bounds.csv
"""
import argparse
import json
import time
from itertools import product
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tidy import append, note, read

from lipcvx.data import Scaler, load, split
from lipcvx.descent import train_adam, train_on_objective
from lipcvx.globalopt import global_bound
from lipcvx.program import Program
from lipcvx.restriction import Restriction
from lipcvx.training import fit, postprocess

SETS = ["yacht", "airfoil", "concrete", "real_estate", "wine_red", "fish_toxicity", "diabetes", "cpu", "servo", "forest_fires"]
COLUMNS = ["dataset", "fraction", "lam", "seed", "method", "objective", "data_term", "bound", "width", "runs", "seconds"]
BOUND_COLUMNS = ["dataset", "fraction", "lam", "seed", "bound", "objective", "gap", "status", "cpu_seconds"]
RATES = (0.06, 0.03, 0.01, 0.06, 0.03) # step sizes of the restarts


def sample(name, seed):
    "Standardized training part of a data set"
    data = load(name)
    train, _ = split(data, seed=seed)
    return Scaler.fit(data.X[train]).transform(data.X[train]), Scaler.fit(data.y[train]).transform(data.y[train])


def lam_for(X, y, fraction):
    "The weight at which descent on F explains about `fraction` of the variance that it explains without the Lipschitz term"
    explained = lambda lam: 1 - Program(lam=0.).objective(train_on_objective(X, y, Program(lam=lam), 50, 0, 600), X, y)
    goal, low, high = fraction*explained(0.), 1e-5, 3.
    for _ in range(9):
        mid = np.sqrt(low*high)
        low, high = (mid, high) if explained(mid) > goal else (low, mid)
    return float(f"{np.sqrt(low*high):.3g}")


def gates(program, X, y, seed, k):
    "The convex path-norm program on 50 sampled gates"
    rng = np.random.default_rng((seed, k))
    D = X @ rng.normal(size=(X.shape[1], 50)) + rng.normal(size=50) >= 0
    D = D[:, D.any(0)]
    return Restriction.from_patterns(program, D, rng.choice([-1., 1.], D.shape[1]), X, y).solve(tol=1e-4).net


def methods(lam):
    "name -> network number k of the method; tuned over step sizes and restarts by the judge itself"
    descent = lambda kind: lambda X, y, seed, k: train_on_objective(X, y, Program(bound=kind, lam=lam), 50, (seed, k), 2000, RATES[k % 5])
    adam = lambda decay: lambda X, y, seed, k: train_adam(X, y, 50, 10*seed + k, (1000, 300)[k % 2], (0.01, 0.03, 0.003)[k % 3], decay[k % len(decay)])
    return {"adam": adam((0.,)), "adam_weight_decay": adam((1e-3, 1e-2, 1e-4, 3e-2, 3e-3)), "adam_product": descent("product"), "adam_path": descent("path"),
            "convex_path": lambda X, y, seed, k: gates(Program(bound="path", lam=lam), X, y, seed, k), "adam_sdp": descent("sdp")}


def best_of(make, judge, X, y, budget):
    "The best network of at most five, as many as the budget allows, at least one"
    start, best, value, k = time.perf_counter(), None, np.inf, 0
    while k < 5 and (k == 0 or time.perf_counter() - start < budget*k/(k + 1)):
        net = make(k)
        if (F := judge.objective(net, X, y)) < value: best, value = net, F
        k += 1
    return best, k, time.perf_counter() - start


def row(cell, method, net, judge, X, y, runs, seconds):
    p = judge.parts(net, X, y)
    return dict(zip(COLUMNS, (*cell, method, p.objective, p.data, p.bound, net.width, runs, round(seconds, 3)), strict=True))


def cell_rows(cell, X, y, budget):
    "All methods on one cell"
    _, _, lam, seed = cell
    judge, rows, nets = Program(lam=lam), [], {}
    for name, make in methods(lam).items():
        nets[name], k, seconds = best_of(lambda k, make=make: make(X, y, seed, k), judge, X, y, budget)
        rows.append(row(cell, name, nets[name], judge, X, y, k, seconds))
    for name in ("adam", "adam_sdp"):
        found = postprocess(nets[name], X, y, judge)
        rows.append(row(cell, f"{name}+restriction", found.net, judge, X, y, 1, found.seconds))
    found = fit(X, y, judge, 50, seed, starts=40, time_limit=budget, progress=False)
    rows.append(row(cell, "fit", found.net, judge, X, y, 1, found.seconds))
    return rows


def bound_row(cell, X, y, limit):
    "A lower bound for networks of any width, and the best network that the search for it met"
    start = time.process_time()
    found = global_bound(X, y, Program(lam=cell[2]), tol=2e-3, time_limit=limit, progress=False)
    return dict(zip(BOUND_COLUMNS, (*cell, found.value, found.objective, found.gap, str(found.status), round(time.process_time() - start, 1)), strict=True))


def cells_done(path): "The cells whose rows are there"; return {(r["dataset"], float(r["fraction"]), int(r["seed"])) for r in read(path)}


def bounds(args, lams):
    "The cells of seed 0, those of the largest weights first, where the bound closes soonest"
    path = args.out/"objective_bounds.csv"
    done = cells_done(path)
    for fraction, name in product(sorted(args.fractions), args.data):
        if (name, fraction, 0) in done: continue
        with threadpool_limits(1): row = bound_row((name, fraction, lams[f"{name} {fraction}"], 0), *sample(name, 0), args.limit)
        append(path, [row])
        print(row, flush=True)


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--data", nargs="*", default=SETS)
    parse.add_argument("--fractions", nargs="*", type=float, default=[0.97, 0.9, 0.7, 0.4])
    parse.add_argument("--seeds", type=int, default=3)
    parse.add_argument("--budget", type=float, default=10., help="seconds a method and cell")
    parse.add_argument("--out", type=Path, default=Path("results"))
    parse.add_argument("--bounds", action="store_true", help="lower bounds for any width instead, in the cells of seed 0")
    parse.add_argument("--limit", type=float, default=90., help="seconds a bound")
    args = parse.parse_args()
    path, config = args.out/"objective.csv", args.out/"objective.json"
    known = json.loads(config.read_text()) if config.exists() else {"lams": {}}
    if args.bounds: return bounds(args, known["lams"])
    done = cells_done(path)
    for seed, name, fraction in product(range(args.seeds), args.data, args.fractions): # all cells of one seed first
        if (name, fraction, seed) in done: continue
        X, y = sample(name, seed)
        with threadpool_limits(1):
            if f"{name} {fraction}" not in known["lams"]: known["lams"][f"{name} {fraction}"] = lam_for(X, y, fraction)
            rows = cell_rows((name, fraction, known["lams"][f"{name} {fraction}"], seed), X, y, args.budget)
        append(path, rows)
        note(path, known | {"budget_seconds": args.budget, "width": 50})
        print(name, fraction, seed, {r["method"]: round(r["objective"], 5) for r in rows}, flush=True)


if __name__ == "__main__": main()
