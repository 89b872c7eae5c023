"""The splits that published regression experiments share, and what ours reaches on them: clean
errors as everybody reports them, and errors under attack, which nobody does."""
import numpy as np
from evidence.shared import clocked, rmse

from lipcvx.attack import pgd, worst_case
from lipcvx.certify import certificates
from lipcvx.data import Scaler, load
from lipcvx.lipschitz import bound
from lipcvx.result import Status
from lipcvx.training.selection import select


def published_split(
    n, # rows of the data set, in the order of its file
    k, # number of the split, from 0
):
    """Training rows (round(0.9 n),) and test rows of split k of the regression experiments of
    Hernández-Lobato & Adams (2015) and Gal & Ghahramani (2016), by their generator: numpy's
    legacy one with seed 1, a permutation of all rows for each split in turn. Rows with equal
    inputs are not kept together: these are their splits, not `lipcvx.data.split`."""
    rng = np.random.RandomState(1)
    for _ in range(k + 1): order = rng.choice(n, n, replace=False)
    first = round(n*9/10)
    return order[:first], order[first:]


def part(name, k):
    "Standardized training part and test part of a published split, and the unit of the target"
    data = load(name)
    train, test = published_split(data.n, k)
    x, y = Scaler.fit(data.X[train]), Scaler.fit(data.y[train])
    return (x.transform(data.X[train]), y.transform(data.y[train]), x.transform(data.X[test]),
            y.transform(data.y[test]), float(y.scale))


def measured(net, X, y, unit, rules):
    """Test errors in the target's units: clean, attacked, certified; of the first rows the
    worst case from below and from above, and the share of them in which it is exact"""
    eps, some = rules["eps"], slice(rules["exact_samples"])
    found, attack = certificates(net, X, y, eps, 2), pgd(net, X, y, eps, 2).error
    exact = worst_case(net, X[some], y[some], eps, 2, time_limit=rules["exact_seconds"])
    errors = {"clean": found.clean, "attacked": attack, "certified": found.best,
              "attacked_some": attack[some], "worst_some": exact.error,
              "worst_some_above": exact.bound, "certified_some": found.best[some]}
    return {f"rmse_{k}": unit*rmse(e) for k, e in errors.items()} | dict(
        exact_share=float(np.mean([s is Status.OPTIMAL for s in exact.status])),
        exact_samples=len(exact.error), lipschitz=bound(net, "sdp", 2).value, width=net.width)


def measure(cell, rules):
    """Rows: the average of networks trained on all rows, that of the folds' networks, and one
    network, all of the candidate that the folds choose"""
    X, y, X_test, y_test, unit = part(cell["dataset"], cell["split"])
    def chosen(**options):
        return clocked(lambda: select(X, y[:, None], width=rules["width"], seed=cell["split"],
                                      **options))
    found, _, cpu = chosen()
    same = dict(settings=(found.setting,))
    folds, _, at_folds = chosen(eps=0., scoring="clean", **same) # a radius keeps the folds'
    one, _, again = chosen(n_networks=1, **same)
    name = f"{found.setting.family} {found.setting.lam or found.setting.decay:g}"
    shared = cell | dict(setting=name, unit=unit)
    clean = unit*rmse(folds.net(X_test)[:, 0] - y_test) # all that is asked of this one
    return [shared | dict(method="folds", rmse_clean=clean, cpu_seconds=at_folds)] + [
        shared | dict(method=method, cpu_seconds=spent) |
        measured(net, X_test, y_test, unit, rules)
        for method, net, spent in (("average", found.net, cpu), ("single", one.net, again))]
