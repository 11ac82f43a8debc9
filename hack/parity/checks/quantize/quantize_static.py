"""Quantizes a model with onnxruntime.quantization, on pictures in a file of float32.

JSON in: model, output (paths), pictures (path), dims (of all pictures), batch, target ("TensorRT" or "ONNXRuntime"),
method ("MinMax", "Entropy" or "Percentile"), input (its name). JSON out: scales by name, seconds and peak bytes.
"""

import contextlib
import json
import logging
import resource
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


def scales(path):
    constants = {each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer}
    return {
        name.removesuffix("_scale"): {
            "scales": [float(scale) for scale in values.ravel()],
            "zeroPoint": int(constants[name.removesuffix("_scale") + "_zero_point"].ravel()[0]),
        }
        for name, values in constants.items()
        if name.endswith("_scale")
    }


def main():
    logging.getLogger().setLevel(logging.ERROR)
    task = json.load(sys.stdin)
    start = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        quantize(task)
    seconds = time.perf_counter() - start
    # Linux counts in kibibytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    json.dump({"scales": scales(task["output"]), "seconds": seconds, "peak": peak}, sys.stdout)


main()
