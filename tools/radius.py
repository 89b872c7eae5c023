"""What of the claim of stated radii is met by the rows of `make evidence TABLE=radius`: on
splits 5 to 9, attacked error of `ours_eps` at most a hundredth above the best opponent of equal
averaging, choice and settings, its clean error at most a tenth above the best.

python tools/radius.py [folder of results]
"""
import sys
from pathlib import Path

import numpy as np

from lipcvx.evidence.protocol import SETS
from lipcvx.evidence.runner import read_rows

CLAIMED = [name for name in SETS if name != "protein"] # the thirteen sets the claim names
ERROR, SPLITS = "rmse_l2_0.1", range(5, 10)


def means(rows, column):
    "Data set -> method -> mean over the splits that all methods of the set have"
    table = {}
    for name in {r["dataset"] for r in rows}:
        of = {m: {r["seed"]: r[column] for r in rows if (r["dataset"], r["method"]) ==
                      (name, m)} for m in {r["method"] for r in rows if r["dataset"] == name}}
        shared = set.intersection(*(set(v) for v in of.values()))
        if shared:
            table[name] = ({m: float(np.mean([v[s] for s in shared])) for m, v in of.items()} |
                           {"splits": len(shared)})
    return table


def verdict(out):
    "Set by set: attacked error of ours_eps against the best opponent, and its clean error"
    rows = [r for r in read_rows(out/"radius.csv") if r["rule"] == "attacked" and
            r["seed"] in SPLITS and np.isfinite(r.get(ERROR, np.nan))]
    attacked, clean, met = means(rows, ERROR), means(rows, "rmse_clean"), 0
    for name, v in sorted(attacked.items()):
        opponents = {m: e for m, e in v.items() if m != "splits" and not m.startswith("ours")}
        if "ours_eps" not in v or not opponents: continue
        best = min(opponents, key=opponents.get)
        fine = (v["ours_eps"] <= 1.01*opponents[best] and
                clean[name]["ours_eps"] <= 1.1*min(clean[name][m] for m in opponents))
        met += fine
        print(f"{name:15s} {v['splits']} splits  ours_eps {v['ours_eps']:.4f}  best of "
              f"{len(opponents)} opponents {opponents[best]:.4f} ({best})  "
              f"{'met' if fine else 'not met'}")
    print(
        f"met on {met} of {len(attacked)} sets with results; the claim is 9 of {len(CLAIMED)}")


if __name__ == "__main__":
    verdict(Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parent.parent/"results"))
