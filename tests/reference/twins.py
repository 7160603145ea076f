"""Plain numpy versions of the numeric kernels, written from their definitions: slow, and independent of PyTorch."""

import math

import numpy as np


def high_low(size, orientation_deg, ratio, phase_deg, pattern_size, center):
    """Loop over pixels: the article's stimulus."""
    picture = np.empty((size, size))
    theta, phase = math.radians(orientation_deg), math.radians(phase_deg)
    for row in range(size):
        for column in range(size):
            x, y = column - center, row - center
            u = x * math.cos(theta) + y * math.sin(theta)
            v = -x * math.sin(theta) + y * math.cos(theta)
            sides = []
            for wavelength in (pattern_size / 4 / ratio, pattern_size / 4 * ratio):
                wave = math.cos(2 * math.pi * u / wavelength + phase) * math.cos(2 * math.pi * v / wavelength)
                sides.append(0.5 + 0.3 * wave)
            mask = min(max(0.5 + u / (pattern_size / 10), 0), 1)
            picture[row, column] = mask * sides[0] + (1 - mask) * sides[1]
    return picture


def uniform(size, wavelength, rotation_deg, phase_deg, center):
    """Loop over pixels: the article's texture."""
    picture = np.empty((size, size))
    theta, phase = math.radians(rotation_deg), math.radians(phase_deg)
    for row in range(size):
        for column in range(size):
            x, y = column - center, row - center
            u = x * math.cos(theta) + y * math.sin(theta)
            v = -x * math.sin(theta) + y * math.cos(theta)
            waves = math.cos(2 * math.pi * u / wavelength + phase) + math.cos(2 * math.pi * v / wavelength)
            picture[row, column] = min(max(0.5 + 0.3 * waves, 0), 1)
    return picture


def uniform_plaid(size, wavelength, rotation_deg, phase_deg, center):
    """Loop over pixels: a product of two gratings."""
    picture = np.empty((size, size))
    for row, column, u, v in _turned_pixels(size, rotation_deg, center):
        picture[row, column] = _plaid(u, v, wavelength, phase_deg)
    return picture


def grating(size, wavelength, orientation_deg, phase_deg, center):
    """Loop over pixels: a sinusoid whose root mean square is 0.15."""
    picture = np.empty((size, size))
    for row, column, u, _ in _turned_pixels(size, orientation_deg, center):
        cycles = u / wavelength + phase_deg / 360
        picture[row, column] = 0.5 + 0.15 * math.sqrt(2) * math.cos(2 * math.pi * cycles)
    return picture


def contrast_edge(size, orientation_deg, phase_deg, pattern_size, center):
    """Loop over pixels: a plaid that fades into its mean over a tenth of the pattern."""
    picture = np.empty((size, size))
    for row, column, u, v in _turned_pixels(size, orientation_deg, center):
        textured = _ramp(u, pattern_size)
        picture[row, column] = 0.5 + textured * (_plaid(u, v, pattern_size / 4, phase_deg) - 0.5)
    return picture


def texture_regions(size, region, orientation_deg, phase_deg, pattern_size, center):
    """Loop over pixels: one plaid in a region of the other; a region is (layout, high frequency inside, width)."""
    layout, high_inside, width = region
    picture = np.empty((size, size))
    for row, column, u, v in _turned_pixels(size, orientation_deg, center):
        inwards = {
            "half_plane": u,
            "bar": width / 2 - abs(u),
            "disc": width / 2 - abs(complex(u, v)),
            "hourglass": (abs(u) - abs(v)) * math.sqrt(0.5),
            "everywhere": math.inf,
        }[layout]
        inside = _ramp(min(inwards, pattern_size), pattern_size)
        high = inside if high_inside else 1 - inside
        fine, coarse = (_plaid(u, v, wavelength, phase_deg) for wavelength in (pattern_size / 12, pattern_size * 3 / 4))
        picture[row, column] = high * fine + (1 - high) * coarse
    return picture


def luminance_edge(size, orientation_deg, offset, pattern_size, center):
    """Loop over pixels: 0.65 on the side of the orientation, 0.35 on the other."""
    picture = np.empty((size, size))
    for row, column, u, _ in _turned_pixels(size, orientation_deg, center):
        picture[row, column] = 0.35 + 0.3 * _ramp(u - offset, pattern_size)
    return picture


def colour_edge(size, pair, orientation_deg, offset, pattern_size, center):
    """A luminance edge painted in two colours of equal luma, (3, H, W)."""
    red, green, blue = 0.2126, 0.7152, 0.0722
    # The second colour's share makes up for the luma of the first: green for red, red with green for blue.
    colour = np.array([(1, -red / green, 0), (-blue / (red + green), -blue / (red + green), 1)][int(pair)])
    contrast = (luminance_edge(size, orientation_deg, offset, pattern_size, center) - 0.5) / math.sqrt(
        (colour**2).mean()
    )
    return np.stack([0.5 + share * contrast for share in colour])


def _turned_pixels(size, degrees, center):
    """Yield (row, column, offset along the direction, offset across it)."""
    theta = math.radians(degrees)
    for row in range(size):
        for column in range(size):
            offset = complex(column - center, row - center) * complex(math.cos(theta), -math.sin(theta))
            yield row, column, offset.real, offset.imag


def _plaid(u, v, wavelength, phase_deg):
    """The product of two gratings as the sum of two along the diagonals."""
    along, across = 2 * math.pi * u / wavelength + math.radians(phase_deg), 2 * math.pi * v / wavelength
    return 0.5 + 0.15 * (math.cos(along + across) + math.cos(along - across))


def _ramp(u, pattern_size):
    """0 up to a twentieth of the pattern before the boundary, 1 from as far behind it."""
    return float(np.interp(u, [-pattern_size / 20, pattern_size / 20], [0, 1]))


def high_low_balanced(size, orientation_deg, ratio, pattern_size, aperture, angles, phases, octaves, center):
    """One cosine a wave and pixel, statistics over the aperture by boolean weights."""
    theta = math.radians(orientation_deg)

    def noise(side, x, y):
        wavelength = pattern_size / 4 * (ratio if side else 1 / ratio)
        total = 0.0
        for angle, phase, octave in zip(angles[side], phases[side], octaves[side], strict=True):
            direction = math.radians(angle) + theta
            along = x * math.cos(direction) + y * math.sin(direction)
            total = total + np.cos(2 * math.pi * along / (wavelength * 2**octave) + math.radians(phase))
        return total

    def share(x, y):
        u = x * math.cos(theta) + y * math.sin(theta)
        return np.clip(0.5 + u / (pattern_size / 10), 0, 1)

    half = int(aperture) // 2
    y, x = np.mgrid[: size * 1.0, : size * 1.0] - center
    y_inside, x_inside = np.mgrid[-half : half + 1, -half : half + 1].astype(float)
    picture = np.zeros((size, size))
    for side in (0, 1):
        mask = share(x, y) if side == 0 else 1 - share(x, y)
        weight = share(x_inside, y_inside) if side == 0 else 1 - share(x_inside, y_inside)
        inside = noise(side, x_inside, y_inside)
        mean = np.average(inside, weights=weight)
        deviation = math.sqrt(np.average((inside - mean) ** 2, weights=weight))
        picture += mask * (noise(side, x, y) - mean) / deviation
    return np.clip(0.5 + 0.15 * picture, 0, 1)


def same_pads(size, kernel, stride):
    """TensorFlow's SAME rule, from its documentation."""
    total = max(kernel - stride, 0) if size % stride == 0 else max(kernel - size % stride, 0)
    return total // 2, total - total // 2


def padded(image, kernel, stride, padding, value, ceil=False):
    """Pad (C, H, W) on both axes."""
    widths = [(0, 0)]
    for size in image.shape[1:]:
        if padding == "same":
            widths.append(same_pads(size, kernel, stride))
        else:
            span = size + 2 * padding - kernel
            behind = padding + ((-span) % stride if ceil else 0)
            widths.append((padding, behind))
    return np.pad(image, widths, constant_values=value)


def windows(image, kernel, stride):
    """Yield (row, column, window) for a padded (C, H, W) image."""
    for row in range((image.shape[1] - kernel) // stride + 1):
        for column in range((image.shape[2] - kernel) // stride + 1):
            top, left = row * stride, column * stride
            yield row, column, image[:, top : top + kernel, left : left + kernel]


def convolution(image, weight, bias, stride, padding):
    """Cross-correlate (C, H, W) with (out, C, k, k)."""
    image = padded(image, weight.shape[-1], stride, padding, 0.0)
    result = {}
    for row, column, window in windows(image, weight.shape[-1], stride):
        result[row, column] = np.tensordot(weight, window, axes=3) + bias
    return _assemble(result)


def max_pool(image, kernel, stride, padding, ceil):
    """Largest value of each window; padding never wins."""
    image = padded(image, kernel, stride, padding, -np.inf, ceil)
    return _assemble({(r, c): window.max(axis=(1, 2)) for r, c, window in windows(image, kernel, stride)})


def avg_pool(image, kernel, stride, padding):
    """Mean of each window over what lies inside the image (padding does not count)."""
    image = padded(image, kernel, stride, padding, np.nan)
    return _assemble({(r, c): np.nanmean(window, axis=(1, 2)) for r, c, window in windows(image, kernel, stride)})


def tensorflow_norm(image, radius, bias, alpha, beta):
    """TensorFlow's definition: alpha times the sum of squares over `radius` channels on both sides (`tf.nn.lrn`)."""
    result = np.empty_like(image)
    for channel in range(len(image)):
        total = np.zeros(image.shape[1:])
        for other in range(channel - radius, channel + radius + 1):
            if 0 <= other < len(image):
                total += image[other] ** 2
        result[channel] = image[channel] / (bias + alpha * total) ** beta
    return result


def local_response_norm(image, size, alpha, beta, k):
    """Caffe's definition: alpha / size times the sum of squares over `size` neighbouring channels."""
    result = np.empty_like(image)
    for channel in range(len(image)):
        near = image[max(0, channel - size // 2) : channel + size // 2 + 1]
        result[channel] = image[channel] / (k + alpha / size * (near**2).sum(axis=0)) ** beta
    return result


def network(architecture, weights, image, layer):
    """Run an architecture on one preprocessed image (C, H, W)."""
    values = {architecture.nodes[0].name: image}
    for node in architecture.upto(layer)[1:]:
        inputs = [values[name] for name in node.inputs]
        window = node.window
        if node.op == "conv":
            weight, bias = (tensor.numpy().astype(np.float64) for tensor in weights[node.name])
            value = convolution(inputs[0], weight, bias, window.stride, window.padding)
        elif node.op == "max_pool":
            value = max_pool(inputs[0], window.kernel, window.stride, window.padding, window.ceil)
        elif node.op == "local_response_norm":
            norm = node.norm
            value = local_response_norm(inputs[0], norm.size, norm.alpha, norm.beta, norm.k)
        elif node.op == "avg_pool":
            value = avg_pool(inputs[0], window.kernel, window.stride, window.padding)
        elif node.op == "add":
            value = inputs[0] + inputs[1]
        elif node.op == "global_average":
            value = inputs[0].mean(axis=(1, 2))
        elif node.op == "linear":
            weight, bias = (tensor.numpy().astype(np.float64) for tensor in weights[node.name])
            value = weight @ inputs[0] + bias
        else:
            assert node.op == "concat"
            value = np.concatenate(inputs)
        values[node.name] = np.maximum(value, 0) if node.rectified else value
    return values[layer]


def _assemble(cells):
    rows = max(row for row, _ in cells) + 1
    columns = max(column for _, column in cells) + 1
    result = np.empty((len(next(iter(cells.values()))), rows, columns))
    for (row, column), value in cells.items():
        result[:, row, column] = value
    return result


def circular_statistics(curve, angles_deg):
    """Preferred orientation in degrees and direction selectivity of one curve, by explicit sums."""
    across = sum(r * math.cos(math.radians(angle)) for r, angle in zip(curve, angles_deg, strict=True))
    down = sum(r * math.sin(math.radians(angle)) for r, angle in zip(curve, angles_deg, strict=True))
    return math.degrees(math.atan2(down, across)) % 360, math.hypot(across, down) / sum(curve)


def one_sided_nmf(matrix, rank, seed, steps=3000):
    """Multiplicative updates (Lee and Seung 2001) on [max(M, 0); max(-M, 0)], another algorithm than scikit-learn's."""
    halves = np.concatenate([np.maximum(matrix, 0), np.maximum(-matrix, 0)])
    generator = np.random.default_rng(seed)
    spatial = generator.uniform(0.1, 1, (len(halves), rank))
    channel = generator.uniform(0.1, 1, (rank, matrix.shape[1]))
    for _ in range(steps):
        channel *= (spatial.T @ halves) / (spatial.T @ spatial @ channel + 1e-12)
        spatial *= (halves @ channel.T) / (spatial @ channel @ channel.T + 1e-12)
    norm = np.linalg.norm(channel, axis=1)
    signed = (spatial[: len(matrix)] - spatial[len(matrix) :]) * norm
    return signed, channel / norm[:, None]
