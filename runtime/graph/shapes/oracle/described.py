"""A tensor as the scripts beside this write it."""

from onnx import helper

NAMES = {"FLOAT": "float32", "DOUBLE": "float64"}


def described(value):
    """A tensor as "float32[2,N,?]", "float32" where the rank is unknown; None where nothing is known."""
    tensor = value.type.tensor_type
    if not tensor.elem_type:
        return None
    name = helper.tensor_dtype_to_string(tensor.elem_type).removeprefix("TensorProto.")
    name = NAMES.get(name, name.lower())
    if not tensor.HasField("shape"):
        return name
    sizes = [
        str(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param or "?" for dim in tensor.shape.dim
    ]
    return f"{name}[{','.join(sizes)}]"
