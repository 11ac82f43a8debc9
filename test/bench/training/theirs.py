"""The same as ours.ts with PyTorch, eagerly: the task on the first line of standard input, then a turn for every line."""

import json
import pathlib
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "hack/parity/models"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "report"))

from networks import build  # noqa: E402
from peak import peak_memory  # noqa: E402


def pictures(task):
    count = task["batch"] * 3 * task["side"] ** 2
    places = torch.arange(count, dtype=torch.float64)
    values = torch.sin(places * 0.37) + torch.sin(places * 0.011)
    return values.float().reshape(task["batch"], 3, task["side"], task["side"])


def forward(network, task):
    image = pictures(task)

    def act():
        with torch.no_grad():
            network(image)

    return act


def adapt(network, task):
    network.train().requires_grad_(False)
    parameters = []
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.track_running_stats, module.running_mean, module.running_var = False, None, None
            parameters += [module.weight.requires_grad_(True), module.bias.requires_grad_(True)]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    image = pictures(task)

    def act():
        logits = network(image)
        loss = -(logits.softmax(1) * logits.log_softmax(1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return act


def train(network, task):
    network.train().requires_grad_(True)
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9, weight_decay=2e-4)
    image, labels = pictures(task), torch.arange(task["batch"])

    def act():
        optimizer.zero_grad()
        F.cross_entropy(network(image), labels).backward()
        optimizer.step()

    return act


def main():
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task["threads"])
    act = {"forward": forward, "adapt": adapt, "train": train}[task["work"]](build("resnet18"), task)
    for _ in sys.stdin:
        begun = time.process_time()
        act()
        spent = 1000 * (time.process_time() - begun)
        peak = peak_memory()
        print(json.dumps({"milliseconds": spent, "peak": peak}), flush=True)


main()
