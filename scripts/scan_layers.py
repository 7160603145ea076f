"""Scan a network's layers for high-low frequency detectors: where they peak, which units they are, their factors."""

import argparse
import sys

import torch
from tqdm import tqdm

from highlow.circuits import factor_file, layer_scan, layer_table, selection
from highlow.networks import extracted
from highlow.networks.devices import torch_device
from highlow.runs.command_line import script
from highlow.runs.errors import HighlowError
from highlow.runs.options import option
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    # A fixed number of threads: sums are then taken in the same order, and the bytes are the same, on any machine size.
    torch.set_num_threads(options.threads)
    network = extracted.read(options.weights)
    device = torch_device(options.device)
    steps = layer_scan.scan(network, options.seed, options.pattern_size, device)
    scanned = list(tqdm(steps, desc=network.name, unit="layer", disable=not sys.stderr.isatty()))
    if not scanned:
        raise HighlowError(f"network {network.name!r} has no layer whose field holds two frequencies: nothing to scan")
    scanned, best, fit = layer_table.with_refined_peak(scanned, options.seeds, options.seed)
    table = layer_table.layers_table(network.architecture, scanned, best.place.node)
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
        option("--weights"),
        option("--layers", "TSV to write: every convolution with taps"),
        option("--detectors", "TSV to write: the units at the peak, best first"),
        option("--factors", "HDF5 to write: HF and LF factors at the peak"),
        option("--shown", "TSV to write: six units that span the circle, to be pictured"),
        option("--pattern-size", "pixels; default scaled to the field of each layer", type=float, default=None),
        option("--seeds"),
        option("--seed", "seed of the stimuli and the first start", default=0),
        option("--device"),
        option("--threads"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
