"""Pictures as Fourier coefficients in decorrelated colours: what the optimization changes.

Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017 (section "Preconditioning and parameterization"),
with the constants of lucent 0.1.8 (`optvis.param`). Lucent's own function chooses the device when it is imported, and
draws one noise for the whole batch from the global generator; here the coefficients are an argument, so that each
picture has its own seed. Tests compare both.
"""

import torch
from lucent.optvis.param import color, spatial
from torch import Tensor

DEVIATION = 0.01  # of the coefficients at the start: a nearly uniform grey
CONTRAST = 0.25  # lucent's "magic" divisor of 4, which keeps colours from saturating


class Parameterization:
    """The map from Fourier coefficients to RGB pictures of `size` pixels, on a device."""

    def __init__(self, size: int, device: torch.device) -> None:
        frequencies = torch.from_numpy(spatial.rfft2d_freqs(size, size)).float()
        # Equal steps in these coefficients are larger at low frequencies, as contrasts in photographs are.
        self.scale = (1 / frequencies.clamp(min=1 / size)).to(device)
        self.colors = torch.from_numpy(color.color_correlation_normalized).to(device)
        self.size = size

    def start(self, generator: torch.Generator) -> Tensor:
        """Return the coefficients of a nearly grey picture, (3, rows, columns, 2); the generator is on the CPU."""
        noise = torch.randn(3, *self.scale.shape, 2, generator=generator)
        return (noise * DEVIATION).to(self.scale.device)

    def rgb(self, coefficients: Tensor) -> Tensor:
        """Return the pictures, (n, 3, size, size) in 0 to 1, of coefficients (n, 3, rows, columns, 2)."""
        spectrum = torch.view_as_complex(coefficients) * self.scale
        # Of an odd size there is one column more than its spectrum has.
        decorrelated = torch.fft.irfft2(spectrum, s=(self.size, self.size), norm="ortho") * CONTRAST
        return torch.sigmoid(torch.einsum("ij,njyx->niyx", self.colors, decorrelated))
