"""Writes indicator_vectors.h: a made-up series of bars and what TA-Lib (PyPI package TA-Lib, 0.8.1 of the library)
says of it; KDJ and the patterns, which it does not have, are worked out here, apart from the C code.

usage: make_indicator_vectors.py > indicator_vectors.h"""
import numpy as np
import talib

BARS, FROM = 320, 90
random = np.random.default_rng(5)
steps = random.normal(0, 0.018, BARS) + 0.012 * np.sin(np.arange(BARS) / 17)
close = np.round(50 * np.exp(np.cumsum(steps)), 2)
high = np.round(close * (1 + np.abs(random.normal(0, 0.008, BARS))), 2)
low = np.round(close * (1 - np.abs(random.normal(0, 0.008, BARS))), 2)


def kdj(n=9, k=3, d=3):
    vk = vd = 50.0
    out = np.full((3, BARS), np.nan)
    for i in range(n - 1, BARS):
        top, bottom = high[i - n + 1:i + 1].max(), low[i - n + 1:i + 1].min()
        rsv = 100 * (close[i] - bottom) / (top - bottom)
        vk = (vk * (k - 1) + rsv) / k
        vd = (vd * (d - 1) + vk) / d
        out[:, i] = vk, vd, 3 * vk - 2 * vd
    return out


values = {}
for p in (5, 20, 60):
    values[f"ma{p}"] = talib.SMA(close, p)
    values[f"ema{p}"] = talib.EMA(close, p)
values["rsi6"], values["rsi12"] = talib.RSI(close, 6), talib.RSI(close, 12)
diff, dea, hist = talib.MACD(close, 12, 26, 9)
values.update(diff=diff, dea=dea, macd=2 * hist)
values["upper"], values["middle"], values["lower"] = talib.BBANDS(close, 20, 2, 2, 0)
values["k"], values["d"], values["j"] = kdj()

c = close
ma = [talib.SMA(c, p) for p in (5, 10, 20, 30, 60)]
ema = [talib.EMA(c, p) for p in (5, 10, 20, 30, 60)]
r6, r12, (K, D, J) = values["rsi6"], values["rsi12"], kdj()
macd = values["macd"]


def order(lines, i, sign):
    return all(sign * (a[i] - b[i]) > 0 for a, b in zip(lines, lines[1:]))


def aligned(lines, sign):
    return lambda i: order(lines, i, sign) and order(lines, i - 1, sign) and sign * (c[i] - c[i - 1]) > 0


def cross(a, b, sign):
    return lambda i: sign * (a[i - 1] - b[i - 1]) < 0 < sign * (a[i] - b[i])


def turns(i, sign):
    """Complete peaks (sign 1) or troughs up to bar i, newest first."""
    return [t for t in range(i - 1, 0, -1) if sign * (c[t] - c[t - 1]) > 0 and sign * (c[t] - c[t + 1]) > 0][:2]


def diverges(v, sign):
    def check(i):
        later, earlier = turns(i, sign)
        return bool(sign * (c[later] - c[earlier]) > 0 and sign * (v[later] - v[earlier]) < 0)
    return check


def every(*checks):
    return lambda i: all(check(i) for check in checks)


def at_most(limit, *lines):
    return lambda i: all(v[i] <= limit for v in lines)


def at_least(limit, *lines):
    return lambda i: all(v[i] >= limit for v in lines)


patterns = [
    aligned(ma, 1), aligned(ma, -1), aligned(ema, 1), aligned(ema, -1),
    every(cross(r6, r12, 1), at_most(50, r6, r12)), every(cross(r6, r12, -1), at_least(50, r6, r12)),
    diverges(r12, 1), diverges(r12, -1),
    every(cross(K, D, 1), cross(J, D, 1), at_most(30, K, D, J)),
    every(cross(K, D, -1), cross(J, D, -1), at_least(70, K, D, J)),
    diverges(J, 1), diverges(J, -1),
    cross(diff, dea, 1), cross(diff, dea, -1), diverges(macd, 1), diverges(macd, -1),
    cross(c, values["upper"], 1), cross(c, values["lower"], -1),
    cross(c, values["middle"], 1), cross(c, values["middle"], -1),
]


def array(name, numbers, form="%.10g"):
    texts = [form % v if v == v else "NAN" for v in numbers]
    lines, line = [], "   "
    for text in texts:
        if len(line) + len(text) + 2 > 98:
            lines.append(line)
            line = "   "
        line += " " + text + ","
    print(f"static const double {name}[VECTOR_BARS] = {{\n" + "\n".join(lines + [line]) + "\n};")


print("/* Made by make_indicator_vectors.py: do not edit. */")
print(f"enum {{ VECTOR_BARS = {BARS}, PATTERN_FROM = {FROM} }};")
for name, numbers in [("vector_close", close), ("vector_high", high), ("vector_low", low)]:
    array(name, numbers)
for name, numbers in values.items():
    array("vector_" + name, numbers, "%.12g")
print("/* Bars from PATTERN_FROM on at which pattern k + 1 holds: a letter each. */")
print("static const char *const vector_patterns[20] = {")
for check in patterns:
    marks = "".join("x" if check(i) else "." for i in range(FROM, BARS))
    assert "x" in marks or check in patterns[8:10], patterns.index(check)
    print("    " + "\n    ".join('"%s"' % marks[k:k + 90] for k in range(0, len(marks), 90)) + ",")
print("};")
