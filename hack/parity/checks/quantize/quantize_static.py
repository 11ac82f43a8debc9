"""Quantizes a model with onnxruntime.quantization, on pictures in a file of float32.

JSON in: model, output (paths), pictures (path), dims (of all pictures), batch, target ("TensorRT" or "ONNXRuntime"),
method ("MinMax", "Entropy" or "Percentile"), input (its name). JSON out: what is quantized, by name; seconds, seconds
of all processors, and peak bytes.
"""

import contextlib
import json
import logging
import sys
import time

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import CalibrationDataReader


class Pictures(CalibrationDataReader):
    def __init__(self, task):
        self.input = task["input"]
        self.batch = task["batch"]
        self.pictures = np.fromfile(task["pictures"], np.float32).reshape(task["dims"])
        self.next = 0

    def get_next(self):
        batch = self.pictures[self.next : self.next + self.batch]
        self.next += self.batch
        return {self.input: batch} if len(batch) else None


def quantize(task):
    tensorrt = task["target"] == "TensorRT"
    quantize_static(
        task["model"],
        task["output"],
        Pictures(task),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QInt8 if tensorrt else QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod[task["method"]],
        extra_options={"ActivationSymmetric": tensorrt, "WeightSymmetric": True},
    )


def quantized(path):
    """Of each value and constant that is rounded: its scales, its zero point and the value whose range they are from."""
    graph = onnx.load(path).graph
    constants = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    made = {node.output[0]: node for node in graph.node if node.op_type == "DequantizeLinear"}
    found = {}

    def note(name, scale, zero, measured):
        scales, zeros = (constants[each].ravel() for each in (scale, zero))
        found[name] = {"scales": [float(each) for each in scales], "zeroPoint": int(zeros[0]), "measured": measured}

    for node in graph.node:
        if node.op_type == "QuantizeLinear" and node.input[0] not in constants:
            _, scale, zero = node.input
            note(node.input[0].removesuffix("_QuantizeLinear_Input"), scale, zero, scale.removesuffix("_scale"))
        elif node.op_type == "DequantizeLinear" and node.input[0] in constants:
            integers, scale, zero = node.input
            note(integers.removesuffix("_quantized"), scale, zero, None)
    for node in graph.node:
        # The scale of a bias is that of the input times that of the weight.
        bias = made.get(node.input[2]) if len(node.input) == 3 else None
        if node.op_type in ("Conv", "ConvTranspose", "Gemm") and bias is not None and bias.input[0] in constants:
            measured = made[node.input[0]].input[1].removesuffix("_scale")
            found[bias.input[0].removesuffix("_quantized")]["measured"] = measured
    return found


def peak():
    """Bytes. What getrusage tells begins with the peak of the process that started this one."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def main():
    logging.getLogger().setLevel(logging.ERROR)
    task = json.load(sys.stdin)
    start, processor = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(sys.stderr):
        quantize(task)
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    figures = {"seconds": seconds, "processorSeconds": processor, "peak": peak()}
    json.dump({"quantized": quantized(task["output"]), **figures}, sys.stdout)


main()
