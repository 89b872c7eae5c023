"""What a stated radius gives: ours and every trained opponent with the same averaging and
choice, on splits not used before. Resumable: results/radius*.csv.

python tools/radius.py [--data yacht ...] [--seeds 5 6 7 8 9] [--methods ours_eps ...] [--jobs
1] [--out results] python tools/radius.py --verdict what of the claim is met by the rows that
are there
"""
import argparse
from pathlib import Path

import numpy as np

from lipcvx.evidence.protocol import SETS, cells, run, stated
from lipcvx.evidence.runner import read_rows

CLAIMED = [name for name in SETS if name != "protein"] # the thirteen sets the claim names
ERROR = "rmse_l2_0.1"


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
    rows = [r for r in read_rows(out/"radius_main.csv") if r["rule"] == "attacked" and
            np.isfinite(r.get(ERROR, np.nan))]
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


def main():
    parse = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--data", nargs="*", choices=SETS, default=CLAIMED)
    parse.add_argument("--seeds", nargs="*", type=int, default=[5, 6, 7, 8, 9])
    parse.add_argument("--methods", nargs="*", choices=list(stated()), default=list(stated()))
    parse.add_argument("--jobs", type=int, default=1)
    parse.add_argument("--out", type=Path, default=Path("results"))
    parse.add_argument("--verdict", action="store_true")
    args = parse.parse_args()
    if args.verdict: return verdict(args.out)
    run(cells(args.data, args.seeds, args.methods), args.out, "radius", n_jobs=args.jobs)


if __name__ == "__main__": main()
