"""Parses and serializes a model with Python's onnx: JSON in (file, repeat), JSON out (seconds of processor time, peak in bytes)."""

import json
import pathlib
import sys
import time

import google.protobuf
import onnx
from google.protobuf.internal import api_implementation

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "report"))

from peak import peak_memory  # noqa: E402

task = json.load(sys.stdin)
before = peak_memory()
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
    peak = peak or peak_memory() - before
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
