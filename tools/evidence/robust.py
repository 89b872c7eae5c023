"""The robust step on networks trained adversarially, and what as many seconds of adversarial
training reach."""
import time

import numpy as np
from evidence.shared import clocked, parts

from lipcvx.attack import pgd
from lipcvx.program import Program
from lipcvx.training import fit
from lipcvx.training.descent import train_adversarial
from lipcvx.training.robust import certified_loss, robust_step, tune_slopes


def longest(X, y, eps, norm, width, seed, seconds, program):
    """Adversarial training on the objective, restarted for as long as told; the network with
    the least certified objective"""
    began, best, value, k = time.process_time(), None, np.inf, 0
    while k == 0 or time.process_time() - began < seconds*k/(k + 1):
        net = train_adversarial(X, y, eps, norm, width, (seed, k), program=program)
        F = certified_loss(net, X, y, eps, norm) + program.lam*program.bound.evaluate(net).value
        if F < value: best, value = net, F
        k += 1
    return best


def measure(cell, rules):
    """Rows: the start, the step without and with the constraint on the certified loss,
    adversarial training with the sdp term for equal seconds, the sdp network"""
    norm, eps, seed, width = float(cell["norm"]), cell["eps"], cell["seed"], rules["width"]
    X, y, X_test, y_test = parts(cell["dataset"], seed)
    program, rows = Program(lam=rules["lam"], norm=norm), []

    def row(method, net, slopes, rounds, seconds):
        L, certified = (program.bound.evaluate(net).value,
                        certified_loss(net, X, y, eps, norm, slopes=slopes))
        rows.append(cell | dict(
            method=method, objective=certified + rules["lam"]*L, certified=certified,
            certified_chords=certified_loss(net, X, y, eps, norm),
            attacked=float(np.mean(pgd(net, X, y, eps, norm, steps=30, restarts=3).error**2)),
            bound=L, test_clean=float(np.mean((net.predict(X_test) - y_test)**2)),
            test_attacked=float(np.mean(pgd(net, X_test, y_test, eps, norm).error**2)),
            rounds=rounds, seconds=seconds))

    start, _, spent = clocked(lambda: train_adversarial(X, y, eps, norm, width, seed))
    slopes, total = tune_slopes(start, X, y, eps, norm), spent
    row("adversarial", start, slopes, 0, spent)
    for method, keep in (("step", False), ("step_constrained", True)):
        found, _, spent = clocked(lambda keep=keep: robust_step(start, X, y, program, eps, norm,
                                                                slopes, keep, rules["rounds"]))
        row(method, found.net, found.slopes, found.iterations, spent)
        if method == "step": total += spent
    net, _, spent = clocked(lambda: longest(X, y, eps, norm, width, seed, total, program))
    row("adversarial_sdp", net, tune_slopes(net, X, y, eps, norm), 0, spent)
    net, _, spent = clocked(
        lambda: fit(X, y, program, width, seed, starts=1, turns=2, progress=False).net)
    row("sdp", net, tune_slopes(net, X, y, eps, norm), 0, spent)
    return rows
