"""How far trained networks are from the best network of any width, and whether the way over
it pays at equal time."""
import time

import numpy as np
from evidence.shared import clocked, training_part

from lipcvx import globalopt, training
from lipcvx.globalopt.pricing import Whitened, local_search
from lipcvx.globalopt.universal import universal_bound
from lipcvx.program import Program


def later_ratio(bound, starts):
    """The largest ratio that more starts find after the fact: above one refutes the prices by
    that factor"""
    w, rng = Whitened.of(bound.task, bound.prices), np.random.default_rng(987)
    q = rng.normal(size=(starts, bound.task.X.shape[1]))
    return float(bound.task.ratios(w.atoms(*local_search(w, q)), bound.prices).max())


def bounded(X, y, program, rules):
    """The bound for any width, what more starts say about it, the universal bound, and the gap
    of the network of `training.fit`"""
    bound, wall, cpu = clocked(lambda: globalopt.global_bound(
        X, y, program, tol=rules["tol"], time_limit=rules["seconds"], starts=rules["starts"]))
    fitted, fit_wall, fit_cpu = clocked(
        lambda: training.fit(X, y, program, rules["width"], progress=False))
    return dict(bound=bound.value, best_any_width=bound.objective, gap_any_width=bound.gap,
                status=str(bound.status), rechecks_not_clean=bound.refuted,
                rounds=len(bound.history), seconds_bound=wall, cpu_seconds_bound=cpu,
                later_ratio=later_ratio(bound, rules["later_starts"]),
                universal=universal_bound(X, y, program, time_limit=60).value,
                objective_fit=fitted.objective, above_bound_fit=fitted.objective/bound.value -
                1, ratio_fit=bound.ratio(fitted.net), seconds_fit=fit_wall,
                cpu_seconds_fit=fit_cpu)


def trained(X, y, program, rules):
    """Column generation with reduction against direct training from several starts, at equal
    time"""
    reduced, wall, cpu = clocked(lambda: globalopt.fit_by_reduction(
        X, y, program, rules["width"]))
    direct, began, starts = np.inf, time.process_time(), 0
    while starts < rules["least_starts"] or time.process_time() - began < cpu:
        direct = min(direct, training.fit(X, y, program, rules["width"], seed=starts, starts=1,
                                          progress=False).objective)
        starts += 1
    return dict(objective_reduced=reduced.objective, objective_direct=direct,
                direct_above_reduced=direct/reduced.objective - 1, seconds_reduced=wall,
                cpu_seconds_reduced=cpu,
                cpu_seconds_direct=round(time.process_time() - began, 2), starts_direct=starts)


def measure(cell, rules):
    "One row"
    X, y = training_part(cell["dataset"], cell["seed"], rules["rows"])
    found = (bounded if "tol" in rules else trained)(X, y, Program(lam=cell["lam"]), rules)
    return [cell | {"n": X.shape[0], "d": X.shape[1]} | found]
