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
    keep = np.arange(len(data.X)) % 4 != 3
    X, y = data.X[keep], data.y[keep]
    return Scaler.fit(X).transform(X), Scaler.fit(y).transform(y)


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
    "One solve of the literal program at tolerance `tol`: seconds in all, of which CVXPY's compilation, and the raw answer"
    from lipcvx.restriction import judged, raw_from, scaled_program
    problem, parts = scaled_program(restriction.arrays)
    options = dict(solver="CLARABEL", tol_gap_abs=tol, tol_gap_rel=tol, tol_feas=tol) if solver == "clarabel" else dict(solver="SCS", eps_abs=tol, eps_rel=tol, max_iters=200_000)
    start = time.perf_counter()
    problem.solve(**options)
    seconds = time.perf_counter() - start
    return seconds, problem.compilation_time, judged(restriction, raw_from(problem, parts, restriction.arrays), tol, solver, seconds)


def by_native(restriction, tol):
    "One solve by the native solver"
    start = time.perf_counter()
    solution = restriction.solve("native", tol=tol)
    return time.perf_counter() - start, 0., solution
