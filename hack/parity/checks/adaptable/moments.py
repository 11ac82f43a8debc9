"""
Mean and variance, a channel, of what a model's points normalize, by ONNX Runtime and numpy in double precision.

Reads {"model": path, "input": name, "image": path of float32 values, "dims": [...], "points": [{"kind", "name"}]} as JSON
and prints [{"mean": [...], "variance": [...]}, ...] in their order. A point is named after the output of its node: of a
BatchNormalization it is what it reads, of a Conv what it gives.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime as ort

task = json.load(sys.stdin)
model = onnx.load(task["model"])
reads = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "BatchNormalization"}
values = [reads.get(point["name"], point["name"]) for point in task["points"]]
known = {output.name for output in model.graph.output} | {value.name for value in model.graph.input}
model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in dict.fromkeys(values) if name not in known)

options = ort.SessionOptions()
options.log_severity_level = 3
session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
image = np.fromfile(task["image"], np.float32).reshape(task["dims"])
wanted = list(dict.fromkeys(values))
found = dict(zip(wanted, session.run(wanted, {task["input"]: image}), strict=True))


def moments(name: str) -> dict[str, list[float]]:
    x = found[name].astype(np.float64)
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    return {"mean": x.mean(axes).tolist(), "variance": x.var(axes).tolist()}


json.dump([moments(name) for name in values], sys.stdout)
