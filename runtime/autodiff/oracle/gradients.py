"""Writes gradients.<kind>.json: gradients of small functions by torch in float64, for the rules of autodiff/rules.

Run: <virtual environment of hack/parity>/bin/python gradients.py
Every row has inputs drawn from its name, a seed (the gradient of what comes after), the output and the gradients.
Values are distinct and none is zero, so that no row sits on a kink unless it says so.
"""

import json
import pathlib
import zlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
kinds: dict[str, list[dict]] = {}


def draw(generator, dims, low, high):
    """Distinct values between low and high that float32 holds exactly, in random order, away from zero."""
    count = max(1, torch.Size(dims).numel())
    steps = torch.randperm(count, generator=generator).to(torch.float64)
    values = low + (high - low) * (steps + 0.5) / count
    values = torch.round(values * 256) / 256
    values = torch.where(values == 0, torch.full_like(values, 1 / 512), values)
    return values[: torch.Size(dims).numel()].reshape(dims)


def short(tensor):
    return [float(f"{value:.9g}") for value in tensor.reshape(-1).tolist()]


def row(kind, name, of, low=-2.0, high=2.0, values=None, **dims):
    """One function. `dims` are the shapes of its inputs; `values` fixes the elements of some."""
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    inputs = {key: draw(generator, shape, low, high) for key, shape in dims.items()}
    for key, fixed in (values or {}).items():
        inputs[key] = torch.tensor(fixed, dtype=torch.float64).reshape(dims[key])
    for tensor in inputs.values():
        tensor.requires_grad_()
    output = of(*inputs.values())
    seed = draw(generator, output.shape, -0.75, 1.25)
    gradients = torch.autograd.grad(output, list(inputs.values()), seed, allow_unused=True)
    kinds.setdefault(kind, []).append(
        {
            "name": name,
            "inputs": {key: {"dims": list(value.shape), "values": short(value)} for key, value in inputs.items()},
            "seed": short(seed),
            "output": {"dims": list(output.shape), "values": short(output)},
            "gradients": {
                key: None if gradient is None else short(gradient)
                for key, gradient in zip(inputs, gradients, strict=True)
            },
        }
    )


def arithmetic():
    kind = "arithmetic"
    row(kind, "Add of equal shapes", lambda a, b: a + b, a=(2, 3), b=(2, 3))
    row(kind, "Add broadcasts both ways", lambda a, b: a + b, a=(2, 1, 3), b=(4, 1))
    row(kind, "Add of a scalar", lambda a, b: a + b, a=(2, 3), b=())
    row(kind, "Sub broadcasts the first", lambda a, b: a - b, a=(3,), b=(2, 3))
    row(kind, "Mul broadcasts both ways", lambda a, b: a * b, a=(2, 1, 3), b=(4, 1))
    row(kind, "Mul of a value by itself", lambda a: a * a, a=(4,))
    row(kind, "Div broadcasts the second", lambda a, b: a / b, low=0.5, a=(2, 3), b=(2, 1))
    row(kind, "Neg", lambda x: -x, x=(5,))
    row(kind, "Exp", torch.exp, x=(5,))
    row(kind, "Log", torch.log, low=0.25, x=(5,))
    row(kind, "Sqrt", torch.sqrt, low=0.25, x=(5,))
    row(kind, "Pow with an exponent of 2", lambda x: x**2, x=(5,))
    row(kind, "Pow with an exponent of 3", lambda x: x**3, x=(5,))
    row(kind, "Pow with an exponent of a half", lambda x: x**0.5, low=0.25, x=(5,))
    row(kind, "Pow with an exponent of 1", lambda x: x**1, x=(5,))
    row(kind, "Pow with another exponent", lambda x: x**-1.5, low=0.25, x=(5,))
    row(kind, "Pow with an integer exponent", lambda x: x**4, x=(5,))
    row(kind, "Pow of two values that broadcast", torch.pow, low=0.25, a=(2, 3), b=(2, 1))
    row(kind, "Sum of three", lambda a, b, c: a + b + c, a=(2, 3), b=(3,), c=())
    row(kind, "Mean of three", lambda a, b, c: (a + b + c) / 3, a=(2, 3), b=(3,), c=(1, 1))
    row(kind, "Max of two", torch.maximum, a=(2, 3), b=(3,))
    row(kind, "Min of three", lambda a, b, c: torch.minimum(torch.minimum(a, b), c), a=(2, 3), b=(3,), c=())
    row(kind, "Max of equal values", torch.maximum, values={"a": [1.0, 2.0], "b": [1.0, 0.0]}, a=(2,), b=(2,))
    row(kind, "Abs", torch.abs, x=(5,))
    row(kind, "Reciprocal", torch.reciprocal, low=0.25, x=(5,))
    row(kind, "Erf", torch.erf, x=(5,))
    row(kind, "Sin", torch.sin, x=(5,))
    row(kind, "Cos", torch.cos, x=(5,))
    row(kind, "Tan", torch.tan, low=-1.0, high=1.0, x=(5,))
    row(kind, "Asin", torch.asin, low=-0.75, high=0.75, x=(5,))
    row(kind, "Acos", torch.acos, low=-0.75, high=0.75, x=(5,))
    row(kind, "Atan", torch.atan, x=(5,))
    row(kind, "Floor is flat", lambda x: x + torch.floor(x), x=(5,))


def activations():
    kind = "activations"
    row(kind, "Relu", torch.relu, x=(3, 4))
    row(kind, "Relu at zero has no slope", torch.relu, values={"x": [0.0, 1.0, -1.0]}, x=(3,))
    row(kind, "LeakyRelu", lambda x: F.leaky_relu(x, 0.2), x=(6,))
    row(kind, "PRelu with a slope for each channel", lambda x, s: F.prelu(x, s.flatten()), x=(2, 3, 2), s=(3, 1))
    row(kind, "PRelu with one slope", F.prelu, x=(2, 3), s=(1,))
    row(kind, "ThresholdedRelu", lambda x: F.threshold(x, 0.5, 0.0), x=(6,))
    row(kind, "Elu", lambda x: F.elu(x, 0.7), x=(6,))
    row(kind, "Selu", F.selu, x=(6,))
    row(kind, "Celu", lambda x: F.celu(x, 0.7), x=(6,))
    row(kind, "Softplus", F.softplus, x=(6,))
    row(kind, "Softsign", F.softsign, x=(6,))
    row(kind, "Sigmoid", torch.sigmoid, x=(6,))
    row(kind, "Tanh", torch.tanh, x=(6,))
    row(kind, "HardSigmoid", F.hardsigmoid, low=-5.0, high=5.0, x=(8,))
    row(kind, "HardSigmoid of its own slope", lambda x: torch.clamp(0.2 * x + 0.5, 0, 1), low=-5.0, high=5.0, x=(8,))
    row(kind, "HardSwish", F.hardswish, low=-5.0, high=5.0, x=(8,))
    row(kind, "HardSwish where its pieces meet", F.hardswish, values={"x": [-3.0, 0.0, 3.0]}, x=(3,))
    row(kind, "Mish", F.mish, x=(6,))
    row(kind, "Swish", lambda x: x * torch.sigmoid(1.5 * x), x=(6,))
    row(kind, "Gelu", F.gelu, x=(6,))
    row(kind, "Gelu by tanh", lambda x: F.gelu(x, approximate="tanh"), x=(6,))
    row(kind, "Clip", low=-1.75, of=lambda x: torch.clamp(x, -1, 1), x=(6,))
    row(kind, "Clip from below", low=-1.75, of=lambda x: torch.clamp(x, min=-1), x=(6,))
    row(kind, "Clip at the bounds", lambda x: torch.clamp(x, -1, 1), values={"x": [-1.0, 0.5, 1.0]}, x=(3,))
    row(kind, "Clip by bounds that are wanted, too", low=-1.75, of=torch.clamp, values={"a": -1.0, "b": 0.5}, x=(6,), a=(), b=())
    row(kind, "Softmax over the last axis", lambda x: torch.softmax(x, -1), x=(2, 3, 4))
    row(kind, "Softmax over an inner axis", lambda x: torch.softmax(x, 1), x=(2, 3, 4))
    row(kind, "Softmax of opset 11 over all axes from one on", lambda x: torch.softmax(x.flatten(1), 1).view_as(x), x=(2, 3, 2))
    row(kind, "LogSoftmax over the last axis", lambda x: torch.log_softmax(x, -1), x=(2, 5))


def products():
    kind = "products"
    row(kind, "MatMul of matrices", torch.matmul, a=(2, 3), b=(3, 4))
    row(kind, "MatMul of batches", torch.matmul, a=(2, 2, 3), b=(2, 3, 2))
    row(kind, "MatMul broadcasts batches both ways", torch.matmul, a=(2, 1, 2, 3), b=(3, 3, 2))
    row(kind, "MatMul of a batch by one matrix", torch.matmul, a=(2, 3, 2, 2), b=(2, 3))
    row(kind, "MatMul of one matrix by a batch", torch.matmul, a=(2, 3), b=(2, 3, 2))
    row(kind, "MatMul of vectors", torch.matmul, a=(3,), b=(3,))
    row(kind, "MatMul of a vector by a matrix", torch.matmul, a=(3,), b=(3, 2))
    row(kind, "MatMul of a matrix by a vector", torch.matmul, a=(2, 3), b=(3,))
    row(kind, "MatMul of a batch by a vector", torch.matmul, a=(2, 2, 3), b=(3,))
    row(kind, "MatMul of a vector by a batch", torch.matmul, a=(3,), b=(2, 3, 2))
    row(kind, "Gemm", lambda a, b, c: a @ b + c, a=(2, 3), b=(3, 4), c=(4,))
    row(kind, "Gemm transposes A", lambda a, b: 0.5 * a.T @ b, a=(3, 2), b=(3, 4))
    row(kind, "Gemm transposes B", lambda a, b, c: a @ b.T + 2 * c, a=(2, 3), b=(4, 3), c=(2, 1))
    row(kind, "Gemm transposes both", lambda a, b, c: 3 * a.T @ b.T + c, a=(3, 2), b=(4, 3), c=(2, 4))


def convolutions():
    kind = "convolutions"
    row(kind, "Conv of one dimension", lambda x, w, b: F.conv1d(x, w, b, padding=1), x=(2, 2, 5), w=(3, 2, 3), b=(3,))
    row(kind, "Conv of two dimensions", lambda x, w, b: F.conv2d(x, w, b), x=(2, 2, 4, 3), w=(2, 2, 2, 2), b=(2,))
    row(kind, "Conv of three dimensions", lambda x, w: F.conv3d(x, w, stride=2, padding=1), x=(1, 2, 3, 4, 3), w=(2, 2, 2, 3, 2))
    row(kind, "Conv with strides that leave a rest", lambda x, w: F.conv2d(x, w, stride=(2, 3), padding=1), x=(1, 2, 6, 6), w=(2, 2, 3, 2))
    row(kind, "Conv with dilations", lambda x, w: F.conv2d(x, w, dilation=(2, 1), padding=(1, 2)), x=(1, 2, 5, 4), w=(2, 2, 2, 3))
    row(kind, "Conv with strides and dilations", lambda x, w: F.conv2d(x, w, stride=3, dilation=2, padding=2), x=(1, 1, 8, 9), w=(2, 1, 2, 3))
    row(kind, "Conv in groups", lambda x, w: F.conv2d(x, w, groups=2, stride=2, padding=1), x=(2, 4, 5, 4), w=(4, 2, 3, 3))
    row(kind, "Conv depthwise", lambda x, w, b: F.conv2d(x, w, b, groups=3, padding=1), x=(2, 3, 3, 3), w=(3, 1, 3, 3), b=(3,))
    row(kind, "Conv depthwise with two filters a channel", lambda x, w: F.conv2d(x, w, groups=2, stride=2), x=(2, 2, 5, 4), w=(4, 1, 2, 2))
    row(kind, "Conv of one pixel", lambda x, w: F.conv2d(x, w), x=(2, 3, 2, 2), w=(4, 3, 1, 1))
    row(kind, "Conv of one pixel with strides", lambda x, w: F.conv2d(x, w, stride=2), x=(2, 3, 4, 3), w=(2, 3, 1, 1))
    row(kind, "Conv with uneven borders", lambda x, w: F.conv2d(F.pad(x, (0, 1, 2, 0)), w, stride=2), x=(1, 2, 5, 4), w=(2, 2, 3, 2))
    row(kind, "Conv of many channels and filters", lambda x, w: F.conv2d(x, w, padding=(1, 0)), x=(2, 16, 3, 1), w=(16, 16, 2, 1))
    row(kind, "Conv of many channels and filters with strides", lambda x, w: F.conv2d(x, w, stride=(2, 3), padding=(1, 0)), x=(1, 16, 3, 4), w=(16, 16, 1, 2))
    row(kind, "Conv with SAME_UPPER", lambda x, w: F.conv2d(F.pad(x, (0, 1, 1, 1)), w, stride=2), x=(1, 1, 5, 4), w=(2, 1, 3, 3))


    row(kind, "Conv of many channels", lambda x, w: F.conv2d(x, w, stride=2, dilation=(1, 2), padding=1), x=(1, 16, 4, 5), w=(2, 16, 2, 2))
    kind = "transposed convolutions"
    row(kind, "ConvTranspose of one dimension", lambda x, w, b: F.conv_transpose1d(x, w, b, stride=2), x=(2, 2, 4), w=(2, 3, 3), b=(3,))
    row(kind, "ConvTranspose of two dimensions", lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1), x=(2, 2, 3, 2), w=(2, 3, 3, 3), b=(3,))
    row(kind, "ConvTranspose of three dimensions", lambda x, w: F.conv_transpose3d(x, w, stride=(1, 2, 1)), x=(1, 2, 2, 2, 3), w=(2, 1, 2, 2, 2))
    row(kind, "ConvTranspose in groups with dilations", lambda x, w: F.conv_transpose2d(x, w, groups=2, dilation=2, padding=1), x=(2, 4, 3, 3), w=(4, 1, 2, 3))
    row(kind, "ConvTranspose depthwise", lambda x, w: F.conv_transpose2d(x, w, groups=3, stride=2, padding=1), x=(2, 3, 3, 2), w=(3, 1, 4, 4))
    row(kind, "ConvTranspose to a given shape", lambda x, w: F.conv_transpose2d(x, w, stride=2)[:, :, 1:7], x=(1, 2, 3, 2), w=(2, 1, 3, 2))


def pooling():
    kind = "pooling"
    row(kind, "GlobalAveragePool", lambda x: x.mean((2, 3), keepdim=True), x=(2, 2, 3, 2))
    row(kind, "GlobalMaxPool", lambda x: x.amax((2, 3), keepdim=True), x=(2, 2, 3, 2))
    row(kind, "MaxPool", lambda x: F.max_pool2d(x, 2), x=(2, 2, 4, 6))
    row(kind, "MaxPool that overlaps, with a border", lambda x: F.max_pool2d(x, 3, 2, 1), x=(1, 2, 6, 5))
    row(kind, "MaxPool with dilations", lambda x: F.max_pool2d(x, 2, 1, 0, (2, 1)), x=(1, 2, 5, 4))
    row(kind, "MaxPool that rounds up", lambda x: F.max_pool2d(x, 2, 2, 0, ceil_mode=True), x=(1, 1, 5, 3))
    row(kind, "MaxPool of one dimension", lambda x: F.max_pool1d(x, 3, 2), x=(1, 2, 7))
    row(kind, "MaxPool of three dimensions", lambda x: F.max_pool3d(x, 2, 1), x=(1, 1, 3, 3, 2))
    row(kind, "MaxPool of zeros at the border gives the first of them all", lambda x: F.max_pool2d(x, 2, 2, 1), values={"x": [0.0] * 9}, x=(1, 1, 3, 3))
    row(kind, "MaxPool whose window is larger than the image", lambda x: F.max_pool2d(x, 3, 1, 1), x=(1, 2, 1, 2))
    row(kind, "MaxPool that leaves pixels out", lambda x: F.max_pool2d(x, (1, 2), 3), x=(2, 1, 5, 8))
    row(kind, "MaxPool with SAME_UPPER", lambda x: F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-9.0), 2, 2), x=(1, 1, 5, 3))
    row(kind, "AveragePool", lambda x: F.avg_pool2d(x, 2), x=(2, 2, 4, 6))
    row(kind, "AveragePool that leaves a rest", lambda x: F.avg_pool2d(x, (2, 3), 3), x=(1, 2, 7, 8))
    row(kind, "AveragePool without its border", lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), x=(1, 2, 6, 5))
    row(kind, "AveragePool with its border", lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=True), x=(1, 2, 6, 5))
    row(kind, "AveragePool that rounds up", lambda x: F.avg_pool2d(x, 2, 2, 0, ceil_mode=True, count_include_pad=False), x=(1, 1, 5, 3))
    row(kind, "AveragePool of one dimension", lambda x: F.avg_pool1d(x, 3, 2), x=(1, 2, 7))
    row(kind, "AveragePool of three dimensions", lambda x: F.avg_pool3d(x, 2, 1), x=(1, 1, 3, 3, 2))


def normalizations():
    kind = "normalizations"
    by_hand = lambda x, s, b, m, v: (x - m.view(1, -1, 1, 1)) / torch.sqrt(v + 1e-2).view(1, -1, 1, 1) * s.view(1, -1, 1, 1) + b.view(1, -1, 1, 1)
    dims = {"x": (2, 2, 2, 3), "s": (2,), "b": (2,), "m": (2,), "v": (2,)}
    row(kind, "BatchNormalization with running statistics", by_hand, values={"v": [0.5, 2.0]}, **dims)
    row(kind, "BatchNormalization of rows", lambda x, s, b, m, v: (x - m) / torch.sqrt(v + 1e-5) * s + b, values={"v": [0.5, 2.0]}, **{**dims, "x": (3, 2)})
    by_batch = lambda x, s, b: F.batch_norm(x, torch.zeros(2), torch.ones(2), s, b, True, 0.1, 1e-2)
    shapes = {"x": (2, 2, 2, 3), "s": (2,), "b": (2,)}
    row(kind, "BatchNormalization with batch statistics", by_batch, **shapes)
    row(kind, "BatchNormalization that gives the moments of the batch", by_batch, **shapes)
    row(kind, "InstanceNormalization", lambda x, s, b: F.instance_norm(x, None, None, s, b, eps=1e-2), x=(2, 2, 2, 3), s=(2,), b=(2,))
    row(kind, "InstanceNormalization of one dimension", lambda x, s, b: F.instance_norm(x, None, None, s, b), x=(2, 2, 4), s=(2,), b=(2,))
    row(kind, "LayerNormalization over the last axis", lambda x, s, b: F.layer_norm(x, (4,), s, b), x=(2, 3, 4), s=(4,), b=(4,))
    row(kind, "LayerNormalization over two axes without a shift", lambda x, s: F.layer_norm(x, (3, 2), s, None, 1e-2), x=(2, 3, 2), s=(3, 2))
    row(kind, "GroupNormalization", lambda x, s, b: F.group_norm(x, 2, s, b), x=(2, 4, 3), s=(4,), b=(4,))
    row(kind, "GroupNormalization of opset 18", lambda x, s, b: F.group_norm(x, 2, s.repeat_interleave(2), b.repeat_interleave(2)), x=(2, 4, 2, 2), s=(2,), b=(2,))
    row(kind, "LpNormalization by L2", lambda x: F.normalize(x, dim=-1), x=(2, 4))
    row(kind, "LpNormalization by L1", lambda x: F.normalize(x, p=1, dim=1), x=(2, 3, 2))
    row(kind, "RMSNormalization", lambda x, s: F.rms_norm(x, (4,), s, 1e-5), x=(2, 3, 4), s=(4,))


def reductions():
    kind = "reductions"
    row(kind, "ReduceSum of all", lambda x: x.sum(), x=(2, 3))
    row(kind, "ReduceSum keeps axes", lambda x: x.sum((0, 2), keepdim=True), x=(2, 3, 2))
    row(kind, "ReduceSum drops axes", lambda x: x.sum((2, 0)), x=(2, 3, 2))
    row(kind, "ReduceMean drops axes", lambda x: x.mean((1, 2)), x=(2, 3, 2))
    row(kind, "ReduceMean keeps axes", lambda x: x.mean(-1, keepdim=True), x=(2, 3))


    row(kind, "ReduceSum over axes of its second input, none of them", lambda x: x * 1, x=(2, 3))
    row(kind, "ReduceSumSquare", lambda x: (x * x).sum(1), x=(2, 3))
    row(kind, "ReduceL1", lambda x: x.abs().sum(1), x=(2, 3))
    row(kind, "ReduceL2", lambda x: x.norm(dim=0, keepdim=True), x=(2, 3))
    row(kind, "ReduceLogSum", lambda x: x.sum(1).log(), low=0.25, x=(2, 3))
    row(kind, "ReduceLogSumExp", lambda x: x.logsumexp((0, 2)), x=(2, 3, 2))
    row(kind, "ReduceProd", lambda x: x.prod(1), x=(2, 3))
    row(kind, "ReduceProd with zeros", lambda x: x.prod(1), values={"x": [0.0, 2.0, 3.0, 0.0, 0.0, 1.5]}, x=(2, 3))
    row(kind, "ReduceMax", lambda x: x.amax((1, 2)), x=(2, 3, 2))
    row(kind, "ReduceMin keeps axes", lambda x: x.amin(0, keepdim=True), x=(3, 2))
    row(kind, "ReduceMax of equal values", lambda x: x.amax(1), values={"x": [1.0, 1.0, 0.0, 0.0, 2.0, 1.0]}, x=(2, 3))
    row(kind, "CumSum", lambda x: x.cumsum(1), x=(2, 4))
    row(kind, "CumSum from the end, without itself", lambda x: x.flip(1).cumsum(1).flip(1) - x, x=(2, 4))
    row(kind, "TopK", lambda x: x.topk(2, 1).values, x=(2, 5))


def selection():
    kind = "selection"
    index = lambda *values: torch.tensor(values)
    row(kind, "Where broadcasts", lambda a, b: torch.where(torch.tensor([[True], [False]]), a, b), a=(2, 3), b=(3,))
    row(kind, "Slice", lambda x: x[1:3, :, 2:], x=(4, 2, 5))
    row(kind, "Slice counted from the end", lambda x: x[:, -3:-1], x=(2, 5))
    row(kind, "Slice with steps", lambda x: x[:, 1::2, ::3], x=(2, 5, 4))
    row(kind, "Slice backwards", lambda x: x.flip(1)[:, 1::2], x=(2, 6))
    row(kind, "Gather of one index drops the axis", lambda x: x[:, 1], x=(2, 3, 2))
    row(kind, "Gather of the last", lambda x: x[:, -1], x=(2, 3))
    row(kind, "Gather of distinct indices", lambda x: x[:, [2, 0]], x=(2, 3, 2))
    row(kind, "Gather of repeated indices", lambda x: x[[1, 1, 0, -1]], x=(3, 2))
    row(kind, "Gather by a matrix of indices", lambda x: x[:, index(0, 2, 2, 1).view(2, 2)], x=(2, 3))
    row(kind, "Gather by indices that the graph computes", lambda x: x[index(1, 1, 0)], x=(3, 2))
    row(kind, "Gather from a long table", lambda x: x[index(1, 1027, 1, 3)][:, :1], x=(1028, 1))
    row(kind, "GatherElements of one for each row", lambda x: x.gather(1, index(2, 0).view(2, 1)), x=(2, 3))
    row(kind, "GatherElements of several", lambda x: x.gather(1, index(2, 2, 0, 1).view(2, 2)), x=(2, 3))
    row(kind, "GatherElements from some rows", lambda x: x.gather(1, index(2).view(1, 1)), x=(2, 3))
    row(kind, "GatherND", lambda x: x[index(0, 1, 1), index(2, 0, 0)], x=(2, 3, 2))
    row(kind, "ScatterElements overwrites", lambda x, u: x.scatter(1, index(2, 0).view(2, 1), u), x=(2, 3), u=(2, 1))
    row(kind, "ScatterElements adds", lambda x, u: x.scatter_add(1, index(1, 1, 0, 2).view(2, 2), u), x=(2, 3), u=(2, 2))
    row(kind, "ScatterND overwrites", lambda x, u: torch.cat([u, x[1:2]]).index_select(0, index(1, 2, 0)), x=(3, 2), u=(2, 2))
    row(kind, "ScatterND adds", lambda x, u: x.index_add(0, index(1, 1), u), x=(3, 2), u=(2, 2))


def resampling():
    kind = "resampling"
    resize = lambda **how: lambda x: F.interpolate(x, **how)
    row(kind, "Resize to the nearest, twice as large", resize(scale_factor=2), x=(1, 2, 2, 3))
    row(kind, "Resize to the nearest, smaller", resize(size=(2, 3)), x=(1, 1, 5, 4))
    row(kind, "Resize to the nearest center", resize(size=(3, 5), mode="nearest-exact"), x=(1, 1, 5, 3))
    row(kind, "Resize linearly", resize(size=(5, 3), mode="bilinear"), x=(1, 2, 3, 4))
    row(kind, "Resize linearly with corners aligned", resize(size=(5, 3), mode="bilinear", align_corners=True), x=(1, 1, 3, 4))
    row(kind, "Resize linearly in one dimension", resize(scale_factor=2, mode="linear"), x=(1, 2, 3))
    row(kind, "Resize linearly in three dimensions", resize(size=(2, 3, 4), mode="trilinear"), x=(1, 1, 3, 2, 2))
    row(kind, "Resize by cubics", resize(size=(6, 3), mode="bicubic"), x=(1, 1, 4, 5))
    row(kind, "Pad by a constant", lambda x: F.pad(x, (1, 2, 0, 1), value=3.0), x=(2, 2, 3))
    row(kind, "Pad that cuts off", lambda x: F.pad(x, (-1, 1)), x=(2, 4))
    row(kind, "Pad that reflects", lambda x: F.pad(x, (1, 2, 2, 0), mode="reflect"), x=(1, 1, 3, 4))
    row(kind, "Pad that repeats the edge", lambda x: F.pad(x, (1, 2, 0, 1), mode="replicate"), x=(1, 1, 2, 3))
    row(kind, "Pad that wraps around", lambda x: F.pad(x, (1, 2), mode="circular"), x=(1, 2, 3))


def shapes():
    kind = "shapes"
    row(kind, "Reshape", lambda x: x.reshape(3, 2), x=(2, 3))
    row(kind, "Flatten", lambda x: x.flatten(1), x=(2, 3, 2))
    row(kind, "Transpose by a permutation", lambda x: x.permute(2, 0, 1), x=(2, 3, 4))
    row(kind, "Transpose reverses", lambda x: x.permute(2, 1, 0), x=(2, 3, 4))
    row(kind, "Squeeze", lambda x: x.squeeze(1), x=(2, 1, 3))
    row(kind, "Unsqueeze", lambda x: x[:, None, :, None], x=(2, 3))
    row(kind, "Identity", lambda x: x * 1, x=(3,))
    row(kind, "Dropout outside of training", lambda x: x * 1, x=(3,))
    row(kind, "Cast there and back", lambda x: x * 1, x=(3,))
    row(kind, "Cast to integers is flat", lambda x: x * torch.trunc(x).detach(), x=(4,))
    row(kind, "Expand along axes and to more of them", lambda x: x.expand(2, 3, 4), x=(3, 1))
    row(kind, "Tile", lambda x: x.repeat(2, 1, 3), x=(2, 3, 2))
    row(kind, "Concat", lambda a, b, c: torch.cat([a, b, c], 1), a=(2, 1), b=(2, 3), c=(2, 2))
    row(kind, "Concat of a value with itself, from the end", lambda a: torch.cat([a, a], -1), a=(2, 3))
    row(kind, "Split into equal parts", lambda x: x[:, :2] * x[:, 2:], x=(2, 4))
    row(kind, "Split of which one part is not used", lambda x: x[1:3] * 2, x=(6, 2))
    row(kind, "Split by an attribute", lambda x: x[:1] + x[1:].sum(), x=(3,))
    row(kind, "DepthToSpace by depth, column, row", lambda x: x.view(1, 2, 2, 2, 2, 1).permute(0, 3, 4, 1, 5, 2).reshape(1, 2, 4, 2), x=(1, 8, 2, 1))
    row(kind, "DepthToSpace by column, row, depth", lambda x: F.pixel_shuffle(x, 2), x=(1, 8, 2, 1))
    row(kind, "SpaceToDepth", lambda x: x.view(1, 2, 2, 2, 1, 2).permute(0, 3, 5, 1, 2, 4).reshape(1, 8, 2, 1), x=(1, 2, 4, 2))
    row(kind, "Trilu above the diagonal", lambda x: x.triu(1), x=(3, 3))
    row(kind, "Trilu below the diagonal", lambda x: x.tril(), x=(2, 3))


for part in (arithmetic, activations, products, convolutions, pooling, normalizations, reductions, selection, resampling, shapes):
    part()
for kind, rows in kinds.items():
    names = [entry["name"] for entry in rows]
    assert len(set(names)) == len(names), names
    head = {"script": "gradients.py", "torch": torch.__version__.split("+")[0], "rows": rows}
    path = pathlib.Path(__file__).with_name(f"gradients.{kind.replace(' ', '-')}.json")
    path.write_text(json.dumps(head, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
