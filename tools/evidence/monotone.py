"""Inputs known to be monotone: nothing known, every neuron monotone by itself, the exact
range over all patterns."""
from evidence.shared import clocked, parts, rmse

from lipcvx.program import Program
from lipcvx.shape import Shape, slope_range
from lipcvx.training import fit

KNOWN = {"free": lambda signs: None, "neuronwise": lambda signs: Shape.monotone(
    signs, neuronwise=True), "range": Shape.monotone}


def measure(cell, rules):
    "One row"
    X, y, X_test, y_test = parts(cell["dataset"], cell["split"], rules["rows"])
    signs = {int(k): s for k, s in rules["signs"][cell["dataset"]].items()}
    program = Program(lam=rules["lam"], shape=KNOWN[cell["method"]](signs))
    found, _, seconds = clocked(lambda: fit(X, y, program, rules["width"], seed=cell[
        "split"], skip=True, solver="native", progress=False, **rules["fit"]))
    net, ends = found.net, slope_range(found.net)
    least = min(float(ends.low[k, 0] if s > 0 else -ends.high[k, 0]) for k, s in signs.items())
    return [cell | dict(objective=program.objective(net, X, y),
                        test_rmse=rmse(net.predict(X_test) - y_test), least_slope=least,
                        bound=program.bound.evaluate(net).value, seconds=seconds)]
