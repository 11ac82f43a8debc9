"""Prints what onnx.shape_inference says of every value of models, as JSON: {path: {value: "float32[N,3,?]"}}.

Reads {"models": [path]}. What a model declares of values other than its inputs is taken away first.
"""

import json
import sys

import onnx
from onnx import shape_inference

from described import described


def values(path):
    model = onnx.load(path)
    graph = model.graph
    del graph.value_info[:]
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True).graph
    return {value.name: described(value) for value in [*inferred.value_info, *inferred.output]}


print(json.dumps({path: values(path) for path in json.load(sys.stdin)["models"]}))
