"""Minimax coefficients for the float32 kernels, and for a float64 reference.

Each approximation has the form  base(x) + weight(x) * P(u(x))  with P a
polynomial. The relative error is minimised by a Remez exchange on a grid of
Chebyshev nodes. The coefficients are then rounded to the target precision one
after the other, lowest degree first, and the ones still free are fitted again
after each rounding, so that they absorb most of what rounding costs.

Needs mpmath and numpy.

    python3 minimax.py            the chosen kernels
    python3 minimax.py --search   also the alternatives that were compared
"""

import math
import sys

import numpy as np
from mpmath import mp, mpf

mp.dps = 60
LD = np.longdouble
F = np.float32


def ld(x):
    """mpmath number to extended precision."""
    return LD(mp.nstr(mpf(x), 25))


def to_mpf(x):
    """Extended precision to mpmath, exactly."""
    hi = float(x)
    return mpf(hi) + mpf(float(x - LD(hi)))


def ld_array(values):
    return np.array([ld(v) for v in values], dtype=LD)


# --- Exchange ---------------------------------------------------------------


def remez(A, b, tol=1e-4, max_steps=500):
    """Minimise max |A c - b| over c. Returns (c as mpf list, error).

    This is the one-point exchange written as a simplex method on the dual, so
    it also holds when the basis breaks the Haar condition (as the powers left
    over after rounding do on an interval around zero).
    """
    n, m = A.shape
    if m == 0:
        return [], float(np.max(np.abs(b)))

    def column(i, sign):
        return [to_mpf(A[i, j]) * sign for j in range(m)] + [mpf(1)]

    # First reference: spread over the grid (off centre, as a symmetric one can be
    # singular), signs from the null vector.
    ref = [int(round((k + 0.43) * (n - 1) / (m + 1))) for k in range(m + 1)]
    M = mp.matrix(m, m)
    rhs = mp.matrix(m, 1)
    for j in range(m):
        for k in range(m):
            M[j, k] = to_mpf(A[ref[k], j])
        rhs[j] = -to_mpf(A[ref[m], j])
    null = list(mp.lu_solve(M, rhs)) + [mpf(1)]
    signs = [1 if v >= 0 else -1 for v in null]

    for _ in range(max_steps):
        M = mp.matrix(m + 1, m + 1)
        cost = mp.matrix(m + 1, 1)
        for k in range(m + 1):
            col = column(ref[k], signs[k])
            for j in range(m + 1):
                M[j, k] = col[j]
            cost[k] = signs[k] * to_mpf(b[ref[k]])
        dual = mp.lu_solve(M.T, cost)
        c, h = [dual[j] for j in range(m)], dual[m]
        r = b - A @ ld_array(c)
        k = int(np.argmax(np.abs(r)))
        err = float(abs(r[k]))
        if err <= float(h) * (1 + tol):
            return c, err
        sign = 1 if r[k] > 0 else -1
        unit = mp.matrix(m + 1, 1)
        unit[m] = 1
        y = mp.lu_solve(M, unit)
        d = mp.lu_solve(M, mp.matrix(column(k, sign)))
        out, best = None, None
        for i in range(m + 1):
            if d[i] > mpf(10) ** -30:
                ratio = y[i] / d[i]
                if best is None or ratio < best:
                    out, best = i, ratio
        ref[out], signs[out] = k, sign
    raise RuntimeError("exchange did not settle")


def round_fit(A, b, cast):
    """Round the coefficients in turn, fitting the rest again each time."""
    b = b.copy()
    rounded = []
    for j in range(A.shape[1]):
        c, _ = remez(A[:, j:], b)
        v = cast(float(c[0]))
        rounded.append(v)
        b -= A[:, j] * LD(v)
    return rounded, float(np.max(np.abs(b)))


def nodes(a, b, n=1500):
    """Chebyshev nodes of [a, b], kept just off a zero end."""
    out = []
    for k in range(n + 1):
        x = (mpf(a) + b) / 2 - (mpf(b) - a) / 2 * mp.cos(mp.pi * k / n)
        out.append(mpf(10) ** -15 if abs(x) < mpf(10) ** -15 else x)
    return out


class Problem:
    """Rows of the linear problem: error(x) = sum_j c_j A_j(x) - b(x)."""

    def __init__(self, xs, truth, base, weight, u):
        f = [truth(x) for x in xs]
        self.b = ld_array([(fx - base(x)) / fx for fx, x in zip(f, xs)])
        self.w = ld_array([weight(x) / fx for fx, x in zip(f, xs)])
        self.u = ld_array([u(x) for x in xs])

    def matrix(self, degree):
        return np.stack([self.w * self.u**j for j in range(degree + 1)], axis=1)

    def ideal(self, degree):
        return remez(self.matrix(degree), self.b)[1]

    def rounded(self, degree, cast=F):
        return round_fit(self.matrix(degree), self.b, cast)


# --- Simulation -------------------------------------------------------------


def fma(a, b, c):
    """One rounding: the product of two floats is exact in float64."""
    return (a.astype(np.float64) * np.float64(b) + np.float64(c)).astype(F)


def mul_add(a, b, c):
    return a * b + c


def horner(c, q, step):
    acc = np.full_like(q, c[-1])
    for v in reversed(c[:-1]):
        acc = step(acc, q, v)
    return acc


def ulp_error(got, truth):
    """Largest error in units in the last place of the truth, and where."""
    ulp = np.exp2(np.floor(np.log2(np.abs(truth))) - 23)
    e = np.abs(got.astype(np.float64) - truth) / ulp
    return float(e.max()), int(e.argmax())


def sim_grid(a, b, n=400001):
    x = np.linspace(a, b, n).astype(F)
    small = np.exp2(np.linspace(-14, math.log2(max(abs(a), abs(b))), 20001)).astype(F)
    x = np.unique(np.concatenate([x, small[small <= F(b)]]))
    return x[(x != 0) & (np.abs(x) > 1e-5)]


def report(name, interval, degree, coeffs, ideal, err, sim, grid, truth):
    print(f"\n{name}")
    print(f"  interval {interval}, degree {degree}")
    for j, c in enumerate(coeffs):
        print(f"    c{j} = {c!s}")
    print(f"  max relative error 2^{math.log2(err):.2f} ({err:.3g}),"
          f" before rounding 2^{math.log2(ideal):.2f}")
    for label, step in (("mul, add", mul_add), ("fma     ", fma)):
        e, at = ulp_error(sim(grid, coeffs, step), truth)
        print(f"  float32 {label}: {e:.2f} ULP at {grid[at]!s}")
    sys.stdout.flush()


# --- Functions --------------------------------------------------------------


def upper_tail(t):
    """exp(t^2/2) * Phi(-t)."""
    return mp.exp(t * t / 2) * mp.erfc(t / mp.sqrt(2)) / 2


def upper_tail64(t):
    t = t.astype(np.float64)
    erfc = np.array([math.erfc(v / math.sqrt(2)) for v in t])
    return 0.5 * np.exp(t * t / 2) * erfc


def tanh_shrink64(x):
    x = x.astype(LD)
    x2 = x * x
    series = x * x2 * (LD(1) / 3 - x2 * (LD(2) / 15 - x2 * (LD(17) / 315 - x2 * (LD(62) / 2835))))
    return np.where(np.abs(x) < 0.01, series, x - np.tanh(x)).astype(np.float64)


ZERO = lambda x: mpf(0)


def expm1_kernel(degree):
    p = Problem(nodes(-0.35, 0.35), mp.expm1, lambda r: r, lambda r: r * r, lambda r: r)
    c, err = p.rounded(degree)
    g = sim_grid(-0.35, 0.35)

    def sim(r, c, step):
        return step(r * r, horner(c, r, step), r)

    report("expm1(r) = r + (r*r)*Q(r)", "[-0.35, 0.35]", degree, c, p.ideal(degree), err,
           sim, g, np.expm1(g.astype(np.float64)))


def log1p_kernel(form, degree):
    xs = nodes(0, 1)
    if form == "t*P(t)":
        p = Problem(xs, mp.log1p, ZERO, lambda t: t, lambda t: t)
        sim = lambda t, c, step: t * horner(c, t, step)
    elif form == "t + (t*t)*R(t)":
        p = Problem(xs, mp.log1p, lambda t: t, lambda t: t * t, lambda t: t)
        sim = lambda t, c, step: step(t * t, horner(c, t, step), t)
    elif form == "t + t*(t*R(t))":
        p = Problem(xs, mp.log1p, lambda t: t, lambda t: t * t, lambda t: t)
        sim = lambda t, c, step: step(t, t * horner(c, t, step), t)
    elif form == "s*W(s*s), s = t/(2+t)":
        s = lambda t: t / (2 + t)
        p = Problem(xs, mp.log1p, ZERO, s, lambda t: s(t) ** 2)

        def sim(t, c, step):
            s = t / (F(2) + t)
            return s * horner(c, s * s, step)
    else:
        # 2s = t - t*s, so only the small second part sees the division.
        s = lambda t: t / (2 + t)
        p = Problem(xs, mp.log1p, lambda t: t - t * s(t), lambda t: s(t) ** 3, lambda t: s(t) ** 2)

        def sim(t, c, step):
            s = t / (F(2) + t)
            z = s * s
            return t - s * (t - z * horner(c, z, step))
    c, err = p.rounded(degree)
    g = sim_grid(0, 1)
    report("log1p(t) = " + form, "[0, 1]", degree, c, p.ideal(degree), err, sim, g,
           np.log1p(g.astype(np.float64)))


TAIL_END = 18.9
_tail = {}


def tail_data():
    if not _tail:
        _tail["xs"] = nodes(0, TAIL_END)
        _tail["f"] = dict(zip(_tail["xs"], map(upper_tail, _tail["xs"])))
        g = sim_grid(0, TAIL_END)
        _tail["grid"], _tail["truth"] = g, upper_tail64(g)
    return _tail


def tail_problem(K, center):
    """v = 1/(t+K). center is None: powers of v; a number: of v - center;
    "ratio": of (t-K)*v."""
    d = tail_data()
    K = mpf(K)
    if center is None:
        u = lambda t: 1 / (t + K)
    elif center == "ratio":
        u = lambda t: (t - K) / (t + K)
    else:
        u = lambda t: 1 / (t + K) - mpf(center)
    return Problem(d["xs"], lambda t: d["f"][t], ZERO, lambda t: 1 / (t + K), u)


def tail_kernel(K, center, degree):
    d = tail_data()
    p = tail_problem(K, center)
    c, err = p.rounded(degree)

    def sim(t, c, step):
        v = F(1) / (t + F(K))
        if center is None:
            q = v
        elif center == "ratio":
            q = (t - F(K)) * v
        else:
            q = v - F(center)
        return v * horner(c, q, step)

    q = {None: "v", "ratio": f"(t - {K})*v"}.get(center, f"v - {center}")
    report(f"upper tail g(t) = v*P(q), v = 1/(t + {K}), q = {q}", f"[0, {TAIL_END}]", degree, c,
           p.ideal(degree), err, sim, d["grid"], d["truth"])


def tail_rational(m, n):
    """g(t) = N(t)/D(t), degrees m and n, constant term of D equal to 1.

    The linearised error (N - g D) / (g D_old) is minimised until D settles.
    Rounding goes over D first, with D_old held, then over N.
    """
    d = tail_data()
    xs = d["xs"]
    t = ld_array(xs)
    g = ld_array([d["f"][x] for x in xs])
    old = (1 + t / 3) ** n
    for _ in range(12):
        A = np.stack([-(t**j) / old for j in range(1, n + 1)]
                     + [t**j / (g * old) for j in range(m + 1)], axis=1)
        c, err = remez(A, 1 / old)
        den = 1 + sum(t ** (j + 1) * ld(c[j]) for j in range(n))
        if np.max(np.abs(den / old - 1)) < 1e-6:
            break
        old = den
    ideal = err
    c, _ = round_fit(A, 1 / old, F)
    D, N = [F(1)] + c[:n], c[n:]
    num = sum(t**j * LD(v) for j, v in enumerate(N))
    den = sum(t**j * LD(v) for j, v in enumerate(D))
    err = float(np.max(np.abs(num / (den * g) - 1)))

    def sim(t, c, step):
        return horner(N, t, step) / horner(D, t, step)

    report(f"upper tail g(t) = N(t)/D(t), N first ({m + 1} coefficients), then D", f"[0, {TAIL_END}]",
           f"{m}/{n}", N + D, ideal, err, sim, d["grid"], d["truth"])


def tail_coupled(c, nd, nn):
    """g(t) = D/((c*t)*D + N), with D(0) = 1.

    As D stands above and below, its rounding errors cancel where t is large.
    """
    data = tail_data()
    xs = data["xs"]
    t = ld_array(xs)
    g = ld_array([data["f"][x] for x in xs])
    k = ld_array([1 - mpf(c) * x * data["f"][x] for x in xs])
    old = (1 + t / 3) ** (nd + 1)
    for _ in range(15):
        A = np.stack([t**j * k / (g * old) for j in range(1, nd + 1)]
                     + [-(t**j) / old for j in range(nn + 1)], axis=1)
        sol, ideal = remez(A, -k / (g * old))
        full = [LD(1)] + [ld(v) for v in sol]
        D = sum(t**j * v for j, v in enumerate(full[: nd + 1]))
        den = LD(c) * t * D + sum(t**j * v for j, v in enumerate(full[nd + 1 :]))
        done = np.max(np.abs(den / old - 1)) < 1e-6
        old = den
        if done:
            break
    sol, _ = round_fit(A, -k / (g * old), F)
    D, N = [F(1)] + sol[:nd], sol[nd:]
    d = sum(t**j * LD(v) for j, v in enumerate(D))
    n = sum(t**j * LD(v) for j, v in enumerate(N))
    err = float(np.max(np.abs(d / ((LD(c) * t * d + n) * g) - 1)))

    def sim(t, _, step):
        d = horner(D, t, step)
        return d / step(F(c) * t, d, horner(N, t, step))

    report(f"upper tail g(t) = D/(({c}*t)*D + N), D first ({nd + 1} coefficients), then N",
           f"[0, {TAIL_END}]", f"{nd}, {nn}", D + N, ideal, err, sim, data["grid"], data["truth"])


def tanh_shrink_quotient(end, degree):
    p = Problem(nodes(0, end), lambda x: 1 / (x - mp.tanh(x)), ZERO, lambda x: x**-3, lambda x: x * x)
    c, err = p.rounded(degree)
    g = sim_grid(0, end)

    def sim(x, c, step):
        z = x * x
        return (x * z) / horner(c, z, step)

    report("x - tanh(x) = (x*z)/R(z), z = x*x", f"|x| <= {end}", degree, c, p.ideal(degree), err,
           sim, g, tanh_shrink64(g))


def tanh_shrink_kernel(end, degree):
    p = Problem(nodes(0, end), lambda x: x - mp.tanh(x), ZERO, lambda x: x**3, lambda x: x * x)
    c, err = p.rounded(degree)
    g = sim_grid(0, end)

    def sim(x, c, step):
        z = x * x
        return (x * z) * horner(c, z, step)

    report("x - tanh(x) = (x*z)*P(z), z = x*x", f"|x| <= {end}", degree, c, p.ideal(degree), err,
           sim, g, tanh_shrink64(g))


def tanh_kernel(end, degree):
    p = Problem(nodes(0, end), mp.tanh, lambda x: x, lambda x: x**3, lambda x: x * x)
    c, err = p.rounded(degree)
    g = sim_grid(0, end)

    def sim(x, c, step):
        z = x * x
        return step(x * z, horner(c, z, step), x)

    report("tanh(x) = x + (x*z)*P(z), z = x*x", f"|x| <= {end}", degree, c, p.ideal(degree), err,
           sim, g, np.tanh(g.astype(np.float64)))


def tail_reference(K, degree, show=True):
    """float64: g(t) = P(q)/(t+K), q = (t-K)/(t+K), for all t >= 0."""
    K = mpf(K)
    qs = [-mp.cos(mp.pi * k / 600) for k in range(600)]
    xs = [K * (1 + q) / (1 - q) + mpf(10) ** -30 for q in qs]
    p = Problem(xs, upper_tail, ZERO, lambda t: 1 / (t + K), lambda t: (t - K) / (t + K))
    if not show:
        return p.ideal(degree)
    c, err = p.rounded(degree, float)
    print(f"\nfloat64 upper tail g(t) = P(q)/(t + {float(K)}), q = (t - {float(K)})/(t + {float(K)})")
    print(f"  interval t >= 0, degree {degree}")
    for j, v in enumerate(c):
        print(f"    c{j} = {v!r}")
    print(f"  max relative error {err:.3g}")
    Kf = float(K)
    for a, b, n in ((0, 40, 8000), (40, 1000, 400)):
        worst, at = 0.0, 0.0
        for i in range(n + 1):
            t = a + (b - a) * i / n
            q = (t - Kf) / (t + Kf)
            acc = 0.0
            for v in reversed(c):
                acc = acc * q + v
            e = abs(float(mpf(acc / (t + Kf)) / upper_tail(mpf(t)) - 1))
            if e > worst:
                worst, at = e, t
        print(f"  float64 arithmetic on [{a}, {b}]: {worst:.3g} at {at}")
    sys.stdout.flush()


def bits(e):
    return f"2^{math.log2(e):.2f}"


def search():
    """The alternatives that were compared and not chosen."""
    expm1_kernel(3)
    expm1_kernel(5)
    for n in (8, 9, 10):
        log1p_kernel("t*P(t)", n)
    for n in (7, 9):
        log1p_kernel("t + (t*t)*R(t)", n)
    log1p_kernel("s*W(s*s), s = t/(2+t)", 4)
    print("\nupper tail, v*P: error by K and degree")
    for K in (1, 1.5, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 5, 6):
        p = tail_problem(K, "ratio")
        print(f"  K = {K}:", ", ".join(f"{n}: {bits(p.ideal(n))}" for n in (6, 7, 8, 9, 10)), flush=True)
    for K, n in ((2.5, 9), (3.25, 9), (3, 10)):
        tail_kernel(K, "ratio", n)
        tail_kernel(K, None, n)
    for m, n in ((3, 4), (4, 5), (5, 5)):
        tail_rational(m, n)
    for c, nd, nn in ((2, 4, 4), (2.5, 4, 4), (2.25, 4, 5), (2.5, 4, 5)):
        tail_coupled(c, nd, nn)
    for end, n in ((1.5, 9), (1.5, 10), (1.25, 8)):
        tanh_shrink_kernel(end, n)
    for end, n in ((1.5, 3), (1.25, 3), (2.5, 5)):
        tanh_shrink_quotient(end, n)
    tanh_kernel(0.6, 3)
    print("\nfloat64 upper tail: error by K and degree")
    for K in (3, 4, 5):
        print(f"  K = {K}:", ", ".join(f"{n}: {tail_reference(K, n, False):.2g}" for n in (16, 18)),
              flush=True)


def main():
    expm1_kernel(4)
    log1p_kernel("t + (t*t)*R(t)", 8)
    log1p_kernel("t - s*(t - z*W(z)), s = t/(2+t), z = s*s", 3)
    tail_coupled(2, 4, 5)
    tanh_shrink_quotient(1.5, 4)
    tanh_shrink_quotient(1.25, 4)
    tanh_kernel(0.6, 4)
    tail_reference(5, 18)


if __name__ == "__main__":
    main()
    if "--search" in sys.argv:
        search()
