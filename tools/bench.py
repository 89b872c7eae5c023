"""`make bench`: time, accuracy and memory of the solvers, one fresh process a measurement; writes results/bench.csv and resumes.

Every case is an instance (n, d, m, bound, lam, tol) and a solver. A process builds the data, runs the solver `--repeats` times, has the answer judged by
the KKT checker and prints one JSON line. Clarabel and SCS are called through the literal CVXPY program at the same tolerance, with CVXPY's own compile
time apart; pyscnn (if it is installed) solves the path-norm program over the same gates.
"""
import argparse
import csv
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

root = Path(__file__).resolve().parent.parent
columns = ["case", "data", "n", "d", "m", "bound", "lam", "tol", "solver", "seconds", "compile_seconds", "gap", "objective", "status", "iterations", "peak_mb", "data_mb", "repeats", "note"]


def diabetes():
    "The diabetes data, standardized"
    from lipcvx.data import Scaler, load
    data = load("diabetes")
    return Scaler.fit(data.X).transform(data.X), Scaler.fit(data.y).transform(data.y)


def synthetic(n, d):
    "Gaussian inputs, a smooth and a kinked ridge function, noise; standardized target"
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    u, v = rng.normal(size=(2, d))/np.sqrt(d)
    y = np.sin(2*X @ u) + np.abs(X @ v) + 0.3*rng.normal(size=n)
    return X, (y - y.mean())/y.std()


def instance(case):
    "Program, data and the pre-trained network of a case; the network is trained on at most 2000 rows"
    from lipcvx.program import Program
    from lipcvx.training import train_adam
    X, y = diabetes() if case["data"] == "diabetes" else synthetic(case["n"], case["d"])
    net = train_adam(X[:2000], y[:2000], width=case["m"], seed=0, epochs=200)
    return Program(bound=case["bound"], lam=case["lam"]), net, X, y


def by_cvxpy(restriction, solver, tol):
    "One solve of the literal program, CVXPY and solver both at tolerance `tol`: seconds in all, of which compilation, and the judged answer"
    from lipcvx.restriction import judged, literal_program, raw_answer
    options = dict(tol_gap_abs=tol, tol_gap_rel=tol, tol_feas=tol) if solver == "clarabel" else dict(eps_abs=tol, eps_rel=tol, max_iters=200_000)
    start = time.perf_counter()
    literal = literal_program(restriction.arrays)
    literal.problem.solve(solver=solver.upper(), **options)
    seconds = time.perf_counter() - start
    return seconds, literal.problem.compilation_time, judged(restriction, raw_answer(literal, restriction.arrays, solver), tol, solver, seconds)


def by_native(restriction, solver, tol):
    "One solve by the native solver, the check of its answer included"
    start = time.perf_counter()
    solution = restriction.solve("native", tol=tol)
    return time.perf_counter() - start, 0., solution


def without_bias(case):
    """The path-norm program over the gates of a network without biases, as pyscnn poses it, as a restriction.

    Two samples at the origin with target zero, one on each side of every cell, force all biases to zero; the target is shifted by the best output bias
    until the free one of our program is zero at the optimum. The two samples then cost nothing, and both programs have the same optimum."""
    from lipcvx.network import ShallowNet
    from lipcvx.program import Program
    from lipcvx.restriction import Restriction
    from lipcvx.training import train_adam
    X, y = synthetic(case["n"], case["d"])
    n, gates = len(X), train_adam(X[:2000], y[:2000], width=case["m"], seed=0, epochs=200).W
    D, signs = np.hstack([X @ gates.T >= 0]*2), np.repeat([1., -1.], len(gates))
    D0, X0 = np.vstack([D, np.ones((1, D.shape[1]), bool), np.zeros((1, D.shape[1]), bool)]), np.vstack([X, np.zeros((2, X.shape[1]))])
    program = Program(bound="path", lam=case["lam"]*n/(n + 2)) # its mean runs over n + 2 samples
    pose = lambda y: Restriction.from_patterns(program, D0, signs, X0, np.append(y, [0., 0.]))
    for _ in range(4): y = y - pose(y).solve(tol=1e-8).net.r[0]
    objective = lambda W: Program(bound="path", lam=case["lam"]).objective(ShallowNet(W, np.zeros(len(W)), signs, 0.), X, y)
    return X, y, gates, pose(y), objective


def by_pyscnn(X, y, gates, objective, case):
    "pyscnn's augmented Lagrangian in float64 on the same gates: seconds, and our objective of what it returns"
    from scnn.metrics import Metrics
    from scnn.models import ConvexReLU
    from scnn.optimize import optimize_model
    from scnn.regularizers import NeuronGL1
    from scnn.solvers import AL
    model = ConvexReLU(gates.T.copy())
    start = time.perf_counter()
    model, _ = optimize_model(model, AL(model, tol=case["tol"], constraint_tol=case["tol"]), Metrics(), X, y[:, None], regularizer=NeuronGL1(case["lam"]/2), return_convex=True,
                              unitize_data=False, dtype="float64")
    seconds = time.perf_counter() - start
    W = np.vstack([np.asarray(p)[0] for p in model.parameters])
    return seconds, objective(W)


def sdp_only(case):
    "Seconds for the sdp bound of a random network to relative tolerance `tol`, and the gap reached"
    from lipcvx.lipschitz import sdp_iterate
    C = np.random.default_rng(case["seed"]).normal(size=(case["m"] + 1, case["d"]))
    start = time.perf_counter()
    value = sdp_iterate(C, 2, tol=case["tol"])
    return time.perf_counter() - start, value.upper/value.lower - 1


def measure(case, repeats):
    "One row of the table: `repeats` solves in this process"
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024
    row = dict(case, note="")
    if case["bound"] == "value":
        times, gaps = zip(*(sdp_only(case | {"seed": k}) for k in range(repeats)))
        return row | dict(seconds=statistics.median(times), gap=max(gaps), peak_mb=peak())
    if case["solver"] == "pyscnn" or case["data"] == "gates":
        X, y, gates, restriction, objective = without_bias(case)
        if case["solver"] == "pyscnn":
            times, values = zip(*(by_pyscnn(X, y, gates, objective, case) for _ in range(repeats)))
            return row | dict(seconds=statistics.median(times), objective=min(values), peak_mb=peak())
    else:
        from lipcvx.restriction import Restriction
        program, net, X, y = instance(case)
        restriction = Restriction.from_network(program, net, X, y)
    base, solve = peak(), by_native if case["solver"] == "native" else by_cvxpy
    seconds, compiled, found = zip(*(solve(restriction, case["solver"], case["tol"]) for _ in range(repeats)))
    s = found[-1]
    value = objective(s.net.W) if case["data"] == "gates" else s.objective
    return row | dict(seconds=statistics.median(seconds), compile_seconds=statistics.median(compiled), gap=s.gap, objective=value, status=str(s.status), iterations=s.iterations,
                      data_mb=base, peak_mb=peak() - base, note=s.message)


def cases():
    "Every measurement: (case, repeats)"
    def make(case, n, d, m, solver, bound="sdp", lam=0.1, tol=1e-6, data="synthetic"):
        return dict(case=case, data=data, n=n, d=d, m=m, bound=bound, lam=lam, tol=tol, solver=solver)
    for solver, repeats in (("native", 9), ("clarabel", 5), ("scs", 3)):
        yield make("headline", 1000, 10, 50, solver), repeats
        yield make("diabetes", 442, 10, 50, solver, data="diabetes"), repeats
    for solver, repeats in (("native", 9), ("pyscnn", 5), ("clarabel", 1)): yield make("path", 1000, 10, 50, solver, bound="path", lam=0.01, data="gates"), repeats
    for m, d, tol in ((1000, 50, 1e-6), (10_000, 100, 1e-4)): yield make("value", 0, d, m, "native", bound="value", tol=tol), 5
    for n in (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000): yield make("against n", n, 10, 50, "native", tol=1e-6 if n <= 100_000 else 1e-5), 5
    yield make("twenty thousand", 20_000, 10, 100, "native"), 5
    for m in (12, 25, 100, 200): yield make("against m", 1000, 10, m, "native"), 5
    for d in (2, 5, 20, 40): yield make("against d", 1000, d, 50, "native"), 5
    for solver, repeats in (("clarabel", 3), ("scs", 1)):
        if solver == "clarabel": yield make("against n", 3000, 10, 50, solver), 1 # SCS is far from done after ten minutes
        for m in (12, 25): yield make("against m", 1000, 10, m, solver), repeats
        for d in (2, 5): yield make("against d", 1000, d, 50, solver), repeats
    yield make("wide", 2000, 100, 100, "native", tol=1e-4), 3
    yield make("no factor", 2000, 100, 300, "native", tol=1e-4), 1


def key(row): return (row["case"], row["solver"], int(row["n"]), int(row["d"]), int(row["m"]))


def read(path):
    "Rows measured before"
    return list(csv.DictReader(path.open())) if path.exists() else []


def write(path, rows):
    "All rows, in one step: a kill leaves the old file or the new one"
    aside = path.with_suffix(".tmp")
    with aside.open("w", newline="") as f:
        writer = csv.DictWriter(f, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(aside, path)


def machine():
    "What the figures depend on"
    def have(name):
        try: return version(name)
        except PackageNotFoundError: return None
    names = ("lipcvx", "numpy", "scipy", "cvxpy", "clarabel", "scs", "pyscnn", "torch")
    return {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count(), "threads": os.environ.get("OMP_NUM_THREADS"), **{n: have(n) for n in names}}


def run(case, repeats):
    "A measurement in a process of its own; what goes wrong is a note in its row"
    call = [sys.executable, __file__, "--one", json.dumps(case), "--repeats", str(repeats)]
    done = subprocess.run(call, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else case | {"note": (done.stderr.strip().splitlines() or ["failed"])[-1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", help="measure this case (JSON) here and print its row")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", help="only the cases of this name")
    parser.add_argument("--out", type=Path, default=root / "results" / "bench.csv")
    args = parser.parse_args()
    if args.one: return print(json.dumps(measure(json.loads(args.one), args.repeats), default=float))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    rows = [r for r in read(args.out) if r["seconds"]]
    have = {key(r) for r in rows}
    for case, repeats in cases():
        if key(case) in have or (args.only and case["case"] != args.only): continue
        row = run(case, repeats) | {"repeats": repeats}
        print(*(f"{k}={row[k]:.4g}" if isinstance(row.get(k), float) else f"{k}={row.get(k)}" for k in ("case", "solver", "n", "d", "m", "seconds", "gap", "objective", "peak_mb", "note")), flush=True)
        rows.append(row)
        write(args.out, rows)
    args.out.with_suffix(".json").write_text(json.dumps(machine(), indent=1) + "\n")


if __name__ == "__main__": main()
