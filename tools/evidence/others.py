"""Bounds on the Lipschitz constant of networks of the shapes that others report: 784-256-10 of
LipDiff, two layers of 8 to 256 units in ℓ∞ of GeoLIP; beside them the package eclipse-nn."""
import warnings
from importlib.util import find_spec

import numpy as np
from evidence.shared import clocked

from lipcvx.lipschitz import bound
from lipcvx.network import ShallowNet
from lipcvx.training import train_adam

ECLIPSE = {"ECLipsE_Fast": np.inf, "ECLipsE": 64} # largest width: the second needs minutes more


def digits():
    """The digits that scikit-learn carries, enlarged to the 28 × 28 pixels of MNIST, which no
    package carries: X (1797, 784) in [0, 1], one-hot labels"""
    from sklearn.datasets import load_digits
    data = load_digits()
    X = np.kron(data.images/16, np.ones((1, 4, 4)))[:, 2:30, 2:30]
    return X.reshape(len(X), -1), np.eye(10)[data.target]


def one_output(width, seed, epochs):
    "Output 8 of a network with ten outputs, trained to a squared loss"
    net = train_adam(*digits(), width=width, seed=seed, epochs=epochs)
    return ShallowNet(net.W, net.b, net.A[:, 8:9], float(net.r[8]))


def by_eclipse(net, method):
    "The bound in ℓ2 of eclipse-nn, or why there is none"
    if find_spec("eclipse_nn") is None: return np.nan, "eclipse-nn is not installed"
    import torch
    from eclipse_nn import LipConstEstimator
    weights = [torch.tensor(net.W), torch.tensor(net.A.T.copy())]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(LipConstEstimator(weights=weights).estimate(method)), ""


def measure(cell, rules):
    "A row for each bound"
    net, rows = one_output(cell["width"], cell["seed"], rules["epochs"]), []
    def row(method, norm, value, lower, spent, note=""):
        rows.append(cell | dict(method=method, norm=norm, value=value, lower=lower, note=note,
                                seconds=spent[0], cpu_seconds=spent[1]))
    # "comb" goes through all 2^m patterns, those that no input reaches, too
    kinds = {2.: ["product", "path", "sdp"], np.inf: ["path", "sdp"]}
    if cell["width"] <= rules["all_patterns"]: kinds[np.inf].append("comb")
    for norm, some in kinds.items():
        for kind in some:
            found, *spent = clocked(lambda kind=kind, norm=norm: bound(net, kind, norm))
            row(kind, norm, found.value, found.lower, spent)
    for method, most in ECLIPSE.items():
        if cell["width"] > most: continue
        (value, note), *spent = clocked(lambda method=method: by_eclipse(net, method))
        row(method, 2., value, np.nan, spent, note)
    return rows
