"""Runs a command; prints its seconds, its peak memory and what it printed as one line of JSON. Imports little: a child's peak isn't below its parent's."""

import json
import resource
import subprocess
import sys
import time

started = time.perf_counter()
child = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
seconds = time.perf_counter() - started
megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peakMegabytes": megabytes, "output": child.stdout}))
sys.exit(child.returncode)
