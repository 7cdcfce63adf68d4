// Distribution functions that the tests compare with. Host functions are fine here: no byte of data depends on them.

/** P(Z > x) of the standard normal law, with relative accuracy in the tail. */
export function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x);
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x < 3) {
    // 1/2 minus density times x + x^3/3 + x^5/(3 5) + ..., all terms of one sign.
    let term = x;
    let sum = x;
    for (let odd = 3; term > 1e-17 * sum; odd += 2) {
      term *= (x * x) / odd;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  // Density times Laplace's continued fraction 1 / (x + 1 / (x + 2 / (x + 3 / ...))).
  let fraction = x;
  for (let k = 60; k > 0; k--) fraction = x + k / fraction;
  return density / fraction;
}

/** P(X > x) of the chi-square law. */
export function chiSquareTail(x: number, degrees: number): number {
  return gammaTail(degrees / 2, x / 2);
}

/** Two-sided p-value of a count under the Poisson law: twice the smaller tail, the count itself included. */
export function poissonTwoSided(count: number, mean: number): number {
  const atMost = gammaTail(count + 1, mean);
  const atLeast = count === 0 ? 1 : 1 - gammaTail(count, mean);
  return Math.min(1, 2 * Math.min(atMost, atLeast));
}

/** P(K > t) of Kolmogorov's law: the limit of sqrt(n) times the distance of n values from their law. */
export function kolmogorovTail(t: number): number {
  if (t < 0.2) return 1;
  let sum = 0;
  for (let k = 25; k > 0; k--) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * t * t);
  return sum;
}

/** The regularized upper incomplete gamma function Q(a, x). */
function gammaTail(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    // P(a, x) = scale (1/a + x/(a (a+1)) + ...)
    let term = 1 / a;
    let sum = term;
    for (let n = a + 1; term > 1e-17 * sum; n++) {
      term *= x / n;
      sum += term;
    }
    return 1 - scale * sum;
  }
  // Q(a, x) = scale / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / (x + 5 - a - ...))), from the inside out.
  const depth = 100 + Math.ceil(10 * Math.sqrt(a));
  let fraction = x + 2 * depth + 1 - a;
  for (let k = depth; k > 0; k--) fraction = x + 2 * k - 1 - a - (k * (k - a)) / fraction;
  return scale / fraction;
}

/** ln of the gamma function for a > 0: Stirling's series, shifted to a > 15. */
function logGamma(a: number): number {
  let shift = 0;
  for (; a < 15; a++) shift += Math.log(a);
  const series = 1 / (12 * a) - 1 / (360 * a ** 3) + 1 / (1260 * a ** 5) - 1 / (1680 * a ** 7);
  return (a - 0.5) * Math.log(a) - a + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
