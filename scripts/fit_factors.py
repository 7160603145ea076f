"""Fit the HF and LF channel factors to the expanded weights of a layer's units (one-sided NMF)."""

import argparse
import sys

from highlow.circuits import candidates, expanded_weight_file, factor_file
from highlow.probes import response_file
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    weight, branch_units = expanded_weight_file.read(options.expanded_weights, options.branch)
    table = table_files.read(options.candidates, candidates.COLUMNS)
    if options.downstream:
        units = candidates.downstream_units(weight, branch_units, table, options.candidate_branch)
    else:
        units = candidates.factor_units(table, options.branch)
    response, axes, _ = response_file.read(options.textures)
    names = ("expanded_weights", "candidates", "textures")
    origin = provenance.made_from(
        inputs={name: getattr(options, name) for name in names},
        config={"factors.seeds": options.seeds, "branch": options.branch},
        seed=options.seed,
    )
    textures = response.mean(axis=(1, 2))
    fit = factor_file.named_fit(weight, branch_units, units, textures, axes["wavelength"], options.seeds, options.seed)
    factor_file.write(options.output, fit, origin)
    explained = f"{fit.factors.explained:.3f} (at most {fit.factors.bound:.3f})"
    return f"two factors, {fit.separation_octaves:.2f} octaves apart, explain {explained} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/factors/maxpool1_to_mixed3a.h5 --config network=googlenet",
    options=[
        *shared("--expanded-weights", "--candidates"),
        option("--textures", "responses of the source layer to uniform_plaid, HDF5"),
        option("--branch", "branch whose units are fitted, e.g. 3x3"),
        option("--downstream", "candidates are the source, not the target", default=False),
        option("--candidate-branch", "branch of the candidates (with --downstream)", default=None),
        *shared("--seeds"),
        option("--seed", "first seed", default=0),
        option("--output", "HDF5 file to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
