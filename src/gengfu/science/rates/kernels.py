"""The characteristic function of a mixture of log-gammas, compiled."""

from math import atan2, cos, exp, log, pi, sin

import numpy as np

from gengfu.science.roads.jit import kernel

from .problem import Complexes, Floats, Longs

_LARGE = 9.0
_NOTHING = 1e-6


@kernel
def log_gamma(real: float, imaginary: float, out: Floats) -> None:
    """Write ln Gamma(x + iy), x > 0, into out: shifted up, then Stirling's series.

    The imaginary part is right up to whole turns, which its exponential does not see.
    """
    x = real
    y = imaginary
    product_x = 1.0
    product_y = 0.0
    while x < _LARGE:
        turned = product_x * x - product_y * y
        product_y = product_x * y + product_y * x
        product_x = turned
        x += 1.0
    square = x * x + y * y
    log_size = 0.5 * log(square)
    angle = atan2(y, x)
    a = x / square
    b = -y / square
    c = a * a - b * b
    d = 2.0 * a * b
    e = -1.0 / 1680.0
    f = 0.0
    for term in (1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0):
        g = e * c - f * d + term
        f = e * d + f * c
        e = g
    out[0] = (x - 0.5) * log_size - y * angle - x + 0.5 * log(2.0 * pi)
    out[0] += e * a - f * b - 0.5 * log(product_x**2 + product_y**2)
    out[1] = (x - 0.5) * angle + y * log_size - y + e * b + f * a
    out[1] -= atan2(product_y, product_x)


@kernel
def characteristic(
    counts: Floats,
    shapes: Floats,
    first: Longs,
    weight: Floats,
    log_rate: Floats,
    step: Floats,
    out: Complexes,
    used: Longs,
) -> None:
    """Multiply out[p, j - 1] by E exp(i j step_p (ln theta_p - centre_p)).

    theta_p is a mixture over nodes k of Gamma(shape + counts[p], rate_pk); nodes from
    first[c] to first[c + 1] share shapes[c]; log_rate[p, k] is ln rate_pk + centre_p.
    E theta^(is) = Gamma(alpha + is) / Gamma(alpha) rate^(-is), alpha = shape + count.
    Stops, and lowers used[p], where the product is as good as 0.
    """
    nodes = len(weight)
    at_x = np.empty(nodes)
    at_y = np.empty(nodes)
    turn_x = np.empty(nodes)
    turn_y = np.empty(nodes)
    value = np.empty(2)
    base = np.empty(len(shapes))
    for place in range(len(counts)):
        for k in range(nodes):
            angle = -step[place] * log_rate[place, k]
            turn_x[k] = cos(angle)
            turn_y[k] = sin(angle)
            at_x[k] = weight[k]
            at_y[k] = 0.0
        for c in range(len(shapes)):
            log_gamma(shapes[c] + counts[place], 0.0, value)
            base[c] = value[0]
        for j in range(used[place]):
            total_x = 0.0
            total_y = 0.0
            for c in range(len(shapes)):
                sum_x = 0.0
                sum_y = 0.0
                for k in range(first[c], first[c + 1]):
                    x = at_x[k] * turn_x[k] - at_y[k] * turn_y[k]
                    at_y[k] = at_x[k] * turn_y[k] + at_y[k] * turn_x[k]
                    at_x[k] = x
                    sum_x += x
                    sum_y += at_y[k]
                alpha = shapes[c] + counts[place]
                log_gamma(alpha, (j + 1) * step[place], value)
                size = exp(value[0] - base[c])
                angle = value[1]
                real = size * cos(angle)
                imaginary = size * sin(angle)
                total_x += real * sum_x - imaginary * sum_y
                total_y += real * sum_y + imaginary * sum_x
            before = out[place, j]
            out[place, j] = before * complex(total_x, total_y)
            if abs(out[place, j]) < _NOTHING:
                out[place, j + 1 :] = 0.0
                used[place] = j + 1
                break
