"""Writes trajectories.json: parameters after each of 12 steps of PyTorch's optimizers, and rates of its schedules.

The gradient of parameter p (two tensors, in double precision) is stiffness * (p - target) + .3 sin(3 p), which the test
computes too. Run in a virtual environment with torch (the version it was run with is in the file)."""

import json
import pathlib

import torch

torch.manual_seed(3)
STEPS, RATE = 12, 0.05
START = [torch.randn(5).float().double(), torch.randn(3).float().double()]
TARGET = [torch.randn(5).float().double(), torch.randn(3).float().double()]
STIFFNESS = [(1 + 3 * torch.rand(5)).float().double(), (1 + 3 * torch.rand(3)).float().double()]

CASES = [
    ("sgd", {}),
    ("sgd", {"weightDecay": 0.1}),
    ("sgd", {"momentum": 0.9, "weightDecay": 2e-4}),
    ("sgd", {"momentum": 0.8, "nesterov": True}),
    ("adam", {}),
    ("adam", {"betas": [0.8, 0.9], "epsilon": 1e-3, "weightDecay": 0.05}),
    ("adamw", {}),
    ("adamw", {"weightDecay": 0.2}),
    ("sam", {"rho": 0.05}),
    ("sam", {"rho": 0.5, "momentum": 0.9}),
]
KINDS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sam": torch.optim.SGD}
NAMES = {"weightDecay": "weight_decay", "epsilon": "eps"}


def differentiate(parameters):
    for parameter, target, stiffness in zip(parameters, TARGET, STIFFNESS):
        parameter.grad = (stiffness * (parameter - target) + 0.3 * torch.sin(3 * parameter)).detach()


@torch.no_grad()
def climb(parameters, rho):
    length = torch.cat([parameter.grad for parameter in parameters]).norm()
    steps = [rho * parameter.grad / (length + 1e-12) for parameter in parameters]
    for parameter, step in zip(parameters, steps):
        parameter += step
    return steps


@torch.no_grad()
def climb_down(parameters, steps):
    for parameter, step in zip(parameters, steps):
        parameter -= step


def run(kind, options):
    parameters = [torch.nn.Parameter(start.clone()) for start in START]
    given = {NAMES.get(name, name): value for name, value in options.items() if name != "rho"}
    optimizer = KINDS[kind](parameters, lr=RATE, **given)
    trajectory = []
    for _ in range(STEPS):
        differentiate(parameters)
        if kind == "sam":
            steps = climb(parameters, options["rho"])
            differentiate(parameters)
            climb_down(parameters, steps)
        optimizer.step()
        trajectory.append([flat(parameter) for parameter in parameters])
    return {"optimizer": kind, "options": options, "trajectory": trajectory}


def flat(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().flatten().tolist()]


def rates(make, count=30):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = make(optimizer)
    found = []
    for _ in range(count):
        found.append(float(f"{optimizer.param_groups[0]['lr']:.8g}"))
        optimizer.step()
        scheduler.step()
    return found


schedulers = torch.optim.lr_scheduler
SCHEDULES = {
    "cosine": lambda o: schedulers.CosineAnnealingLR(o, T_max=29, eta_min=0.002),
    "stepped": lambda o: schedulers.MultiStepLR(o, milestones=[7, 20], gamma=0.3),
    "warmedUp": lambda o: schedulers.SequentialLR(
        o,
        [schedulers.LinearLR(o, start_factor=0.1, total_iters=6), schedulers.CosineAnnealingLR(o, T_max=24)],
        milestones=[6],
    ),
}

table = {
    "source": f"torch {torch.__version__}, oracle/trajectories.py",
    "rate": RATE,
    "start": [flat(value) for value in START],
    "target": [flat(value) for value in TARGET],
    "stiffness": [flat(value) for value in STIFFNESS],
    "cases": [run(*case) for case in CASES],
    "schedules": {name: rates(make) for name, make in SCHEDULES.items()},
}
pathlib.Path(__file__).parent.joinpath("trajectories.json").write_text(json.dumps(table) + "\n")
