"""Scan a network's layers for high-low frequency detectors: where they peak, which units they are, their factors."""

import argparse
import sys

from highlow.circuits import factor_file, layer_table, selection
from highlow.networks import extracted
from highlow.networks.devices import prepared
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    device = prepared(options.device, options.threads)
    network = extracted.read(options.weights)
    table, best, fit = layer_table.scan_table(
        network, options.seeds, options.seed, pattern_size=options.pattern_size, device=device
    )
    config = {"factors.seeds": options.seeds, "pattern_size": options.pattern_size, "device": device.type}
    origin = provenance.made_from(inputs={"weights": options.weights}, config=config, seed=options.seed)
    table_files.write(options.layers, table, origin)
    table_files.write(options.detectors, best.table, origin)
    factor_file.write(options.factors, fit, origin)
    shown = selection.shown_units(best.table, best.place.branch, ())
    roles = shown.assign(figure="fig14_similar_detectors", role="similar_detector")
    table_files.write(options.shown, roles[["figure", "role", "layer", "unit"]], origin)
    found = f"{best.detectors} detectors among {len(best.table)} units"
    return f"{network.name}: {found} of {best.place.node}, where they peak -> {options.layers}"


main = script(
    __doc__,
    program,
    example="snakemake results/vgg19/universality/layers.tsv --config network=vgg19",
    options=[
        *shared("--weights"),
        option("--layers", "TSV to write: every convolution with taps"),
        option("--detectors", "TSV to write: the units at the peak, best first"),
        option("--factors", "HDF5 to write: HF and LF factors at the peak"),
        option("--shown", "TSV to write: six units that span the circle, to be pictured"),
        option("--pattern-size", "pixels; default scaled to the field of each layer", type=float, default=None),
        *shared("--seeds"),
        option("--seed", "seed of the stimuli and the first start", default=0),
        *shared("--device", "--threads"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
