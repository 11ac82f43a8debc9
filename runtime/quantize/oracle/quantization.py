"""Writes quantization.json beside it: what onnxruntime.quantization makes of small tensors and of one small network.

    python quantization.py && npx prettier --write quantization.json

needs numpy, onnx and onnxruntime (versions in the file that it writes).
"""

import base64
import contextlib
import io
import json
import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import CalibrationDataReader, HistogramCollector
from onnxruntime.quantization.quant_utils import compute_scale_zp, get_qmin_qmax_for_qType, quantize_nparray

random = np.random.default_rng(4)
logging.getLogger().setLevel(logging.ERROR)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def floats(*values):
    return [float(value) for value in values]


# Tensors as several pictures give them: each row is one picture.
TENSORS = {
    "normal": random.normal(0, 1, (4, 240)),
    "rectified": np.maximum(0, random.normal(0.2, 1, (4, 240))),
    "skewed": random.gamma(1.5, 2, (4, 240)) - 0.3,
    "outliers": random.normal(0, 1, (4, 240)) * np.where(random.random((4, 240)) < 0.01, 30, 1),
    "growing": random.normal(0, 1, (4, 240)) * np.array([[0.1], [1], [4], [5]]),
    "negative": -1 - random.random((4, 240)),
}
METHODS = {
    "Entropy 128/128": {"method": "entropy", "bins": 128, "levels": 128},
    "Entropy 512/64": {"method": "entropy", "bins": 512, "levels": 64},
    "Percentile 99.9 symmetric": {"method": "percentile", "bins": 2048, "percentile": 99.9, "symmetric": True},
    "Percentile 99 symmetric": {"method": "percentile", "bins": 100, "percentile": 99.0, "symmetric": True},
    "Percentile 99 of both sides": {"method": "percentile", "bins": 2048, "percentile": 99.0, "symmetric": False},
}
SCHEMES = {"symmetric": (TensorProto.INT8, True), "asymmetric": (TensorProto.UINT8, False)}


def collector(method="", bins=0, levels=128, percentile=99.999, symmetric=False):
    return HistogramCollector(method, symmetric, bins, levels, percentile, "same")


def range_of(tensor, settings):
    collected = collector(**settings)
    collected.collect({"x": [row for row in tensor]})
    low, high = collected.compute_collection_result()["x"][:2]
    return floats(low, high)


def merged(tensor, settings):
    """The histogram when pictures come one by one."""
    collected = collector(**settings)
    for row in tensor:
        collected.collect({"x": [row]})
    counts, edges = collected.get_histogram_dict()["x"][:2]
    return {"counts": text(np.asarray(counts, np.int32)), "edges": text(np.asarray(edges, np.float32))}


def parameters(low, high, scheme):
    kind, symmetric = SCHEMES[scheme]
    least, most = get_qmin_qmax_for_qType(kind, symmetric=symmetric)
    zero, scale = compute_scale_zp(np.float32(low), np.float32(high), least, most, symmetric)
    return {"scale": float(scale), "zeroPoint": int(zero)}


def tensor_case(name, tensor):
    tensor = tensor.astype(np.float32)
    ends = floats(tensor.min(), tensor.max())
    ranges = {"MinMax": ends} | {label: range_of(tensor, settings) for label, settings in METHODS.items()}
    return {
        "name": name,
        "rows": len(tensor),
        "values": text(tensor),
        "ranges": ranges,
        "parameters": {scheme: parameters(*ends, scheme) for scheme in SCHEMES},
        "merged": {
            "signed": merged(tensor, {"method": "entropy", "bins": 16}),
            "sizes": merged(tensor, {"method": "percentile", "bins": 16, "symmetric": True}),
        },
    }


def quantized_case(scheme, low, high):
    """Numbers on and around the halves between steps."""
    found = parameters(low, high, scheme)
    steps = np.arange(-140, 300) / 2
    values = (steps * found["scale"]).astype(np.float32)
    kind = SCHEMES[scheme][0]
    zero = np.array(found["zeroPoint"])
    result = quantize_nparray(kind, values, np.float32(found["scale"]), zero)
    return {"scheme": scheme, "range": [low, high], "values": text(values), "quantized": text(result.astype(np.int16))}


def network():
    """Two convolutions with a shortcut between them, pooling, a transposed Gemm and a MatMul."""

    def constant(name, *dims, scale=0.3):
        return numpy_helper.from_array((random.normal(0, scale, dims)).astype(np.float32), name)

    initializers = [
        constant("w1", 6, 3, 3, 3),
        constant("b1", 6),
        constant("w2", 6, 6, 3, 3),
        constant("b2", 6),
        constant("wd", 6, 1, 3, 3),
        constant("wt", 6, 4, 2, 2),
        constant("wg", 10, 4),
        constant("bg", 10),
        constant("wm", 10, 5),
    ]
    nodes = [
        helper.make_node("Conv", ["image", "w1", "b1"], ["c1"], "conv1", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
        helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], "conv2", pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["c2", "r1"], ["a"], "add"),
        helper.make_node("Relu", ["a"], ["r2"], "relu2"),
        helper.make_node("MaxPool", ["r2"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p", "wd"], ["d"], "depthwise", group=6, pads=[1, 1, 1, 1]),
        helper.make_node("ConvTranspose", ["d", "wt"], ["t"], "transposed", strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["t"], ["g"], "average"),
        helper.make_node("Flatten", ["g"], ["f"], "flatten"),
        helper.make_node("Gemm", ["f", "wg", "bg"], ["h"], "gemm", transB=1),
        helper.make_node("MatMul", ["h", "wm"], ["y"], "matmul"),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 12, 12])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 5])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


class Pictures(CalibrationDataReader):
    def __init__(self, pictures):
        self.left = [{"image": picture[None]} for picture in pictures]

    def get_next(self):
        return self.left.pop(0) if self.left else None


def network_scales(model, pictures, scheme, method):
    kind = QuantType.QInt8 if scheme == "symmetric" else QuantType.QUInt8
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        given, path = Path(folder) / "given.onnx", Path(folder) / "quantized.onnx"
        onnx.save(model, given)
        quantize_static(
            given,
            path,
            Pictures(pictures),
            quant_format=QuantFormat.QDQ,
            activation_type=kind,
            weight_type=QuantType.QInt8,
            per_channel=True,
            calibrate_method=method,
            extra_options={"ActivationSymmetric": scheme == "symmetric"},
        )
        constants = {each.name: numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer}
    return {
        name.removesuffix("_scale"): {
            "scales": floats(*values.ravel()),
            "zeroPoint": int(constants[name.removesuffix("_scale") + "_zero_point"].ravel()[0]),
        }
        for name, values in constants.items()
        if name.endswith("_scale")
    }


def network_case():
    model = network()
    pictures = random.normal(0, 1, (6, 3, 12, 12)).astype(np.float32)
    methods = {"MinMax": CalibrationMethod.MinMax, "Percentile": CalibrationMethod.Percentile}
    return {
        "model": base64.b64encode(model.SerializeToString()).decode(),
        "pictures": text(pictures),
        "scales": {
            scheme: {name: network_scales(model, pictures, scheme, method) for name, method in methods.items()}
            for scheme in SCHEMES
        },
    }


def main():
    with contextlib.redirect_stdout(io.StringIO()):
        tensors = [tensor_case(name, tensor) for name, tensor in TENSORS.items()]
    oracle = {
        "script": Path(__file__).name,
        "versions": {each.__name__: each.__version__ for each in (np, onnx, onnxruntime)},
        "methods": METHODS,
        "tensors": tensors,
        "quantized": [
            quantized_case("symmetric", -1.0, 3.3),
            quantized_case("asymmetric", -1.0, 3.3),
            quantized_case("asymmetric", 0.0, 7.0),
        ],
        "network": network_case(),
    }
    path = Path(__file__).with_name("quantization.json")
    path.write_text(json.dumps(oracle) + "\n")


main()
