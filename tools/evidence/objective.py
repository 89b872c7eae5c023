"""The lowest objective at equal seconds: every method restarts as often as its time allows,
and the judge keeps its best network."""
import time

import numpy as np
from evidence.shared import clocked, lam_for, training_part

from lipcvx.program import Program
from lipcvx.restriction import Restriction
from lipcvx.training import fit, postprocess
from lipcvx.training.descent import train_adam, train_on_objective

RATES = (0.06, 0.03, 0.01, 0.06, 0.03) # step sizes of the restarts
DECAYS = (1e-3, 1e-2, 1e-4, 3e-2, 3e-3)


def gates(program, X, y, seed):
    "The convex path-norm program on 50 sampled gates"
    rng = np.random.default_rng(seed)
    D = X @ rng.normal(size=(X.shape[1], 50)) + rng.normal(size=50) >= 0
    D = D[:, D.any(0)]
    return Restriction.from_patterns(program, D, rng.choice([-1., 1.], D.shape[1]), X,
                                     y).solve(tol=1e-4).net


def methods(lam, X, y, seed, width):
    """name -> network number k of the method; tuned over step sizes and restarts by the judge
    itself"""
    def descent(kind):
        return lambda k: train_on_objective(X, y, Program(bound=kind, lam=lam), width,
                                            (seed, k), 2000, RATES[k % 5])
    def adam(decay):
        return lambda k: train_adam(X, y, width, 1000*seed + k, (1000, 300)[k % 2],
                                    (0.01, 0.03, 0.003)[k % 3], decay[k % len(decay)])
    return {"adam": adam((0.,)), "adam_weight_decay": adam(DECAYS),
            "adam_product": descent("product"), "adam_path": descent("path"),
            "convex_path": lambda k: gates(Program(bound="path", lam=lam), X, y, (seed, k)),
            "adam_sdp": descent("sdp")}


def best_of(make, judge, X, y, budget):
    """The best network of as many as the seconds allow, at least one; none is begun that would
    not end in time"""
    start, best, value, k = time.perf_counter(), None, np.inf, 0
    while k == 0 or time.perf_counter() - start < budget*k/(k + 1):
        net = make(k)
        if (F := judge.objective(net, X, y)) < value: best, value = net, F
        k += 1
    return best, k


def measure(cell, rules):
    "A row for each method"
    X, y = training_part(cell["dataset"], cell["seed"])
    lam, seconds, width = (lam_for(cell["dataset"], cell["fraction"], rules["out"]),
                           rules["seconds"], rules["width"])
    judge, rows, nets = Program(lam=lam), [], {}
    def row(method, net, runs, wall, cpu):
        p = judge.parts(net, X, y)
        rows.append(cell | {"lam": lam, "method": method, "objective": p.objective,
                            "data_term": p.data, "bound": p.bound, "width": net.width,
                            "runs": runs, "seconds": wall, "cpu_seconds": cpu})
    for name, make in methods(lam, X, y, cell["seed"], width).items():
        (nets[name], k), *spent = clocked(lambda make=make: best_of(make, judge, X, y, seconds))
        row(name, nets[name], k, *spent)
    for name in ("adam", "adam_sdp"):
        found, *spent = clocked(lambda name=name: postprocess(nets[name], X, y, judge))
        row(f"{name}+restriction", found.net, 1, *spent)
    found, *spent = clocked(lambda: fit(X, y, judge, width, cell["seed"], starts=10_000,
                                        time_limit=seconds, progress=False))
    row("fit", found.net, 1, *spent)
    return rows
