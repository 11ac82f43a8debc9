"""Fifty steps of TENT and of EATA (https://arxiv.org/abs/2204.02610) on ResNet-18 as PyTorch takes them.

Standard input: {"stream": where to write the pictures, "batch", "steps"}. Standard output: {"classes", "labels": [[...]],
"fisherWeight", "normalized": trajectories, "folded": trajectories}, those of the network as it is and with its normalizations
folded and put back; trajectories are {"margins": {"entropy", "similarity"}, "tent", "eata", "withoutAnchor"}: each {"losses", "errors", "kept"?},
and how far the losses of EATA are off without its anchor, relatively.
The pictures are noisy, the labels what the network says of them without noise. The margins are between those that the
samples of the first batch have, so that a part of them is kept."""

import copy
import json
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "models"))

from networks import build, images  # noqa: E402
from tensor_file import write_tensors  # noqa: E402

# So strong that a curve without the anchor is another one.
FISHER_WEIGHT = 1e4
EATA_RATE = 1e-2


def main():
    request = json.load(sys.stdin)
    batch, steps = request["batch"], request["steps"]
    generator = torch.Generator().manual_seed(11)
    network = build("resnet18")
    clean = [images(batch, generator) for _ in range(steps)]
    stream = [1.4 * pictures + 0.5 * torch.randn(pictures.shape, generator=generator) for pictures in clean]
    with torch.no_grad():
        labels = [network(pictures).argmax(1) for pictures in clean]
    write_tensors(request["stream"], {f"batch.{step}": pictures for step, pictures in enumerate(stream)} | {"source": clean[0]})
    trajectories = lambda network: trajectories_of(network, stream, labels, clean[0])
    result = {
        "classes": 1000,
        "labels": [values.tolist() for values in labels],
        "fisherWeight": FISHER_WEIGHT,
        "rate": EATA_RATE,
        "normalized": trajectories(network),
        "folded": trajectories(restored(network, clean[0])),
    }
    json.dump(result, sys.stdout)


def trajectories_of(network, stream, labels, source_pictures):
    margins = choose_margins(network, stream[0])
    anchored = eata(network, stream, labels, margins, source_pictures, FISHER_WEIGHT)
    free = eata(network, stream, labels, margins, source_pictures, 0.0)
    curves = zip(anchored["losses"], free["losses"], strict=True)
    return {
        "margins": margins,
        "tent": tent(network, stream, labels),
        "eata": anchored,
        "withoutAnchor": max(abs(a - b) / max(a, 1e-6) for a, b in curves),
    }


def restored(network, pictures):
    """The network with its normalizations folded into the convolutions, and behind each of these one that does nothing
    to what it is on the pictures."""
    network = copy.deepcopy(network)
    of_kind = lambda kind: [name for name, module in network.named_modules() if isinstance(module, kind)]
    seen = {}
    # A normalization follows its convolution in the order of modules.
    for conv, norm in zip(of_kind(nn.Conv2d), of_kind(nn.BatchNorm2d), strict=True):
        network.set_submodule(conv, fuse_conv_bn_eval(network.get_submodule(conv), network.get_submodule(norm)))
        network.set_submodule(norm, nn.Identity())
        network.get_submodule(norm).register_forward_hook(lambda _, given, __, norm=norm: seen.update({norm: given[0]}))
    with torch.no_grad():
        network(pictures)
        for norm, values in seen.items():
            variance, mean = torch.var_mean(values.double(), (0, 2, 3), correction=0)
            normalization = nn.BatchNorm2d(len(mean)).eval()
            normalization.weight.copy_((variance + normalization.eps).sqrt())
            normalization.bias.copy_(mean)
            normalization.running_mean.copy_(mean)
            normalization.running_var.copy_(variance)
            network.set_submodule(norm, normalization)
    return network


def adaptable(network):
    network = copy.deepcopy(network).train()
    network.requires_grad_(False)
    parameters = {}
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.track_running_stats, module.running_mean, module.running_var = False, None, None
            for kind in ("weight", "bias"):
                parameters[f"{name}.{kind}"] = getattr(module, kind).requires_grad_(True)
    return network, parameters


def entropy(logits):
    return -(logits.softmax(1) * logits.log_softmax(1)).sum(1)


def choose_margins(network, pictures):
    network, _ = adaptable(network)
    with torch.no_grad():
        logits = network(pictures)
    p = logits.softmax(1)
    similarity = F.cosine_similarity(p.mean(0, keepdim=True), p)
    return {"entropy": between(entropy(logits), 0.65), "similarity": between(similarity, 0.8)}


def between(values, quantile):
    values = values.sort().values
    place = int(quantile * (len(values) - 1))
    return float((values[place] + values[place + 1]) / 2)


def wrong(logits, labels):
    return int((logits.argmax(1) != labels).sum())


def tent(network, stream, labels):
    network, parameters = adaptable(network)
    optimizer = torch.optim.Adam(parameters.values(), lr=1e-3)
    losses, errors = [], 0
    for step, pictures in enumerate(stream):
        logits = network(pictures)
        loss = entropy(logits).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        errors += wrong(logits, labels[step])
        print(f"TENT, step {step + 1}", file=sys.stderr)
    return {"losses": losses, "errors": errors}


def fisher_of(network, pictures):
    network, parameters = adaptable(network)
    logits = network(pictures)
    F.cross_entropy(logits, logits.argmax(1)).backward()
    return {name: parameter.grad**2 for name, parameter in parameters.items()}


def eata(network, stream, labels, margins, source_pictures, weight):
    fisher = fisher_of(network, source_pictures)
    network, parameters = adaptable(network)
    source = {name: parameter.detach().clone() for name, parameter in parameters.items()}
    optimizer = torch.optim.SGD(parameters.values(), lr=EATA_RATE, momentum=0.9)
    losses, kept, errors, lately = [], [], 0, None
    for step, pictures in enumerate(stream):
        logits = network(pictures)
        errors += wrong(logits, labels[step])
        entropies, p = entropy(logits), logits.softmax(1).detach()
        chosen = entropies < margins["entropy"]
        if lately is not None:
            chosen &= F.cosine_similarity(lately[None], p).abs() < margins["similarity"]
        kept.append(int(chosen.sum()))
        print(f"EATA, step {step + 1}: {kept[-1]} kept", file=sys.stderr)
        if not chosen.any():
            losses.append(0.0)
            continue
        mean = p[chosen].mean(0)
        lately = mean if lately is None else 0.9 * lately + 0.1 * mean
        loss = (entropies[chosen] * torch.exp(margins["entropy"] - entropies[chosen].detach())).mean()
        for name, parameter in parameters.items():
            loss = loss + weight * (fisher[name] * (parameter - source[name]) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "kept": kept, "errors": errors}


main()
