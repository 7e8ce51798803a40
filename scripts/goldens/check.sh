#!/usr/bin/env bash
# Makes every golden anew and compares it with the committed one. Needs python3 and PyPI; installs what goldens are made with at the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(node scripts/python.mjs)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for script in scripts/goldens/*.py; do
  golden=$(grep -oE 'packages/[a-z-]+/test/goldens/[a-z0-9-]+\.json' "$script" | head -n 1 || true)
  [ -n "$golden" ] || continue # compare.py
  "$python" "$script" "$work/golden.json" >/dev/null
  "$python" scripts/goldens/compare.py "$golden" "$work/golden.json" || failed=1
done
exit $failed
