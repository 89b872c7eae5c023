"""Does a convex restriction pay that knows all perturbations met so far? Cutting planes on
the exact worst-case loss, from networks trained adversarially."""
import warnings

import cvxpy as cp
import numpy as np
from evidence.shared import clocked, parts

from lipcvx.attack import pgd, worst_case
from lipcvx.lipschitz import bound
from lipcvx.network import ShallowNet
from lipcvx.program import Program
from lipcvx.training.descent import train_adversarial
from lipcvx.training.robust import robust_step


def worst(net, X, y, rules, eps):
    "Exact worst errors, their mean square, and where they are"
    found = worst_case(net, X, y, eps, rules["norm"], time_limit=60)
    return found.bound, float(np.mean(found.bound**2)), found.X_adv


def restricted(start, points, owner, y):
    """The network of least mean over samples of the largest squared error at its points,
    patterns and signs at all points those of `start`; and that mean"""
    (N, d), kappa = points.shape, start.A[:, 0]
    V, r, t = cp.Variable((d + 1, start.width)), cp.Variable(), cp.Variable(len(y))
    D, pre = start.patterns(points), np.c_[points, np.ones(N)] @ V
    error = cp.multiply(D*kappa, pre) @ np.ones(start.width) + r - y[owner]
    problem = cp.Problem(cp.Minimize(cp.sum_squares(t)/len(y)), [
        cp.multiply(np.where(D, 1., -1.), pre) >= 0, cp.abs(error) <= t[owner]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore") # the answer is judged by the exact worst case
        try: problem.solve(solver="CLARABEL")
        except cp.SolverError: return None, np.nan
    if V.value is None: return None, np.nan
    return ShallowNet(V.value[:d].T, V.value[d], kappa, float(r.value)), float(problem.value)


def cutting(start, X, y, rules, eps):
    """The best network met, its exact worst-case loss, programs solved, points stored, and
    whether no point was worse at the end"""
    start = start.normal_form()
    errors, before, at = worst(start, X, y, rules, eps)
    best, least = start, before
    points, owner, closed = np.vstack([X, at]), np.tile(np.arange(len(X)), 2), False
    programs = 0
    while programs < rules["rounds"] and not closed:
        programs += 1
        net, value = restricted(start, points, owner, y)
        if net is None: break
        errors, loss, at = worst(net, X, y, rules, eps)
        if loss < least: best, least = net, loss
        closed = loss <= value*(1 + rules["tol"])
        stored = np.zeros(len(X))
        np.maximum.at(stored, owner, np.abs(net.predict(points) - y[owner]))
        new = np.flatnonzero(errors > stored*(1 + rules["tol"]/4))
        points, owner = np.vstack([points, at[new]]), np.append(owner, new)
    return best, programs, len(points), closed


def measure(cell, rules):
    "Rows: the start, cutting planes from it, and the robust step of the package from it"
    eps, seed, norm = cell["eps"], cell["seed"], rules["norm"]
    X, y, X_test, y_test = parts(cell["dataset"], seed, rules["rows"])
    rows = []

    def row(method, net, seconds, programs=0, points=0, closed=True):
        rows.append(cell | dict(
            method=method, worst=worst(net, X, y, rules, eps)[1],
            clean=float(np.mean((net.predict(X) - y)**2)), bound=bound(net, "sdp", norm).value,
            test_clean=float(np.mean((net.predict(X_test) - y_test)**2)),
            test_attacked=float(np.mean(pgd(net, X_test, y_test, eps, norm).error**2)),
            programs=programs, points=points, closed=int(closed), seconds=seconds))

    start, _, spent = clocked(
        lambda: train_adversarial(X, y, eps, norm, rules["width"], seed, rules["steps"]))
    row("adversarial", start, spent)
    (net, programs, points, closed), _, spent = clocked(
        lambda: cutting(start, X, y, rules, eps))
    row("cutting", net, spent, programs, points, closed)
    found, _, spent = clocked(
        lambda: robust_step(start, X, y, Program(lam=0., norm=norm), eps, norm))
    row("step", found.net, spent, found.iterations)
    return rows
