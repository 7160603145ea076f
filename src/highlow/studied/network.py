"""One network and what can be asked of it: the same functions that the scripts call, on what is in memory."""

import operator
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from highlow.circuits import candidates, detection, factor_file, layer_table
from highlow.circuits.expanded_weights import expanded_weights
from highlow.networks import choices
from highlow.networks.devices import threads as computing_threads
from highlow.networks.devices import torch_device
from highlow.networks.extracted import Extracted
from highlow.networks.model import Network
from highlow.networks.registry import Entry
from highlow.networks.torch_settings import as_shipped
from highlow.pictures import feature_visualization
from highlow.probes.responses import answers
from highlow.runs.errors import HighlowError
from highlow.runs.progress import one_bar
from highlow.studied import settings
from highlow.studied.defaults import ORIENTATIONS, PHASES, RATIOS, SEEDS, STEPS
from highlow.studied.settings import Grid

Floats = NDArray[np.floating]
TEXTURES = "uniform_plaid"  # what tells which factor is of high frequencies


class Studied:
    """A network that is studied. `highlow.from_module` and `highlow.load` make one.

    Every method computes anew, on one thread if not told otherwise, as the jobs of the pipeline do: the numbers are
    then the same on any machine of a kind, and the same as the pipeline's. On a terminal a bar shows how far it is.

    Parameters
    ----------
    extracted : Extracted
        Architecture and weights.
    entry : Entry, optional
        What the registry knows of the network: the branch and the source of its registered layer.

    Attributes
    ----------
    extracted : Extracted
        Architecture and weights.
    """

    def __init__(self, extracted: Extracted, entry: Entry | None = None) -> None:
        self.extracted = extracted
        self._entry = entry

    def __repr__(self) -> str:
        return f"<highlow.Studied {self.name!r}, {len(self.layers)} layers>"

    @property
    def name(self) -> str:
        """Name of the network."""
        return self.extracted.name

    @property
    def layers(self) -> list[str]:
        """Names of the layers, in the order in which they are computed. A layer may have further names (aliases)."""
        return [node.name for node in self.extracted.architecture.nodes if node.op != "input"]

    @as_shipped()
    def network(self, layer: str | None = None, *, device: str = "cpu") -> nn.Module:
        """Return a module that maps RGB images in [0, 1], (N, 3, H, W), to the activations of a layer, (N, C, h, w).

        Parameters
        ----------
        layer : str, optional
            Nothing past it is computed. Where a rectifier follows the layer, the activations are behind it. None gives
            the logits, (N, classes).
        device : str
            A PyTorch device.

        Raises
        ------
        HighlowError
            If there is no such layer, or no classifier.
        """
        architecture = self.extracted.architecture
        if layer is None and architecture.logits not in architecture.by_name:
            raise HighlowError(f"network {self.name!r} has no classifier here; name one of its layers")
        return self._module(architecture.logits if layer is None else layer, torch_device(device))

    def branch(self, layer: str) -> str:
        """Return the branch of a layer whose weights are factorized; a layer without branches is its own.

        The registered one, else `3x3`, else the first that sees more than one position, else the first.
        """
        return choices.branch(self.extracted.architecture, layer, self._entry.branch if self._entry else "")

    def source(self, layer: str, branch: str = "") -> str:
        """Return the earlier layer whose channels are factorized.

        The registered one for the registered layer; else the layer before the block of the branch; where that is the
        image, what the branch itself reads.
        """
        architecture, found = self.extracted.architecture, self._entry
        node = architecture.node(layer)
        if found and found.sources and node.name == found.layer:
            return found.sources[0]
        return choices.source(architecture, node.name, branch or self.branch(layer))

    @as_shipped()
    def detect(
        self,
        layer: str,
        *,
        branch: str = "",
        source: str = "",
        orientations: int = ORIENTATIONS,
        ratios: int = RATIOS,
        phases: int = PHASES,
        pattern_size: float | None = None,
        seeds: int = SEEDS,
        seed: int = 0,
        device: str = "auto",
        threads: int = 1,
    ) -> pd.DataFrame:
        """Return every unit of a layer with the verdict whether it is a high-low frequency detector, best first.

        Parameters
        ----------
        layer : str
            Name or alias.
        branch : str
            Branch whose weights are factorized, see `branch`; units of others have no verdict but 0.
        source : str
            Earlier layer whose channels are factorized, see `source`.
        orientations, ratios, phases : int
            The grid of stimuli.
        pattern_size : float, optional
            Pixels; default: 60/43 of the branch's receptive field.
        seeds : int
            Random starts of the factorization.
        seed : int
            Of the balanced stimuli, the bootstrap and the first random start.
        device : str
            `auto` is the GPU where there is one.
        threads : int
            On the CPU; another number of them may change the last digits.

        Returns
        -------
        DataFrame
            The columns of `tables/detectors.tsv`.

        Raises
        ------
        HighlowError
            If the layer, the branch or the source does not exist, the layer sees the whole image or reads the image
            itself, or its weights from the source cannot be composed.
        """
        settings.check(seeds=seeds, threads=threads)
        architecture, place = self.extracted.architecture, torch_device(device)
        layer, branch = self._branched(layer, branch)
        source = architecture.node(source or self.source(layer, branch)).name
        grid = self._grid(layer, branch, pattern_size, orientations, ratios, phases, seed)
        target = architecture.branch_node(layer, branch).name
        with computing_threads(threads):
            # First what is quick to fail.
            weight = expanded_weights(architecture, self.extracted.weights, source, target).weight.numpy()
            with one_bar(f"{layer} of {self.name}", "stimulus", grid.count(*candidates.FAMILIES, TEXTURES)):
                table = self._candidates(layer, grid, place)
                textures, axes = self._answers(self._module(source, place), grid, TEXTURES, place)
            branch_units = np.flatnonzero(np.array(architecture.branch_of_unit(layer)) == branch)
            fit = factor_file.named_fit(
                weight,
                branch_units,
                candidates.factor_units(table, branch),
                textures.mean(axis=(1, 2)),
                axes["wavelength"],
                seeds,
                seed,
                (factor_file.RANK,),
            )
        return detection.detectors(table, fit.branch_units, fit.branch_maps, fit.separation_octaves)

    @as_shipped()
    def scan(
        self,
        *,
        pattern_size: float | None = None,
        seeds: int = SEEDS,
        seed: int = 0,
        device: str = "auto",
        threads: int = 1,
    ) -> pd.DataFrame:
        """Return a row a layer, in order of depth: how many of its units are detectors, and where they peak.

        The grid is coarser than that of `detect`, and scaled to each layer.

        Parameters
        ----------
        pattern_size, seeds, seed, device, threads
            As for `detect`.

        Returns
        -------
        DataFrame
            The columns of `universality/layers.tsv`; `is_peak` is 1 for the layer with the largest share.
        """
        settings.check(seeds=seeds, seed=seed, threads=threads)
        chosen = torch_device(device)
        with computing_threads(threads):
            table, _, _ = layer_table.scan_table(self.extracted, seeds, seed, pattern_size=pattern_size, device=chosen)
        return table

    @as_shipped()
    def tuning(
        self,
        layer: str,
        units: int | Iterable[int] | None = None,
        *,
        branch: str = "",
        orientations: int = ORIENTATIONS,
        ratios: int = RATIOS,
        phases: int = PHASES,
        pattern_size: float | None = None,
        seed: int = 0,
        device: str = "auto",
        threads: int = 1,
    ) -> pd.DataFrame:
        """Return the responses of units over orientation (degrees) and frequency ratio, mean over phases.

        Parameters
        ----------
        layer : str
            Name or alias.
        units : int or iterable of int, optional
            Their numbers. By default those that the pipeline tabulates, which takes as long as `detect`.
        branch, orientations, ratios, phases, pattern_size, seed, device, threads
            As for `detect`; the patterns are scaled to the field of the branch.

        Returns
        -------
        DataFrame
            The columns of `tables/tuning.tsv`: `layer`, `unit`, `orientation_deg`, `ratio`, `response`.
        """
        settings.check(threads=threads)
        layer, branch = self._branched(layer, branch)
        chosen, place = None if units is None else self._checked(layer, units), torch_device(device)
        grid = self._grid(layer, branch, pattern_size, orientations, ratios, phases, seed)
        with computing_threads(threads):
            if chosen is None:
                chosen = candidates.tuned_units(self._candidates(layer, grid, place), ())
            response, axes = self._answers(self._module(layer, place), grid, "high_low", place)
        return candidates.tuning_table(layer, response, axes["ratio"], axes["orientation"], chosen)

    @as_shipped()
    def weights(
        self, layer: str, units: int | Iterable[int], *, branch: str = "", source: str = ""
    ) -> NDArray[np.float32]:
        """Return the weights from an earlier layer to units, layers in between composed, (unit, channel, y, x).

        Parameters
        ----------
        layer : str
            Name or alias.
        units : int or iterable of int
            Their numbers, all of one branch; the weights are in this order.
        branch : str
            That branch, see `branch`.
        source : str
            The earlier layer, see `source`.
        """
        layer, branch = self._branched(layer, branch)
        architecture, chosen = self.extracted.architecture, self._checked(layer, units)
        branches = architecture.branch_of_unit(layer)
        for unit in chosen:
            if branches[unit] != branch:
                raise HighlowError(f"unit {unit} of {layer!r} is in the {branches[unit]} branch, not in {branch!r}")
        source = architecture.node(source or self.source(layer, branch)).name
        target = architecture.branch_node(layer, branch).name
        found = expanded_weights(architecture, self.extracted.weights, source, target).weight.numpy()
        rows: NDArray[np.float32] = found[np.array(chosen) - branches.index(branch)]
        return rows

    @as_shipped()
    def visualize(
        self,
        layer: str,
        units: int | Iterable[int],
        *,
        size: int | None = None,
        steps: int = STEPS,
        seed: int = 0,
        device: str = "auto",
    ) -> NDArray[np.float32]:
        """Return pictures that units respond to most (feature visualization), (unit, y, x, rgb) in [0, 1].

        Parameters
        ----------
        layer : str
            Name or alias.
        units : int or iterable of int
            Their numbers; the pictures are in this order.
        size : int, optional
            Pixels; default: the receptive field with a margin.
        steps : int
            Steps of the optimization.
        seed : int
            Of starts and transformations.
        device : str
            `auto` is the GPU where there is one.
        """
        settings.check(steps=steps, seed=seed)
        chosen = self._checked(layer, units)
        place = torch_device(device)
        module = self._module(layer, place)
        directions = feature_visualization.one_hot(np.array(chosen), self.extracted.architecture.node(layer).channels)
        with computing_threads(1):
            found = feature_visualization.visualize(module, directions, size=size, steps=steps, seed=seed, device=place)
        return found.images.astype(np.float32) / np.float32(255)

    def _module(self, layer: str, device: torch.device) -> Network:
        return Network(self.extracted.architecture, self.extracted.weights, layer).to(device)

    def _branched(self, layer: str, branch: str) -> tuple[str, str]:
        """Return a layer by its own name, and its branch: the one that is named, or the usual one."""
        architecture = self.extracted.architecture
        layer = architecture.node(layer).name
        return layer, choices.checked_branch(architecture, layer, branch) if branch else self.branch(layer)

    def _checked(self, layer: str, units: int | Iterable[int]) -> list[int]:
        architecture = self.extracted.architecture
        try:
            chosen = [operator.index(unit) for unit in (units if isinstance(units, Iterable) else (units,))]
        except TypeError:
            raise HighlowError(f"units are whole numbers, not {units!r}") from None
        return choices.checked_units(architecture, architecture.node(layer).name, chosen)

    def _grid(
        self,
        layer: str,
        branch: str,
        pattern_size: float | None,
        orientations: int,
        ratios: int,
        phases: int,
        seed: int,
    ) -> Grid:
        architecture = self.extracted.architecture
        architecture.canvas_size(layer)  # says so where the layer sees the whole image
        field = architecture.field_size(architecture.branch_node(layer, branch).name)
        where = f"layer {layer!r} of {self.name!r}"
        return settings.fitting_grid(where, field, pattern_size, orientations, ratios, phases, seed)

    def _answers(
        self, module: Network, grid: Grid, family: str, device: torch.device
    ) -> tuple[Floats, Mapping[str, Floats]]:
        """Return the responses of a layer to a family, (axes of the family, unit), and the coordinates of the axes."""
        shown = grid.family(family)
        return answers(module, shown, device=device, progress=None), shown.axes

    def _candidates(self, layer: str, grid: Grid, device: torch.device) -> pd.DataFrame:
        """Return every unit of a layer with its score from responses alone, best first."""
        module = self._module(layer, device)
        branches = self.extracted.architecture.branch_of_unit(layer)
        return candidates.measured(
            layer, branches, lambda family: self._answers(module, grid, family, device), grid.pattern_size, grid.seed
        )
