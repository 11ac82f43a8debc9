"""Writes trajectories.json: a small network, and fifty steps of TENT and of EATA from it as PyTorch takes them.

The network is trained here on pictures that the test draws too: both make the same noise. EATA is written down from
its paper (https://arxiv.org/abs/2204.02610). Run in a virtual environment with torch (the version is in the file)."""

import base64
import copy
import json
import math
import pathlib

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

CLASSES, SIDE, BATCH, STEPS = 6, 12, 32, 50
ENTROPY_MARGIN, SIMILARITY_MARGIN, FISHER_WEIGHT = 0.4 * math.log(CLASSES), 0.6, 200.0


def noise(count, seed):
    """Numbers between -1 and 1: a linear congruential generator's, which is exact in every language."""
    state, values = seed, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state / 2**31 - 1)
    return torch.tensor(values, dtype=torch.float64)


PATTERNS = noise(CLASSES * 3 * 16, 1).reshape(CLASSES, 3, 4, 4).repeat_interleave(3, 2).repeat_interleave(3, 3)


def draw(count, seed, contrast=1.0, grain=1.2):
    """Pictures of a class's pattern under noise; the labels go round."""
    labels = (torch.arange(count) * 5 + seed) % CLASSES
    grains = noise(count * 3 * SIDE * SIDE, seed).reshape(count, 3, SIDE, SIDE)
    return (contrast * PATTERNS[labels] + grain * grains).float(), labels


def shifted(step):
    return draw(BATCH, 1000 + step, contrast=0.45, grain=1.6)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16)
        self.conv3, self.bn3 = nn.Conv2d(16, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        self.fc = nn.Linear(16, CLASSES)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        x = self.bn2(self.conv2(x)).relu()
        x = (self.bn3(self.conv3(x)) + x).relu()
        return self.fc(x.mean((2, 3)))


def train():
    torch.manual_seed(5)
    network = Network()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for step in range(120):
        pictures, labels = draw(64, 5000 + step)
        optimizer.zero_grad()
        F.cross_entropy(network(pictures), labels).backward()
        optimizer.step()
    return network.eval()


def adaptable(network):
    """The network normalizing by the batch, and its scales and shifts, in double precision."""
    network = copy.deepcopy(network).double().train()
    network.requires_grad_(False)
    parameters = {}
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.track_running_stats, module.running_mean, module.running_var = False, None, None
            for kind in ("weight", "bias"):
                parameters[f"{name}.{kind}"] = getattr(module, kind).requires_grad_(True)
    return network, parameters


def restored(network):
    """The network with its normalizations folded into the convolutions, and behind each of these one that does nothing
    to what was measured on four batches of the pictures that it knows."""
    network = copy.deepcopy(network)
    seen = {}
    for index in (1, 2, 3):
        setattr(network, f"conv{index}", fuse_conv_bn_eval(getattr(network, f"conv{index}"), getattr(network, f"bn{index}")))
        setattr(network, f"bn{index}", nn.Identity())
        getattr(network, f"bn{index}").register_forward_hook(lambda _, given, __, index=index: seen.setdefault(index, []).append(given[0]))
    with torch.no_grad():
        for batch in range(4):
            network(draw(BATCH, 9000 + batch)[0])
        for index, values in seen.items():
            variance, mean = torch.var_mean(torch.cat(values).double(), (0, 2, 3), correction=0)
            normalization = nn.BatchNorm2d(len(mean)).eval()
            normalization.weight.copy_((variance + normalization.eps).sqrt())
            normalization.bias.copy_(mean)
            normalization.running_mean.copy_(mean)
            normalization.running_var.copy_(variance)
            setattr(network, f"bn{index}", normalization)
    return network


def entropy(logits):
    return -(logits.softmax(1) * logits.log_softmax(1)).sum(1)


def wrong(logits, labels):
    return int((logits.argmax(1) != labels).sum())


def tent(network):
    network, parameters = adaptable(network)
    optimizer = torch.optim.Adam(parameters.values(), lr=1e-3)
    losses, errors = [], 0
    for step in range(STEPS):
        pictures, labels = shifted(step)
        logits = network(pictures.double())
        loss = entropy(logits).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        errors += wrong(logits, labels)
    return {"losses": rounded(losses), "errors": errors}


def fisher_of(network):
    network, parameters = adaptable(network)
    sums, batches = {name: 0 for name in parameters}, 4
    for batch in range(batches):
        logits = network(draw(BATCH, 8000 + batch)[0].double())
        network.zero_grad()
        F.cross_entropy(logits, logits.argmax(1)).backward()
        for name, parameter in parameters.items():
            sums[name] = sums[name] + parameter.grad**2 / batches
    return sums


def eata(network):
    fisher = fisher_of(network)
    network, parameters = adaptable(network)
    source = {name: parameter.detach().clone() for name, parameter in parameters.items()}
    optimizer = torch.optim.SGD(parameters.values(), lr=0.02, momentum=0.9)
    losses, kept, errors, lately = [], [], 0, None
    for step in range(STEPS):
        pictures, labels = shifted(step)
        logits = network(pictures.double())
        errors += wrong(logits, labels)
        entropies, p = entropy(logits), logits.softmax(1).detach()
        chosen = entropies < ENTROPY_MARGIN
        if lately is not None:
            chosen &= F.cosine_similarity(lately[None], p).abs() < SIMILARITY_MARGIN
        kept.append(int(chosen.sum()))
        if not chosen.any():
            losses.append(0.0)
            continue
        mean = p[chosen].mean(0)
        lately = mean if lately is None else 0.9 * lately + 0.1 * mean
        loss = (entropies[chosen] * torch.exp(ENTROPY_MARGIN - entropies[chosen].detach())).mean()
        for name, parameter in parameters.items():
            loss = loss + FISHER_WEIGHT * (fisher[name] * (parameter - source[name]) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    moved = {name: rounded((parameter - source[name]).tolist()) for name, parameter in parameters.items()}
    return {"losses": rounded(losses), "kept": kept, "errors": errors, "moved": moved}


def rounded(values):
    return [float(f"{value:.8g}") for value in values]


def encoded(tensor):
    return {"dims": list(tensor.shape), "base64": base64.b64encode(tensor.float().numpy().tobytes()).decode()}


network = train()
source_errors = sum(wrong(network(shifted(step)[0]), shifted(step)[1]) for step in range(STEPS))
table = {
    "source": f"torch {torch.__version__}, oracle/trajectories.py",
    "weights": {name: encoded(value) for name, value in network.state_dict().items() if value.dtype == torch.float32},
    "sourceErrors": source_errors,
    "tent": tent(network),
    "eata": eata(network),
    "restored": {"tent": tent(restored(network)), "eata": eata(restored(network))},
}
pathlib.Path(__file__).parent.joinpath("trajectories.json").write_text(json.dumps(table) + "\n")
print({"source": source_errors, "tent": table["tent"]["errors"], "eata": table["eata"]["errors"]}, table["eata"]["kept"])
