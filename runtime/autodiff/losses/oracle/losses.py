"""Writes losses.json beside the losses: each loss and its gradients as PyTorch computes them, in double precision.

A case is {loss, options, inputs: {name: {dims, values}}, labels, losses, gradients: {name: values}}; gradients are those
of the mean of the losses. Run in a virtual environment with torch (the version it was run with is in the file)."""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(7)


def softened(logits, clip):
    p = logits.softmax(1).clamp(max=clip)
    return -(p * torch.log(p / (1 - p) + 1e-5)).sum(1)


def arcface(embeddings, centers, labels, scale, margin):
    cosines = F.normalize(embeddings) @ F.normalize(centers).T
    own = cosines.gather(1, labels[:, None])
    pushed = torch.where(
        own > math.cos(math.pi - margin), torch.cos(torch.acos(own) + margin), own - margin * math.sin(margin)
    )
    return F.cross_entropy(scale * cosines.scatter(1, labels[:, None], pushed), labels, reduction="none")


def nt_xent(first, second, temperature):
    views = F.normalize(torch.cat([first, second]))
    similarities = (views @ views.T / temperature).fill_diagonal_(-math.inf)
    count = len(first)
    return F.cross_entropy(similarities, (torch.arange(2 * count) + count) % (2 * count), reduction="none")


def consistency(logits, teacher):
    return F.cross_entropy(logits, teacher.softmax(1), reduction="none")


LOSSES = {
    "entropy": lambda logits: torch.distributions.Categorical(logits=logits).entropy(),
    "softLikelihoodRatio": softened,
    "crossEntropy": lambda logits, labels, smoothing: F.cross_entropy(
        logits, labels, label_smoothing=smoothing, reduction="none"
    ),
    "consistency": consistency,
    "symmetricCrossEntropy": lambda logits, teacher, alpha: (1 - alpha) * consistency(logits, teacher)
    + alpha * consistency(teacher, logits),
    "klDivergence": lambda p, q: F.kl_div(q.log_softmax(1), p.log_softmax(1), reduction="none", log_target=True).sum(1),
    "arcFace": arcface,
    "ntXent": nt_xent,
}


def rows(count, width, spread=2.0):
    return (spread * torch.randn(count, width)).float().double()


def facing(angles, width):
    """Embeddings at these angles to centers that are given back with them: the label of each row is its place."""
    centers = F.normalize(rows(len(angles), width))
    away = torch.randn_like(centers)
    away = F.normalize(away - (away * centers).sum(1, keepdim=True) * centers)
    angles = torch.tensor(angles, dtype=torch.float64)[:, None]
    embeddings = 3 * (angles.cos() * centers + angles.sin() * away)
    return embeddings.float().double(), (2 * centers).float().double(), torch.arange(len(angles))


FACES = facing([0.3, 1.2, 2.5, 2.8, 3.0], 6)
certain = rows(4, 5)
certain[0, 2], certain[1, 0] = 30.0, 8.0

CASES = [
    ("entropy", {}, {"logits": rows(6, 7)}, None),
    ("entropy", {}, {"logits": certain}, None),
    ("softLikelihoodRatio", {"clip": 0.99}, {"logits": rows(6, 7)}, None),
    ("softLikelihoodRatio", {"clip": 0.9}, {"logits": certain}, None),
    ("crossEntropy", {"smoothing": 0.0}, {"logits": rows(4, 5)}, torch.tensor([0, 4, 2, 2])),
    ("crossEntropy", {"smoothing": 0.1}, {"logits": certain}, torch.tensor([2, 1, 0, 3])),
    ("consistency", {}, {"logits": rows(4, 5), "teacher": rows(4, 5)}, None),
    ("symmetricCrossEntropy", {"alpha": 0.5}, {"logits": rows(4, 5), "teacher": rows(4, 5)}, None),
    ("symmetricCrossEntropy", {"alpha": 0.2}, {"logits": rows(3, 9), "teacher": rows(3, 9)}, None),
    ("klDivergence", {}, {"p": rows(4, 5), "q": rows(4, 5)}, None),
    ("arcFace", {"scale": 64.0, "margin": 0.5}, {"embeddings": FACES[0], "centers": FACES[1]}, FACES[2]),
    (
        "arcFace",
        {"scale": 16.0, "margin": 0.3},
        {"embeddings": rows(5, 8), "centers": rows(3, 8)},
        torch.tensor([2, 0, 1, 1, 0]),
    ),
    ("ntXent", {"temperature": 0.5}, {"first": rows(4, 6), "second": rows(4, 6)}, None),
    ("ntXent", {"temperature": 0.1}, {"first": rows(3, 8), "second": rows(3, 8)}, None),
]


def compute(loss, options, inputs, labels):
    leaves = {name: value.clone().requires_grad_(True) for name, value in inputs.items()}
    given = {} if labels is None else {"labels": labels}
    losses = LOSSES[loss](**leaves, **given, **options)
    losses.mean().backward()
    return {
        "loss": loss,
        "options": options,
        "inputs": {name: {"dims": list(value.shape), "values": flat(value)} for name, value in inputs.items()},
        **({} if labels is None else {"labels": labels.tolist()}),
        "losses": flat(losses),
        "gradients": {name: flat(value.grad) for name, value in leaves.items()},
    }


def flat(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


table = {"source": f"torch {torch.__version__}, oracle/losses.py", "cases": [compute(*case) for case in CASES]}
pathlib.Path(__file__).parent.joinpath("losses.json").write_text(json.dumps(table) + "\n")
