"""Exact worst cases of the demonstration network, before and after: what attacks find of
them and what certificates say."""
import numpy as np
from evidence.shared import clocked, parts, rmse

from lipcvx import Program, postprocess, train_adam
from lipcvx.attack import fgsm, pgd, worst_case
from lipcvx.certify import certificates


def network(cell, rules):
    "The network, and the test samples"
    X, y, X_test, y_test = parts(cell["dataset"], cell["seed"])
    net = train_adam(X, y, width=rules["width"], seed=cell["seed"])
    if cell["net"] == "after": net = postprocess(net, X, y, Program(lam=rules["lam"])).net
    return net, X_test[:rules["samples"]], y_test[:rules["samples"]]


def measure(cell, rules):
    "One row"
    (net, X, y), norm, eps = network(cell, rules), float(cell["norm"]), cell["eps"]
    exact, seconds, _ = clocked(lambda: worst_case(net, X, y, eps, norm))
    clean, attack = np.abs(net.predict(X) - y), pgd(net, X, y, eps, norm).error
    gain, found = exact.error - clean, certificates(net, X, y, eps, norm)
    share = np.median(((attack - clean)/np.where(gain > 0, gain, 1))[gain > 0])
    return [cell | dict(clean=rmse(clean), fgsm=rmse(fgsm(net, X, y, eps, norm).error),
                        pgd=rmse(attack), exact=rmse(exact.error),
                        exact_bound=rmse(exact.bound), certified_local=rmse(found.by_local),
                        certified_global=rmse(found.by_global), pgd_share_median=float(share),
                        optimal=int(sum(str(s) == "optimal" for s in exact.status)),
                        samples=len(y), seconds=seconds)]
