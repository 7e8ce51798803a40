"""Compares a golden with the same golden made anew: texts must be equal, numbers up to the rounding of another processor's float32 sums.

python scripts/goldens/compare.py COMMITTED REBUILT
"""

import json
import math
import sys

RELATIVE, ABSOLUTE = 2e-5, 2e-6


def differences(committed, rebuilt, where):
    if isinstance(committed, bool) or isinstance(rebuilt, bool) or not isinstance(committed, (int, float, list, dict)):
        return [] if committed == rebuilt else [f"{where}: {str(committed)[:80]} is committed, {str(rebuilt)[:80]} is rebuilt"]
    if isinstance(committed, (int, float)):
        equal = isinstance(rebuilt, (int, float)) and math.isclose(committed, rebuilt, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        return [] if equal else [f"{where}: {committed} is committed, {str(rebuilt)[:80]} is rebuilt"]
    if type(committed) is not type(rebuilt) or len(committed) != len(rebuilt):
        return [f"{where}: other contents"]
    if isinstance(committed, list):
        pairs = [(f"{where}[{i}]", a, b) for i, (a, b) in enumerate(zip(committed, rebuilt))]
    elif committed.keys() == rebuilt.keys():
        pairs = [(f"{where}.{key}", value, rebuilt[key]) for key, value in committed.items()]
    else:
        return [f"{where}: other keys: {', '.join(committed.keys() ^ rebuilt.keys())}"]
    return [line for place, a, b in pairs for line in differences(a, b, place)]


committed, rebuilt = (json.load(open(path)) for path in sys.argv[1:])
found = differences(committed, rebuilt, "")
for line in found[:10]:
    print(f"  {line}")
print(f"{sys.argv[1]}: {f'{len(found)} differences' if found else 'as committed'}")
sys.exit(1 if found else 0)
