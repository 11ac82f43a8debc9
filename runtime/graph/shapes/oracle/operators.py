"""Prints what onnx.shape_inference says of the outputs of small models, as JSON.

Reads {name: model in base64}. From the root of the repository, with its Node and the environment of `make parity`:

folder=./runtime/graph/shapes/oracle
node --input-type=module -e "
  import { oracleInput } from '$folder/case.ts';
  import { cases } from '$folder/cases.ts';
  console.log(JSON.stringify(oracleInput(cases)));
" | python $folder/operators.py > operators.json && mv operators.json $folder && npx prettier --write $folder/operators.json
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
