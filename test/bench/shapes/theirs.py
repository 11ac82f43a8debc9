"""Times onnx.shape_inference with data propagation on models in memory; milliseconds.

Reads {"models": [path], "repeats"}; prints {path: {"first", "least", "bare"}}: the first call, the least of all, and the
least on the model without the contents of large weights, whose copies are most of what the others take.
"""

import json
import sys
import time

import onnx
from onnx import shape_inference

LARGE = 1024


def seconds(model, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        shape_inference.infer_shapes(model, data_prop=True)
        times.append(time.perf_counter() - start)
    return times


def measured(path, repeats):
    model = onnx.load(path)
    del model.graph.value_info[:]
    whole = seconds(model, repeats)
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) > LARGE:
            tensor.ClearField("raw_data")
    bare = seconds(model, repeats)
    return {name: 1000 * value for name, value in {"first": whole[0], "least": min(whole), "bare": min(bare)}.items()}


request = json.load(sys.stdin)
print(json.dumps({path: measured(path, request["repeats"]) for path in request["models"]}))
