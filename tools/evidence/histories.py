"""Objective against seconds: `fit` after every step, and every other method after each
restart."""
import time

from evidence.objective import methods
from evidence.shared import lam_for, training_part

from lipcvx.program import Program
from lipcvx.training import fit


def measure(cell, rules):
    "(seconds, best objective) of one method, a row a step"
    X, y = training_part(cell["dataset"], cell["seed"])
    lam, seconds = lam_for(cell["dataset"], cell["fraction"], rules["out"]), rules["seconds"]
    judge = Program(lam=lam)
    if cell["method"] == "fit":
        found = fit(X, y, judge, rules["width"], cell["seed"], starts=10_000,
                    time_limit=seconds, progress=False)
        points = [(h["seconds"], h["objective"]) for h in found.history]
    else:
        make, best, points, began = methods(lam, X, y, cell["seed"], rules["width"])[cell[
            "method"]], float("inf"), [], time.perf_counter()
        while time.perf_counter() - began < seconds:
            best = min(best, judge.objective(make(len(points)), X, y))
            points.append((time.perf_counter() - began, best))
    return [cell | {"lam": lam, "step": k, "seconds": round(s, 3), "objective": F} for k,
            (s, F) in enumerate(points)]
