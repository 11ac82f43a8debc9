"""How far PyTorch's own float32 gradients are from its float64 ones: what rounding alone makes.

Standard input: {"network": name, "reference": its safetensors file, "floor": share of the largest norm that is the least
to be relative to}. Standard output: {prefix: {cosine, relative, worst}} for evaluation ("") and training ("training."):
over all parameters as one vector, and of the worst parameter by its own norm.
"""

import json
import os
import struct
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../models"))
from networks import build  # noqa: E402


def read_tensors(path):
    """By name, as float32; the file's format: huggingface.co/docs/safetensors."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        tensor = torch.frombuffer(body, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = tensor.reshape(entry["shape"])
    return tensors


def worst(parameters, floor):
    """The largest distance of a parameter's gradient, relative to its norm."""
    smallest = floor * max(exact.norm() for _, exact in parameters)
    return max(((ours - exact).norm() / max(exact.norm(), smallest)).item() for ours, exact in parameters)


def compare(network, tensors, prefix, floor):
    network.requires_grad_(True)
    network.zero_grad()
    (network(tensors["image"]) * tensors["direction"]).sum().backward()
    named = dict(network.named_parameters())
    ours = torch.cat([parameter.grad.flatten() for parameter in named.values()]).double()
    exact = torch.cat([tensors[f"{prefix}gradient.{name}"].flatten() for name in named]).double()
    return {
        "cosine": (torch.dot(ours, exact) / (ours.norm() * exact.norm())).item(),
        "relative": ((ours - exact).abs().max() / exact.abs().max()).item(),
        "worst": worst(
            [
                (parameter.grad.double(), tensors[f"{prefix}gradient.{name}"].double())
                for name, parameter in named.items()
            ],
            floor,
        ),
    }


request = json.load(sys.stdin)
tensors = read_tensors(request["reference"])
network = build(request["network"])
answer = {"": compare(network.eval(), tensors, "", request["floor"])}
if "training.output" in tensors:
    answer["training."] = compare(network.train(), tensors, "training.", request["floor"])
json.dump(answer, sys.stdout)
