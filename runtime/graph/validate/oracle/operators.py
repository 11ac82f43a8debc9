"""Writes operators.json: every version of every standard operator, one line of text a version.

A line is `<since> <inputs> > <outputs> <attribute>:<type>[!] ...`, counts being `2`, `1-3` or `1-` (no end), types the
fields of AttributeProto that hold the value, `!` what is required; `<since> deprecated` ends an operator.
Run with the Python package onnx (the version it was run with is in the file).
"""

import json
import pathlib

import onnx
from onnx.defs import get_all_schemas_with_history

FIELDS = {
    "INT": "i", "FLOAT": "f", "STRING": "s", "TENSOR": "t", "GRAPH": "g", "SPARSE_TENSOR": "sparseTensor",
    "TYPE_PROTO": "tp", "INTS": "ints", "FLOATS": "floats", "STRINGS": "strings", "TENSORS": "tensors",
    "GRAPHS": "graphs", "SPARSE_TENSORS": "sparseTensors", "TYPE_PROTOS": "typeProtos",
}
NO_END = 2**31 - 1
# A later version took its place with other inputs, and onnx calls it deprecated; ONNX Runtime still runs it.
STILL_RUN = {("GroupNormalization", 18)}


def count(least: int, most: int) -> str:
    if least == most:
        return str(least)
    return f"{least}-" if most == NO_END else f"{least}-{most}"


def line(schema) -> str:
    if schema.deprecated and (schema.name, schema.since_version) not in STILL_RUN:
        return f"{schema.since_version} deprecated"
    attributes = [
        f"{name}:{FIELDS[a.type.name]}{'!' if a.required else ''}" for name, a in sorted(schema.attributes.items())
    ]
    counts = f"{count(schema.min_input, schema.max_input)} > {count(schema.min_output, schema.max_output)}"
    return " ".join([str(schema.since_version), counts, *attributes])


domains = {}
for schema in get_all_schemas_with_history():
    if schema.domain in ("", "ai.onnx.ml"):
        domains.setdefault(schema.domain, {}).setdefault(schema.name, []).append(schema)

table = {
    "source": f"onnx {onnx.__version__}, validate/oracle/operators.py",
    "newest": {domain: max(s.since_version for o in operators.values() for s in o) for domain, operators in domains.items()},
    "operators": {
        domain: {
            name: [line(s) for s in sorted(versions, key=lambda s: s.since_version)]
            for name, versions in sorted(operators.items())
        }
        for domain, operators in sorted(domains.items())
    },
}
table["newest"][""] = max(table["newest"][""], onnx.defs.onnx_opset_version())
pathlib.Path(__file__).parent.parent.joinpath("operators.json").write_text(json.dumps(table, indent=2) + "\n")
