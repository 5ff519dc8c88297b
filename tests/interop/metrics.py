"""Reads what /metrics says, strictly by the text format 0.0.4 of Prometheus."""
import http.client
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
HELP = re.compile(rf"# HELP ({NAME}) (.*)")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)")
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')


def fetch(address, path, method="GET", status=200):
    """The body of an answer, whose status is as wanted."""
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.status == status, f"{path}: {answer.status}: {body}"
        return body
    finally:
        connection.close()


class Metrics:
    """Every line must be one of the format, every sample stand behind the one HELP and TYPE of its name, no
    series twice, and histograms must add up."""

    def __init__(self, text):
        assert text.endswith("\n")
        self.types, self.samples = {}, {}
        helped, name = None, None
        for line in text[:-1].split("\n"):
            if line.startswith("# HELP"):
                helped = HELP.fullmatch(line).group(1)
                continue
            if line.startswith("#"):
                name, kind = TYPE.fullmatch(line).groups()
                assert name == helped and name not in self.types, f"{line}: of its own and once, behind its HELP"
                self.types[name] = kind
                continue
            found = SAMPLE.fullmatch(line)
            assert found, f"no sample: {line!r}"
            series, labels, value = found.groups()
            base = series
            if self.types.get(name) == "histogram":
                base = re.sub(r"_(bucket|sum|count)$", "", series)
            assert base == name, f"{line}: not behind its TYPE"
            key = (series, frozenset(self._labels(labels or "", line)))
            assert key not in self.samples, f"twice: {line}"
            self.samples[key] = float(value)
            if self.types[name] == "counter":
                assert name.endswith("_total") and self.samples[key] >= 0, line
        self._check_histograms()

    @staticmethod
    def _labels(text, line):
        at, labels = 0, []
        while at < len(text):
            found = LABEL.match(text, at)
            assert found, f"labels of {line!r}"
            labels.append((found.group(1), re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), found.group(2))))
            at = found.end()
        assert len({name for name, _ in labels}) == len(labels), f"a label twice: {line}"
        return labels

    def _check_histograms(self):
        for name in (n for n, kind in self.types.items() if kind == "histogram"):
            groups = {}
            for (series, labels), value in self.samples.items():
                if series == f"{name}_bucket":
                    le = dict(labels)["le"]
                    rest = frozenset(pair for pair in labels if pair[0] != "le")
                    groups.setdefault(rest, []).append((math.inf if le == "+Inf" else float(le), value))
            for labels, buckets in groups.items():
                buckets.sort()
                counts = [count for _, count in buckets]
                assert buckets[-1][0] == math.inf and counts == sorted(counts), f"{name} {labels}: {buckets}"
                assert self.samples[f"{name}_count", labels] == counts[-1]
                assert (self.samples[f"{name}_sum", labels] > 0) == (counts[-1] > 0)

    def get(self, name, **labels):
        return self.samples.get((name, frozenset(labels.items())), 0)

    def __getitem__(self, name):
        return self.samples[name, frozenset()]

    def sum(self, name, **labels):
        """Of all series that have these labels."""
        wanted = set(labels.items())
        return sum(value for (series, have), value in self.samples.items() if series == name and wanted <= have)

    def not_behind(self, earlier):
        """Counters never fall."""
        for (series, labels), value in earlier.samples.items():
            base = re.sub(r"_(bucket|sum|count)$", "", series)
            if self.types.get(series) == "counter" or self.types.get(base) == "histogram":
                assert self.samples[series, labels] >= value, f"{series} {set(labels)} fell"
