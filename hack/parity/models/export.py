"""Writes one network as ONNX in each of its forms, and what PyTorch computes with it.

Standard input: {"network": name, "folder": where to, "opset": the newest to write}. Standard output:
{"models": [{form, opset, file}], "reference": file}. The loss is linear in the output, so that its gradient is neither zero nor flat."""

import contextlib
import copy
import json
import logging
import os
import sys
import warnings

import torch

from conditioning import NORMALIZATIONS
from networks import SIDE, build, sample
from tensor_file import write_tensors

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

TrainingMode = torch._C._onnx.TrainingMode


def main():
    request = json.load(sys.stdin)
    name, folder, newest = request["network"], request["folder"], request["opset"]
    with contextlib.redirect_stdout(sys.stderr):  # exporters talk
        network = build(name)
        models = [
            {"form": form, "opset": opset, "file": export(network, name, folder, form, opset)}
            for opset in (17, newest)
            for form in ("folded", "normalized")
        ]
        reference = f"{name}.safetensors"
        print(f"{name}: gradients", file=sys.stderr)
        write_tensors(os.path.join(folder, reference), compute_reference(network))
    json.dump({"models": models, "reference": reference}, sys.stdout)


def export(network, name, folder, form, opset):
    file = f"{name}-{form}-{opset}.onnx"
    print(f"{name}: {form}, opset {opset}", file=sys.stderr)
    write = export_traced if opset == 17 else export_captured
    write(copy.deepcopy(network), os.path.join(folder, file), form == "folded", opset)
    return file


def export_traced(network, path, folded, opset):
    """By torch.jit.trace, as most models in use were; TrainingMode.PRESERVE keeps BatchNormalization."""
    torch.onnx.export(
        network,
        (torch.zeros(2, 3, SIDE, SIDE),),
        path,
        dynamo=False,
        opset_version=opset,
        input_names=["image"],
        output_names=["output"],
        dynamic_axes={"image": {0: "N"}, "output": {0: "N"}},
        training=TrainingMode.EVAL if folded else TrainingMode.PRESERVE,
        do_constant_folding=folded,
    )


def export_captured(network, path, folded, opset):
    """By torch.export; its optimizer folds BatchNormalization."""
    torch.onnx.export(
        network,
        (torch.zeros(2, 3, SIDE, SIDE),),
        path,
        dynamo=True,
        opset_version=opset,
        input_names=["image"],
        output_names=["output"],
        dynamic_shapes=({0: torch.export.Dim("N")},),
        optimize=folded,
        external_data=False,
        verbose=False,
    )


def compute_reference(network):
    """In double precision, so that what differs from it is the other's error."""
    image, generator = sample()
    network = copy.deepcopy(network).double()
    network.requires_grad_(True)
    with torch.no_grad():
        direction = torch.randn(network(image[:1].double()).shape[1:], generator=generator)
    direction = torch.stack([direction.roll(shift) for shift in range(len(image))])
    tensors = {"image": image, "direction": direction}
    tensors |= compute_gradients(network.eval(), image, direction, "")
    if any(isinstance(module, NORMALIZATIONS) for module in network.modules()):
        tensors |= compute_gradients(network.train(), image, direction, "training.")
    return tensors


def compute_gradients(network, image, direction, prefix):
    network.zero_grad()
    output = network(image.double())
    (output * direction.double()).sum().backward()
    named = {f"{prefix}gradient.{name}": parameter.grad.clone() for name, parameter in network.named_parameters()}
    return {f"{prefix}output": output, **named}


main()
