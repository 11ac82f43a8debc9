"""Prints the fields of every ONNX message as the Python package `onnx` declares them, as JSON.

python -m venv .venv && .venv/bin/pip install onnx && .venv/bin/python runtime/graph/codec/oracle/schema.py > runtime/graph/codec/oracle/schema.json
"""

import json

import onnx
from onnx import onnx_ml_pb2

KINDS = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 9: "string", 12: "bytes", 14: "enum"}
messages = {}


def visit(message, prefix=""):
    name = prefix + message.name
    messages[name] = {
        field.name: {
            "number": field.number,
            "kind": KINDS.get(field.type) or field.message_type.full_name.removeprefix("onnx."),
            "repeated": field.is_repeated,
            "packed": field.is_packed,
        }
        for field in message.fields
    }
    for nested in message.nested_types:
        visit(nested, f"{name}.")


for message in onnx_ml_pb2.DESCRIPTOR.message_types_by_name.values():
    visit(message)
print(json.dumps({"onnx": onnx.__version__, "messages": messages}, sort_keys=True, indent=2))
