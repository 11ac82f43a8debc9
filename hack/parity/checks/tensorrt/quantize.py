"""Quantizes a model to QDQ with onnxruntime.quantization, calibrated with noise.

Standard input: {"model": file, "output": file, "unsigned": activations as uint8, "bias": biases as int32}."""

import json
import sys

import numpy
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static


class Noise(CalibrationDataReader):
    def __init__(self):
        generator = numpy.random.default_rng(1)
        self.batches = iter([generator.standard_normal((2, 3, 112, 112), numpy.float32)])

    def get_next(self):
        batch = next(self.batches, None)
        return None if batch is None else {"image": batch}


request = json.load(sys.stdin)
quantize_static(
    request["model"],
    request["output"],
    Noise(),
    quant_format=QuantFormat.QDQ,
    per_channel=True,
    activation_type=QuantType.QUInt8 if request["unsigned"] else QuantType.QInt8,
    weight_type=QuantType.QInt8,
    extra_options={"QuantizeBias": request["bias"], "ActivationSymmetric": not request["unsigned"]},
)
json.dump({}, sys.stdout)
