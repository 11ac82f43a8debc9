"""Parses and serializes a model with Python's onnx: JSON in (file, repeat), JSON out (seconds, peak in bytes)."""

import json
import resource
import sys
import time

import google.protobuf
import onnx
from google.protobuf.internal import api_implementation

task = json.load(sys.stdin)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(task["file"], "rb") as file:
    content = file.read()
parse, serialize = [], []
peak = None
for _ in range(task["repeat"]):
    start = time.perf_counter()
    model = onnx.load_from_string(content)
    parsed = time.perf_counter()
    written = model.SerializeToString()
    serialize.append(time.perf_counter() - parsed)
    parse.append(parsed - start)
    peak = peak or (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    del model, written
json.dump(
    {
        "version": f"onnx {onnx.__version__}, protobuf {google.protobuf.__version__} ({api_implementation.Type()})",
        "parse": parse,
        "serialize": serialize,
        "peak": peak,
    },
    sys.stdout,
)
