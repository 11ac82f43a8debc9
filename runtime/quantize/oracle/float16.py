"""Writes float16.json beside it: what onnx.reference makes of models in FP16, computing in float16, and of the same
models in float32.

    node float16-cases.ts | python float16.py && npx prettier --write float16.json

needs numpy and onnx (versions in the file that it writes). ONNX Runtime's CPU is no oracle here: it computes in float32.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator


def outputs(model, x):
    evaluator = ReferenceEvaluator(onnx.load_model_from_string(base64.b64decode(model)))
    with np.errstate(all="ignore"):
        y = evaluator.run(None, {"x": np.array(x, np.float32).reshape(2, 4)})[0]
    return [float(value) if np.isfinite(value) else str(value) for value in y.ravel()]


def answer(case):
    halves, exact = outputs(case["float16"], case["x"]), outputs(case["float32"], case["x"])
    return {"model": case["float16"], "halves": halves, "exact": exact}


versions = {"numpy": np.__version__, "onnx": onnx.__version__}
made = {"script": "float16.py", "versions": versions, "cases": {case["name"]: answer(case) for case in json.load(sys.stdin)}}
Path(__file__).with_name("float16.json").write_text(json.dumps(made))
