"""Real tables from `fit` to `verify`: rows, columns, seconds, and test errors beside
gradient boosting, into results/tables.csv."""
import argparse
import contextlib
import io
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from lipcvx.tables import write_table
from lipcvx.tables.readers import read_cells
from lipcvx.tables.tablemodel import data_of, load_model
from lipcvx.tests.test_real_tables import REAL, licence, session

NAMES = ["table", "licence", "rows", "columns", "inputs", "measure", "ours", "boosting",
         "baseline", "seconds"]


def compared(real, folder):
    "Test errors of the network, of boosting on the same inputs and rows, and of a constant"
    model = load_model(folder/"m.safetensors")
    data = data_of(model.encoding, read_cells(real.path))
    held = np.isin(data.rows, model.report["rows_of_table"]["held_out"])
    X, y, Z, t = data.X[~held], data.y[~held], data.X[held], data.y[held]
    if model.task == "regression":
        def rmse(p): return float(np.sqrt(np.mean((p - t)**2)))
        boosted = HistGradientBoostingRegressor(random_state=0).fit(X, y)
        return "RMSE", model.report["test"]["rmse"], rmse(boosted.predict(Z)), rmse(y.mean())
    boosted = HistGradientBoostingClassifier(
        random_state=0, class_weight=model.report["options"]["class_weight"]).fit(X, y)
    def share(p): # mean over classes, as rare ones count too
        return float(np.mean([np.mean(p[t == k] != k) for k in np.unique(t)]))
    common = np.bincount(y.astype(int)).argmax()
    return ("balanced error", 1 - model.report["test"]["balanced_accuracy"],
            share(boosted.predict(Z)), share(np.full(len(t), common)))


def row(real, options):
    "One line of the result"
    with (tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()),
          contextlib.redirect_stderr(io.StringIO())):
        begun = time.perf_counter()
        report = session(real, Path(folder), options)
        seconds = time.perf_counter() - begun
        measure, *errors = compared(real, Path(folder))
    sizes = [report["table"]["rows"], len(report["columns"]) + 1, len(report["inputs"])]
    return [real.name, licence(real), *map(str, sizes), measure, *(f"{e:.4g}" for e in errors),
            f"{seconds:.1f}"]


def main():
    "All tables, or those whose names hold a word"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", default="results/tables.csv")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[
        "--quick", "--lam", "0.03", "--time-limit", "30"], help="of fit, last")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for real in REAL:
        if args.only not in real.name: continue
        try: rows.append(row(real, args.options))
        except AssertionError as e: rows.append([real.name, f"failed {e}"])
        print(*rows[-1], flush=True)
        Path(args.out).write_bytes(write_table(NAMES, rows))


if __name__ == "__main__": main()
