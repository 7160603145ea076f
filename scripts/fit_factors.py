"""Fit the HF and LF channel factors to the expanded weights of a layer's units (one-sided NMF)."""

import argparse
import sys

from highlow.circuits import candidates, expanded_weight_file, factor_file
from highlow.probes import response_file
from highlow.runs.command_line import script
from highlow.runs.errors import HighlowError
from highlow.runs.options import option, shared
from highlow.runs.progress import progress
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    table = table_files.read(options.candidates, candidates.COLUMNS)
    if not len(options.expanded_weights) == len(options.textures) == len(options.output):
        raise HighlowError("--expanded-weights, --textures and --output need as many files each")
    said = []
    sources = list(zip(options.expanded_weights, options.textures, options.output, strict=True))
    for path, textures, output in progress(sources, "factors", "source"):
        weight, branch_units = expanded_weight_file.read(path, options.branch)
        if options.downstream:
            units = candidates.downstream_units(weight, branch_units, table, options.candidate_branch)
        else:
            units = candidates.factor_units(table, options.branch)
        response, axes, _ = response_file.read(textures)
        origin = provenance.made_from(
            inputs={"expanded_weights": path, "candidates": options.candidates, "textures": textures},
            config={"factors.seeds": options.seeds, "branch": options.branch},
            seed=options.seed,
        )
        shown = response.mean(axis=(1, 2)), axes["wavelength"]
        fit = factor_file.named_fit(weight, branch_units, units, *shown, options.seeds, options.seed, options.ranks)
        factor_file.write(output, fit, origin)
        explained = f"{fit.factors.explained:.3f} (at most {fit.factors.bound:.3f})"
        said.append(f"two factors, {fit.separation_octaves:.2f} octaves apart, explain {explained} -> {output}")
    return "; ".join(said)


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/factors/maxpool1_to_mixed3a.h5 --config network=googlenet",
    options=[
        option("--expanded-weights", "HDF5 files of expand_weights.py, one a source", nargs="+"),
        *shared("--candidates"),
        option("--textures", "responses of each source to uniform_plaid, HDF5", nargs="+"),
        option("--branch", "branch whose units are fitted, e.g. 3x3"),
        option("--downstream", "candidates are the source, not the target", default=False),
        option("--candidate-branch", "branch of the candidates (with --downstream)", default=None),
        *shared("--seeds"),
        option("--ranks", "numbers of factors, 2 among them", type=int, nargs="+", default=list(factor_file.RANKS)),
        option("--seed", "first seed", default=0),
        option("--output", "HDF5 files to write, one a source", nargs="+"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
