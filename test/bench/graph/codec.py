"""Parses and serializes a model with Python's onnx: JSON in (file, repeat), JSON out (seconds of processor time, peak in bytes)."""

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
    start = time.process_time()
    model = onnx.load_from_string(content)
    parsed = time.process_time()
    written = model.SerializeToString()
    serialize.append(time.process_time() - parsed)
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
