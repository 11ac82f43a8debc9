"""Quantizes a model with onnxruntime.quantization, in the forms whose operators differ.

Reads {"model", "folder"}; prints {form: path}. What it is calibrated with does not matter to shapes.
"""

import json
import os
import sys

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class Noise(CalibrationDataReader):
    def __init__(self, model):
        value = onnx.load(model).graph.input[0]
        shape = [dim.dim_value or 1 for dim in value.type.tensor_type.shape.dim]
        pictures = np.random.default_rng(0).standard_normal((2, *shape), dtype=np.float32)
        self.rest = iter([{value.name: picture} for picture in pictures])

    def get_next(self):
        return next(self.rest, None)


request = json.load(sys.stdin)
paths = {form: os.path.join(request["folder"], f"{form}.onnx") for form in ("dynamic", "qdq", "qoperator")}
prepared = os.path.join(request["folder"], "prepared.onnx")
quant_pre_process(request["model"], prepared, skip_symbolic_shape=True)
quantize_dynamic(prepared, paths["dynamic"])
for form, quant_format in (("qdq", QuantFormat.QDQ), ("qoperator", QuantFormat.QOperator)):
    quantize_static(prepared, paths[form], Noise(prepared), quant_format=quant_format, per_channel=True)
print(json.dumps(paths))
