"""Prints what onnx.shape_inference says of the outputs of small models, as JSON.

Reads {name: model in base64}. From the root of the repository, with Node 24 or newer and the environment of `make parity`:

node -e 'import("./runtime/graph/shapes/oracle/cases.ts").then(({ text }) => console.log(text()))' \
  | python runtime/graph/shapes/oracle/operators.py > runtime/graph/shapes/oracle/operators.json
"""

import base64
import json
import sys

import onnx
from onnx import shape_inference

from described import described


def outputs(encoded):
    model = onnx.load_from_string(base64.b64decode(encoded))
    try:
        inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:
        return {"error": str(error).strip().splitlines()[-1][:200]}
    return [described(value) for value in inferred.graph.output]


cases = json.load(sys.stdin)
print(
    json.dumps(
        {
            "script": "runtime/graph/shapes/oracle/operators.py",
            "onnx": onnx.__version__,
            "cases": {name: outputs(encoded) for name, encoded in cases.items()},
        },
        indent=0,
    )
)
