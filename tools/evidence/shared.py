"""What several tables need: standardized parts of a data set, weights of the Lipschitz term
that mean the same on every set, clocks."""
import json
import time
from pathlib import Path

import numpy as np

from lipcvx.data import Scaler, load, split
from lipcvx.network import replace_file
from lipcvx.program import Program
from lipcvx.training.descent import train_on_objective


def parts(name, seed, rows=None):
    """Standardized training part (at most `rows` of it, drawn at random) and test part of a
    split: X, y, X_test, y_test"""
    data = load(name)
    train, test = split(data, seed=seed)
    if rows is not None and len(train) > rows:
        train = np.sort(np.random.default_rng(seed).choice(train, rows, replace=False))
    sx, sy = Scaler.fit(data.X[train]), Scaler.fit(data.y[train])
    return (sx.transform(data.X[train]), sy.transform(data.y[train]),
            sx.transform(data.X[test]), sy.transform(data.y[test]))


def training_part(name, seed, rows=None):
    "X and y of the training part"
    return parts(name, seed, rows)[:2]


def lam_for(name, fraction, out):
    """The weight at which descent on F explains about `fraction` of the variance that it
    explains without the Lipschitz term, on split 0; kept in a file"""
    path = Path(out)/"runs"/"lams"/f"{name}-{fraction}.json"
    if path.exists(): return json.loads(path.read_text())
    X, y = training_part(name, 0)
    def explained(lam):
        return 1 - Program(lam=0.).objective(
            train_on_objective(X, y, Program(lam=lam), 50, 0, 600), X, y)
    goal, low, high = fraction*explained(0.), 1e-5, 3.
    for _ in range(9):
        mid = np.sqrt(low*high)
        low, high = (mid, high) if explained(mid) > goal else (low, mid)
    found = float(f"{np.sqrt(low*high):.3g}")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(found).encode())
    return found


def clocked(work):
    "What the work returns, seconds of the clock, seconds of the processor"
    wall, cpu = time.perf_counter(), time.process_time()
    return work(), round(time.perf_counter() - wall, 3), round(time.process_time() - cpu, 3)


def rmse(error): "Root of the mean square"; return float(np.sqrt(np.mean(np.square(error))))
