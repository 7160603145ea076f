"""Synthetic stimuli as functions of parameter tensors.

Coordinates are pixel offsets from the centre, x to the right and y down; every parameter is a tensor of shape (N,);
every picture is grey, (N, H, W), or coloured, (N, 3, H, W), in [0, 1]. A stimulus is a function of the offset alone,
so that it is the same on any canvas.

Formulas: recovered from the stimulus sheets of the article (Schubert et al., "High-Low Frequency Detectors",
Distill 2021, section "Synthetic Tuning Curves" and its repository).
"""

import math

import torch
from torch import Tensor

PLAID_CONTRAST = 0.3
# The root mean square of a plaid of that contrast: both high-low families have it on the plaid's scale.
NOISE_CONTRAST = PLAID_CONTRAST / 2
# The same for gratings, and for edges that are 0.5 + contrast on one side and 0.5 - contrast on the other.
GRATING_CONTRAST = NOISE_CONTRAST * math.sqrt(2)
EDGE_CONTRAST = NOISE_CONTRAST
# Red against green and blue against yellow: directions in RGB along which the luma of ITU-R BT.709 (0.2126, 0.7152,
# 0.0722) stays the same.
COLOUR_PAIRS = ((1.0, -0.2126 / 0.7152, 0.0), (-0.0722 / 0.9278, -0.0722 / 0.9278, 1.0))

# Where the two textures of `texture_regions` lie.
LAYOUTS = ("half_plane", "bar", "disc", "hourglass", "everywhere")
REGION_RATIO = 3.0  # of their frequencies, on the scale of `high_low`


def rotated(x: Tensor, y: Tensor, degrees: Tensor) -> tuple[Tensor, Tensor]:
    """Return the image axes rotated by an angle, clockwise on the screen.

    Parameters
    ----------
    x, y : Tensor
        Offsets in pixels, (W,) and (H,).
    degrees : Tensor
        (N,).

    Returns
    -------
    u, v : Tensor
        (N, H, W): offset along the direction `degrees` and across it.
    """
    radians = torch.deg2rad(degrees)[:, None, None]
    cosine, sine = torch.cos(radians), torch.sin(radians)
    across, down = x[None, None, :], y[None, :, None]
    return across * cosine + down * sine, down * cosine - across * sine


def plaid(u: Tensor, v: Tensor, wavelength: Tensor, phase_deg: Tensor) -> Tensor:
    """Return the product of two gratings about mean 0.5, (N, H, W); the phase shifts it along u."""
    frequency = (2 * math.pi / wavelength)[:, None, None]
    shift = torch.deg2rad(phase_deg)[:, None, None]
    along, across = (frequency * u).add_(shift).cos_(), (frequency * v).cos_()
    return along.mul_(PLAID_CONTRAST).mul_(across).add_(0.5)


def side_wavelengths(ratio: Tensor, pattern_size: Tensor) -> tuple[Tensor, Tensor]:
    """Return the wavelengths in pixels of the high- and the low-frequency side."""
    return pattern_size / 4 / ratio, pattern_size / 4 * ratio


def side_mask(u: Tensor, pattern_size: Tensor) -> Tensor:
    """Return the share of the high-frequency side: a ramp of a tenth of the pattern at u = 0."""
    return (u * (10 / pattern_size)[:, None, None]).add_(0.5).clamp_(0, 1)


def high_low(
    x: Tensor, y: Tensor, *, orientation_deg: Tensor, ratio: Tensor, phase_deg: Tensor, pattern_size: Tensor
) -> Tensor:
    """Return the article's stimuli: a high-frequency plaid beside a low-frequency one.

    Parameters
    ----------
    x, y : Tensor
        Offsets from the centre in pixels, (W,) and (H,).
    orientation_deg : Tensor
        Direction of the high-frequency side, (N,).
    ratio : Tensor
        rho, the article's axis: the two frequencies differ by its square, (N,).
    phase_deg : Tensor
        Shift of both plaids across the boundary, in degrees of their own periods, (N,). The article has 0.
    pattern_size : Tensor
        P in pixels, (N,): four periods of the plaid at ratio 1.

    Returns
    -------
    Tensor
        (N, H, W) in [0, 1].
    """
    u, v = rotated(x, y, orientation_deg)
    high_wavelength, low_wavelength = side_wavelengths(ratio, pattern_size)
    mask = side_mask(u, pattern_size)
    high = plaid(u, v, high_wavelength, phase_deg)
    low = plaid(u, v, low_wavelength, phase_deg)
    return high.mul_(mask).add_(low.mul_(1 - mask))


def high_low_balanced(
    x: Tensor,
    y: Tensor,
    *,
    orientation_deg: Tensor,
    ratio: Tensor,
    pattern_size: Tensor,
    aperture: Tensor,
    wave_angle_deg: Tensor,
    wave_phase_deg: Tensor,
    wave_octave: Tensor,
) -> Tensor:
    """Return band-limited noise of a high beside noise of a low frequency, without any luminance confound.

    Inside a square aperture both sides have mean 0.5 and the same root-mean-square contrast, so that neither a
    luminance edge nor a contrast edge marks the boundary. The noise turns with the orientation.

    Parameters
    ----------
    x, y, orientation_deg, ratio, pattern_size
        As for `high_low`.
    aperture : Tensor
        Width in pixels of the square in which the sides are balanced, (N,); all equal.
    wave_angle_deg, wave_phase_deg, wave_octave : Tensor
        Direction, phase and offset in octaves from the side's wavelength of every plane wave, (N, 2, waves);
        side 0 is the high-frequency one.

    Returns
    -------
    Tensor
        (N, H, W), clipped to [0, 1] (the noise exceeds that range in less than one pixel in a hundred).
    """
    half = int(aperture[0]) // 2
    inside = torch.arange(-half, half + 1, dtype=x.dtype, device=x.device)
    u, _ = rotated(x, y, orientation_deg)
    u_inside, _ = rotated(inside, inside, orientation_deg)
    mask, mask_inside = side_mask(u, pattern_size), side_mask(u_inside, pattern_size)
    wavelengths = torch.stack(side_wavelengths(ratio, pattern_size), dim=1)[:, :, None] * 2**wave_octave
    angles = wave_angle_deg + orientation_deg[:, None, None]
    sides = []
    for side, (share, share_inside) in enumerate(((mask, mask_inside), (1 - mask, 1 - mask_inside))):
        waves = (angles[:, side], wave_phase_deg[:, side], wavelengths[:, side])
        reference = _wave_sum(inside, inside, *waves)
        weight = share_inside / share_inside.sum(dim=(1, 2), keepdim=True)
        mean = (weight * reference).sum(dim=(1, 2), keepdim=True)
        deviation = reference.sub_(mean).square_().mul_(weight).sum(dim=(1, 2), keepdim=True).sqrt()
        sides.append(_wave_sum(x, y, *waves).sub_(mean).mul_(share).div_(deviation))
    return sides[0].add_(sides[1]).mul_(NOISE_CONTRAST).add_(0.5).clamp_(0, 1)


def uniform(x: Tensor, y: Tensor, *, wavelength: Tensor, rotation_deg: Tensor, phase_deg: Tensor) -> Tensor:
    """Return the article's single-frequency textures for the responses of the factors (figures 7 and 8).

    Parameters
    ----------
    x, y : Tensor
        Offsets from the centre in pixels, (W,) and (H,).
    wavelength, rotation_deg, phase_deg : Tensor
        (N,), in pixels and degrees; the phase shifts the texture along u.

    Returns
    -------
    Tensor
        (N, H, W): the sum of two gratings, clipped to [0, 1].
    """
    u, v = rotated(x, y, rotation_deg)
    frequency = (2 * math.pi / wavelength)[:, None, None]
    shift = torch.deg2rad(phase_deg)[:, None, None]
    gratings = torch.cos(frequency * u + shift) + torch.cos(frequency * v)
    return (0.5 + PLAID_CONTRAST * gratings).clamp(0, 1)


def uniform_plaid(x: Tensor, y: Tensor, *, wavelength: Tensor, rotation_deg: Tensor, phase_deg: Tensor) -> Tensor:
    """Return either side of a `high_low` stimulus over the whole field: the control for textures.

    Its wavelengths reach as low as those of `high_low`, which the article's `uniform` family does not.
    Parameters as for `uniform`.
    """
    u, v = rotated(x, y, rotation_deg)
    return plaid(u, v, wavelength, phase_deg)


def grating(x: Tensor, y: Tensor, *, wavelength: Tensor, orientation_deg: Tensor, phase_deg: Tensor) -> Tensor:
    """Return sinusoidal gratings over the whole field that vary along the orientation; parameters are (N,)."""
    u, _ = rotated(x, y, orientation_deg)
    frequency = (2 * math.pi / wavelength)[:, None, None]
    return 0.5 + GRATING_CONTRAST * torch.cos(frequency * u + torch.deg2rad(phase_deg)[:, None, None])


def contrast_edge(x: Tensor, y: Tensor, *, orientation_deg: Tensor, phase_deg: Tensor, pattern_size: Tensor) -> Tensor:
    """Return the plaid of ratio 1 beside a blank side of the same mean: a boundary without two frequencies.

    Parameters are (N,); the orientation is the direction of the textured side.
    """
    u, v = rotated(x, y, orientation_deg)
    mask = side_mask(u, pattern_size)
    return mask * plaid(u, v, pattern_size / 4, phase_deg) + (1 - mask) * 0.5


def luminance_edge(x: Tensor, y: Tensor, *, orientation_deg: Tensor, offset: Tensor, pattern_size: Tensor) -> Tensor:
    """Return edges between a bright and a dark half, as steep as the boundary of `high_low`.

    Parameters are (N,): the orientation is the direction of the bright side, the offset is the edge's place along it
    in pixels.
    """
    return 0.5 + EDGE_CONTRAST * _two_sides(x, y, orientation_deg, offset, pattern_size)


def colour_edge(
    x: Tensor, y: Tensor, *, pair: Tensor, orientation_deg: Tensor, offset: Tensor, pattern_size: Tensor
) -> Tensor:
    """Return edges between two colours of the same luma, as `luminance_edge`, but (N, 3, H, W).

    `pair` is an index into `COLOUR_PAIRS`, (N,). The root mean square over pixels and channels is that of the
    luminance edges.
    """
    direction = torch.tensor(COLOUR_PAIRS, device=x.device)[pair.long()]
    direction = EDGE_CONTRAST * direction / direction.square().mean(dim=1, keepdim=True).sqrt()
    sides = _two_sides(x, y, orientation_deg, offset, pattern_size)
    return 0.5 + direction[:, :, None, None] * sides[:, None]


def texture_regions(
    x: Tensor,
    y: Tensor,
    *,
    layout: Tensor,
    high_inside: Tensor,
    width: Tensor,
    orientation_deg: Tensor,
    phase_deg: Tensor,
    pattern_size: Tensor,
) -> Tensor:
    """Return a region of one texture in a field of the other: the plaids of `high_low` at ratio 3.

    Parameters
    ----------
    x, y, orientation_deg, phase_deg, pattern_size
        As for `high_low`.
    layout, high_inside, width : Tensor
        As for `region_share`, (N,); `high_inside` is 1 where the region has the high frequency, 0 where the field has.

    Returns
    -------
    Tensor
        (N, H, W) in [0, 1].
    """
    u, v = rotated(x, y, orientation_deg)
    inside = region_share(u, v, layout, width, pattern_size)
    mask = torch.where(high_inside[:, None, None] > 0, inside, 1 - inside)
    high_wavelength, low_wavelength = side_wavelengths(torch.full_like(width, REGION_RATIO), pattern_size)
    return mask * plaid(u, v, high_wavelength, phase_deg) + (1 - mask) * plaid(u, v, low_wavelength, phase_deg)


def region_share(u: Tensor, v: Tensor, layout: Tensor, width: Tensor, pattern_size: Tensor) -> Tensor:
    """Return the share of a region, (N, H, W), with a ramp of a tenth of the pattern at its border.

    `layout` is an index into `LAYOUTS`: the half plane u > 0, a bar along v, a disc, the two quarters around the u
    axis, the whole field. `width` in pixels is that of the bar and of the disc.
    """
    half = (width / 2)[:, None, None]
    outwards = (u, half - u.abs(), half - torch.hypot(u, v), (u.abs() - v.abs()) / math.sqrt(2))
    index = layout[:, None, None]
    depth = torch.full_like(u, math.inf)
    for number, choice in enumerate(outwards):
        depth = torch.where(index == number, choice, depth)
    return side_mask(depth, pattern_size)


def _two_sides(x: Tensor, y: Tensor, orientation_deg: Tensor, offset: Tensor, pattern_size: Tensor) -> Tensor:
    """Return 1 on the side of the orientation and -1 on the other, (N, H, W)."""
    u, _ = rotated(x, y, orientation_deg)
    return 2 * side_mask(u - offset[:, None, None], pattern_size) - 1


def _wave_sum(x: Tensor, y: Tensor, angle_deg: Tensor, phase_deg: Tensor, wavelength: Tensor) -> Tensor:
    """Return the sum of plane waves given as (N, waves), (N, H, W).

    cos(a + b) splits into products of a function of x and one of y: a matrix product instead of a cosine a pixel.
    """
    frequency = 2 * math.pi / wavelength
    radians = torch.deg2rad(angle_deg)
    horizontal = (frequency * torch.cos(radians))[:, :, None] * x + torch.deg2rad(phase_deg)[:, :, None]
    vertical = (frequency * torch.sin(radians))[:, :, None] * y
    rows = torch.cat([torch.cos(vertical), -torch.sin(vertical)], dim=1)
    columns = torch.cat([torch.cos(horizontal), torch.sin(horizontal)], dim=1)
    return rows.transpose(1, 2) @ columns
