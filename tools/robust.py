"""The robust step on networks trained adversarially: six data sets, three radii, three seeds; writes results/robust.csv and resumes.

OMP_NUM_THREADS=1 python tools/robust.py [--data yacht ...] [--seeds 3] [--out results]
"""
import argparse
import time
from itertools import product
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tidy import append, note, read

from lipcvx.attack import pgd
from lipcvx.data import Scaler, load, split
from lipcvx.descent import train_adversarial
from lipcvx.program import Program
from lipcvx.robust import certified_loss, robust_step, tune_slopes
from lipcvx.training import fit

SETS = ["yacht", "airfoil", "concrete", "real_estate", "fish_toxicity", "diabetes"]
THREATS = [(2., 0.1), (2., 0.3), (np.inf, 0.1)]
WIDTH, LAM, ROUNDS = 50, 0.01, 25
METHODS = {"adversarial", "step", "step_constrained", "adversarial_sdp", "sdp"}
COLUMNS = ["dataset", "norm", "eps", "seed", "method", "objective", "certified", "certified_chords", "attacked", "bound", "test_clean", "test_attacked", "rounds", "seconds"]


def sample(name, seed):
    "Standardized training and test part"
    data = load(name)
    train, test = split(data, seed=seed)
    sx, sy = Scaler.fit(data.X[train]), Scaler.fit(data.y[train])
    return sx.transform(data.X[train]), sy.transform(data.y[train]), sx.transform(data.X[test]), sy.transform(data.y[test])


def timed(work):
    "What the work returns, and processor seconds"
    start = time.process_time()
    return work(), time.process_time() - start


def cell_rows(cell, missing):
    "Rows of the missing methods: the start, the step without and with the constraint on the certified loss, adversarial training with the sdp term, and the sdp network"
    name, (norm, eps), seed = cell
    X, y, X_test, y_test = sample(name, seed)
    program, mean_square = Program(lam=LAM, norm=norm), lambda e: float(np.mean(e**2))

    def row(method, net, slopes, rounds, seconds):
        L, certified = program.bound.evaluate(net).value, certified_loss(net, X, y, eps, norm, slopes=slopes)
        return dict(zip(COLUMNS, (name, norm, eps, seed, method, certified + LAM*L, certified, certified_loss(net, X, y, eps, norm),
                                  mean_square(pgd(net, X, y, eps, norm, steps=30, restarts=3).error), L, mean_square(net.predict(X_test) - y_test),
                                  mean_square(pgd(net, X_test, y_test, eps, norm).error), rounds, round(seconds, 3)), strict=True))

    rows = []
    if {"adversarial", "step", "step_constrained"} & missing:
        start, seconds = timed(lambda: train_adversarial(X, y, eps, norm, WIDTH, seed))
        slopes = tune_slopes(start, X, y, eps, norm)
        rows.append(row("adversarial", start, slopes, 0, seconds))
        for method, keep in (("step", False), ("step_constrained", True)):
            found, seconds = timed(lambda keep=keep: robust_step(start, X, y, program, eps, norm, slopes, keep, ROUNDS))
            rows.append(row(method, found.net, found.slopes, found.iterations, seconds))
    others = {"adversarial_sdp": lambda: train_adversarial(X, y, eps, norm, WIDTH, seed, program=program),
              "sdp": lambda: fit(X, y, program, WIDTH, seed, starts=1, turns=2, progress=False).net}
    for method in others.keys() & missing:
        net, seconds = timed(others[method])
        rows.append(row(method, net, tune_slopes(net, X, y, eps, norm), 0, seconds))
    return [r for r in rows if r["method"] in missing]


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--data", nargs="*", default=SETS)
    parse.add_argument("--seeds", type=int, default=3)
    parse.add_argument("--out", type=Path, default=Path("results"))
    args = parse.parse_args()
    path = args.out/"robust.csv"
    done: dict = {}
    for r in read(path): done.setdefault((r["dataset"], (float(r["norm"]), float(r["eps"])), int(r["seed"])), set()).add(r["method"])
    note(path, {
        "width": WIDTH, "lam": LAM, "rounds": ROUNDS, "adversarial": "1000 steps, 3 ascent steps each", "adversarial_sdp": "the same with the sdp term in the objective",
        "sdp": "fit, one start, two turns", "seconds": "of the processor, one thread"})
    for seed, threat, name in product(range(args.seeds), THREATS, args.data): # all cells of one seed first
        missing = METHODS - done.get((name, threat, seed), set())
        if not missing: continue
        with threadpool_limits(1): rows = cell_rows((name, threat, seed), missing)
        append(path, [{k: r[k] for k in COLUMNS} for r in rows])
        print(name, *threat, seed, {r["method"]: (round(r["certified"], 4), round(r["attacked"], 4), round(r["test_attacked"], 4), round(r["seconds"], 1)) for r in rows}, flush=True)


if __name__ == "__main__": main()
