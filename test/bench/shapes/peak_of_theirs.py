"""The memory that onnx.shape_inference takes beyond the model: its path as JSON on standard input, bytes on the output."""

import json
import pathlib
import sys

import onnx
from onnx import shape_inference

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "report"))

from peak import peak_memory  # noqa: E402

model = onnx.load(json.load(sys.stdin))
del model.graph.value_info[:]
before = peak_memory()
shape_inference.infer_shapes(model, data_prop=True)
print(peak_memory() - before)
