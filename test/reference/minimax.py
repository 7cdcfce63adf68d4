"""Fits the polynomials of assembly/inline/log.ts and sincos.ts; prints coefficients, float32 values, bits and errors before rounding.

Needs NumPy only: python test/reference/minimax.py
"""

import numpy as np

POINTS, ROUNDS = 4000, 400


def minimax(function, powers, end, relative):
    """Coefficients of the minimax polynomial on [0, end], and its error, by Lawson's reweighted least squares."""
    x = end / 2 * (1 - np.cos(np.linspace(0, np.pi, POINTS)))
    x = np.maximum(x, 1e-9)  # the functions divide by sqrt(x)
    y = function(x)
    terms = np.stack([x**power for power in powers], 1)
    scale = 1 / np.abs(y) if relative else np.ones(POINTS)
    weight = np.full(POINTS, 1 / POINTS)
    for _ in range(ROUNDS):
        root = np.sqrt(weight) * scale
        coefficients = np.linalg.lstsq(terms * root[:, None], y * root, rcond=None)[0]
        error = np.abs(terms @ coefficients - y) * scale
        weight *= error
        weight /= weight.sum()
    return coefficients, error.max()


def report(name, coefficients):
    print(f"{name}, highest power first")
    for value in map(float, coefficients[::-1]):
        rounded = np.float32(value)
        print(f"  {value!r:>23}  float32 {rounded!s:>15}  0x{rounded.view(np.uint32):08x}")


def main():
    root = np.sqrt
    # The constants -4 and 1 are not fitted: ln 1 = 0 and cos 0 = 1 stay exact.
    log, error = minimax(lambda t: 4 - 4 * np.arctanh(root(t)) / root(t), [1, 2, 3], (3 - 2 * root(2)) ** 2, False)
    report(f"log: -4 artanh(s) / s in s^2, |s| <= 3 - 2 sqrt(2), relative error {error / 4:.1e}", [-4, *log])
    sin, error = minimax(lambda y: np.sin(np.pi / 2 * root(y)) / root(y), range(5), 1, True)
    report(f"sin: sin(pi v / 2) / v in v^2, |v| <= 1, relative error {error:.1e}", sin)
    cos, error = minimax(lambda y: np.cos(np.pi / 2 * root(y)) - 1, [1, 2, 3, 4], 1, False)
    report(f"cos: cos(pi v / 2) in v^2, |v| <= 1, absolute error {error:.1e}", [1, *cos])
    report("-2 ln(2) / 2^23", [-2 * np.log(2) / 2**23])


main()
