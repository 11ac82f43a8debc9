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
    seed = draw(generator, output.shape, -1.0, 1.0)
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


def activations():
    kind = "activations"
    row(kind, "Relu", torch.relu, x=(3, 4))
    row(kind, "Relu at zero has no slope", torch.relu, values={"x": [0.0, 1.0, -1.0]}, x=(3,))
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
    row(kind, "Conv with SAME_UPPER", lambda x, w: F.conv2d(F.pad(x, (0, 1, 1, 1)), w, stride=2), x=(1, 1, 5, 4), w=(2, 1, 3, 3))


def pooling():
    row("pooling", "GlobalAveragePool", lambda x: x.mean((2, 3), keepdim=True), x=(2, 2, 3, 2))


def normalizations():
    kind = "normalizations"
    running = lambda x, s, b, m, v: F.batch_norm(x, m, v, s, b, False, 0, 1e-2)
    by_hand = lambda x, s, b, m, v: (x - m.view(1, -1, 1, 1)) / torch.sqrt(v + 1e-2).view(1, -1, 1, 1) * s.view(1, -1, 1, 1) + b.view(1, -1, 1, 1)
    dims = {"x": (2, 2, 2, 3), "s": (2,), "b": (2,), "m": (2,), "v": (2,)}
    row(kind, "BatchNormalization with running statistics", by_hand, values={"v": [0.5, 2.0]}, **dims)
    row(kind, "BatchNormalization of rows", lambda x, s, b, m, v: (x - m) / torch.sqrt(v + 1e-5) * s + b, values={"v": [0.5, 2.0]}, **{**dims, "x": (3, 2)})
    row(
        kind,
        "BatchNormalization with batch statistics",
        lambda x, s, b: F.batch_norm(x, torch.zeros(2), torch.ones(2), s, b, True, 0.1, 1e-2),
        x=(2, 2, 2, 3),
        s=(2,),
        b=(2,),
    )


def reductions():
    kind = "reductions"
    row(kind, "ReduceSum of all", lambda x: x.sum(), x=(2, 3))
    row(kind, "ReduceSum keeps axes", lambda x: x.sum((0, 2), keepdim=True), x=(2, 3, 2))
    row(kind, "ReduceSum drops axes", lambda x: x.sum((2, 0)), x=(2, 3, 2))
    row(kind, "ReduceMean drops axes", lambda x: x.mean((1, 2)), x=(2, 3, 2))
    row(kind, "ReduceMean keeps axes", lambda x: x.mean(-1, keepdim=True), x=(2, 3))


def shapes():
    kind = "shapes"
    row(kind, "Reshape", lambda x: x.reshape(3, 2), x=(2, 3))
    row(kind, "Flatten", lambda x: x.flatten(1), x=(2, 3, 2))
    row(kind, "Transpose by a permutation", lambda x: x.permute(2, 0, 1), x=(2, 3, 4))
    row(kind, "Transpose reverses", lambda x: x.permute(2, 1, 0), x=(2, 3, 4))
    row(kind, "Squeeze", lambda x: x.squeeze(1), x=(2, 1, 3))
    row(kind, "Unsqueeze", lambda x: x[:, None, :, None], x=(2, 3))
    row(kind, "Identity", lambda x: x * 1, x=(3,))


for part in (arithmetic, activations, products, convolutions, pooling, normalizations, reductions, shapes):
    part()
for kind, rows in kinds.items():
    names = [entry["name"] for entry in rows]
    assert len(set(names)) == len(names), names
    head = {"script": "gradients.py", "torch": torch.__version__.split("+")[0], "rows": rows}
    path = pathlib.Path(__file__).with_name(f"gradients.{kind}.json")
    path.write_text(json.dumps(head, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
