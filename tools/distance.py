"""How far trained networks are from the best network of any width: five data sets, three weights of the bound.

    python tools/distance.py bound     # writes results/distance.csv
    python tools/distance.py train     # writes results/equal_time.csv

Resumable: a (dataset, lam) that is in the file is skipped. One thread; times are wall-clock and processor seconds. The configuration is written beside the results.
"""
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from tidy import append, note, read  # noqa: E402

from lipcvx import globalopt, training  # noqa: E402
from lipcvx.data import Scaler, load, split  # noqa: E402
from lipcvx.pricing import Whitened, local_search  # noqa: E402
from lipcvx.program import Program  # noqa: E402
from lipcvx.universal import universal_bound  # noqa: E402

CONFIG = dict(datasets=["yacht", "airfoil", "real_estate", "fish_toxicity", "concrete"], lams=[0.1, 0.03, 0.01], rows=400, test=0.1, seed=0, width=50,
              tol=2e-3, time_limit=300, starts=10_000, later_starts=30_000, least_starts=5)
RESULTS = Path(__file__).resolve().parent.parent / "results"


def sample(name):
    "The training part, capped and standardized"
    data = load(name)
    train, _ = split(data, CONFIG["test"], CONFIG["seed"])
    rng = np.random.default_rng(CONFIG["seed"])
    if len(train) > CONFIG["rows"]: train = np.sort(rng.choice(train, CONFIG["rows"], replace=False))
    X, y = data.X[train], data.y[train]
    return Scaler.fit(X).transform(X), Scaler.fit(y).transform(y)


def timed(work):
    "What the work returns, wall-clock seconds, processor seconds"
    wall, cpu = time.perf_counter(), time.process_time()
    return work(), round(time.perf_counter() - wall, 2), round(time.process_time() - cpu, 2)


def later_ratio(bound):
    "The largest ratio that more starts find after the fact: above one refutes the estimate by that factor"
    w, rng = Whitened.of(bound.task, bound.prices), np.random.default_rng(987)
    q = rng.normal(size=(CONFIG["later_starts"], bound.task.X.shape[1]))
    return float(bound.task.ratios(w.atoms(*local_search(w, q)), bound.prices).max())


def bound_row(X, y, program):
    "The bound for any width, what more starts say about it, the universal bound, and the gap of the width-50 network of training.fit"
    bound, wall, cpu = timed(lambda: globalopt.global_bound(X, y, program, tol=CONFIG["tol"], time_limit=CONFIG["time_limit"], starts=CONFIG["starts"]))
    fitted, fit_wall, fit_cpu = timed(lambda: training.fit(X, y, program, CONFIG["width"], progress=False))
    return dict(bound=bound.value, best_any_width=bound.objective, gap_any_width=bound.gap, status=str(bound.status), rechecks_not_clean=bound.refuted, rounds=len(bound.history),
                seconds_bound=wall, cpu_seconds_bound=cpu, later_ratio=later_ratio(bound), universal=universal_bound(X, y, program, time_limit=60).value,
                objective_fit=fitted.objective, above_bound_fit=fitted.objective/bound.value - 1, ratio_fit=bound.ratio(fitted.net), seconds_fit=fit_wall, cpu_seconds_fit=fit_cpu)


def train_row(X, y, program):
    "Column generation with reduction against direct training from several starts, at equal time"
    reduced, wall, cpu = timed(lambda: globalopt.fit(X, y, program, CONFIG["width"]))
    direct, began, starts = np.inf, time.process_time(), 0
    while starts < CONFIG["least_starts"] or time.process_time() - began < cpu:
        direct = min(direct, training.fit(X, y, program, CONFIG["width"], seed=starts, starts=1, progress=False).objective)
        starts += 1
    return dict(objective_reduced=reduced.objective, objective_direct=direct, direct_above_reduced=direct/reduced.objective - 1, seconds_reduced=wall, cpu_seconds_reduced=cpu,
                cpu_seconds_direct=round(time.process_time() - began, 2), starts_direct=starts)


def main(part):
    name, row = {"bound": ("distance", bound_row), "train": ("equal_time", train_row)}[part]
    path = RESULTS / f"{name}.csv"
    note(path, CONFIG)
    done = {(r["dataset"], float(r["lam"])) for r in read(path)}
    for lam in CONFIG["lams"]:
        for dataset in CONFIG["datasets"]:
            if (dataset, lam) in done: continue
            X, y = sample(dataset)
            found = dict(dataset=dataset, lam=lam, seed=CONFIG["seed"], n=X.shape[0], d=X.shape[1]) | row(X, y, Program(lam=lam))
            append(path, [found])
            print(found, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
