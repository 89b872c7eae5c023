"""Every method on every data set and split, and the ablations; resumable, results in results/experiments*.csv and results/ablations*.csv.

python tools/experiments.py [--data yacht servo ...] [--seeds 0 1 2] [--methods ours adam ...] [--ablations] [--jobs 2] [--backend loky|dask] [--address tcp://...] [--full] [--out results]
"""
import argparse
from pathlib import Path

from lipcvx import baselines
from lipcvx.protocol import ROWS, SETS, cells, competitors, run, variants

ABLATION_SETS = ("yacht", "concrete", "airfoil", "fish_toxicity", "wine_red")


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--data", nargs="*", choices=SETS, help="default: all sets; five of them for the ablations")
    parse.add_argument("--seeds", nargs="*", type=int, help="default: 0 to 9; 0 to 2 for the ablations")
    parse.add_argument("--methods", nargs="*", choices=[*competitors(), *variants()], help="default: all that can run here")
    parse.add_argument("--ablations", action="store_true", help="the variants of our method in the place of its competitors")
    parse.add_argument("--jobs", type=int, default=1, help="workers, one core each")
    parse.add_argument("--backend", default="loky", choices=["loky", "threading", "sequential", "dask"])
    parse.add_argument("--address", help="of a Dask scheduler; implies --backend dask")
    parse.add_argument("--full", action="store_true", help=f"no more than all training rows, not {ROWS}; needs a folder of its own")
    parse.add_argument("--out", type=Path, default=Path("results"))
    args = parse.parse_args()
    for name, why in baselines.missing().items(): print(f"left out: {name} ({why})")
    sets = args.data or (ABLATION_SETS if args.ablations else SETS)
    seeds = args.seeds if args.seeds is not None else range(3 if args.ablations else 10)
    methods = args.methods or list(variants() if args.ablations else competitors())
    work = cells(sets, seeds, methods, None if args.full else ROWS)
    run(work, args.out, "ablations" if args.ablations else "experiments", "dask" if args.address else args.backend, args.jobs, args.address)


if __name__ == "__main__": main()
