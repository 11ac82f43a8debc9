"""Random weights conditioned as trained ones are, so that gradients can be compared at all: rounding does not grow from
block to block, and no unit of the compared batch is within rounding of a kink, where there is no gradient."""

import torch
from torch import nn
from torch.nn.functional import batch_norm

from iresnet import Block
from resnet import Basic, Bottleneck

NORMALIZATIONS = (nn.BatchNorm1d, nn.BatchNorm2d)

# How far a unit's shift may be moved: small beside the unit variance of what it is added to.
REACH = 0.1


def damp_residuals(network):
    """Scales what a residual block adds by 0.2, on the way to the 0 of Goyal et al. 2017
    (https://arxiv.org/abs/1706.02677, section 5.1), at which nothing could be compared."""
    for module in network.modules():
        if isinstance(module, (Bottleneck, Block)):
            module.bn3.weight *= 0.2
        elif isinstance(module, Basic):
            module.bn2.weight *= 0.2


def clear_kinks(network, images):
    """Moves the shift of the normalization before each ReLU or PReLU, channel by channel, so that 0 is in the middle of
    the widest gap between the values there of these images, with running and with batch statistics."""
    latest, hooks = [], []

    def normalize(module, inputs, _):
        latest.append(module)
        return normalize_both(module, inputs[0])

    def clear(_, inputs):
        shift = shift_to_gap(inputs[0])
        latest[-1].bias += shift
        return inputs[0] + shift[:, None, None]

    for module in network.modules():
        if isinstance(module, NORMALIZATIONS):
            hooks.append(module.register_forward_hook(normalize))
        elif isinstance(module, (nn.ReLU, nn.PReLU)):
            hooks.append(module.register_forward_pre_hook(clear))
    network.eval()(torch.cat((images, images)))
    for hook in hooks:
        hook.remove()


def normalize_both(module, x):
    """The first half of the batch with running statistics, the second with its own."""
    running, own = x.chunk(2)
    affine = {"weight": module.weight, "bias": module.bias, "eps": module.eps}
    evaluated = batch_norm(running, module.running_mean, module.running_var, **affine)
    return torch.cat((evaluated, batch_norm(own, None, None, training=True, **affine)))


def shift_to_gap(x):
    """By channel, what to add to it so that no value is near 0."""
    limit = x.new_tensor([REACH])
    shifts = []
    for values in x.transpose(0, 1).flatten(1):
        ends = torch.cat((-limit, values[values.abs() < REACH].sort().values, limit))
        widest = ends.diff().argmax()
        shifts.append(-(ends[widest] + ends[widest + 1]) / 2)
    return torch.stack(shifts)
