"""The networks by name, with random weights that are the same at every run."""

import torch
from torch import nn

from conditioning import NORMALIZATIONS, clear_kinks, damp_residuals
from efficientnet import EfficientNet
from iresnet import iresnet50
from mobilefacenet import MobileFaceNet
from resnet import resnet18, resnet50
from vit import ViT

NETWORKS = {
    "resnet18": resnet18,
    "resnet50": resnet50,
    "iresnet50": iresnet50,
    "mobilefacenet": MobileFaceNet,
    "efficientnet-b0": EfficientNet,
    "vit": ViT,
}

SIDE = 112


def build(name):
    """The network in evaluation mode. Its BatchNormalizations have the moments of its own activations, a little off
    (so that evaluation and training mode differ), everything that is usually 0 or 1 at first is neither, and it is
    conditioned for the batch of sample()."""
    torch.manual_seed(1)
    network = NETWORKS[name]()
    with torch.no_grad():
        for module in network.modules():
            randomize(module)
        if name == "vit":
            nn.init.normal_(network.token, std=0.5)
            nn.init.normal_(network.position, std=0.5)
        damp_residuals(network)
        measure_moments(network)
        clear_kinks(network, sample()[0])
    return network.eval()


def randomize(module):
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5)
        nn.init.normal_(module.bias, std=0.1)
    elif isinstance(module, nn.PReLU):
        nn.init.uniform_(module.weight, 0.1, 0.4)
    elif isinstance(module, (*NORMALIZATIONS, nn.LayerNorm)):
        nn.init.uniform_(module.weight, 0.5, 1.2)
        nn.init.normal_(module.bias, std=0.2)


def measure_moments(network):
    normalizations = [module for module in network.modules() if isinstance(module, NORMALIZATIONS)]
    for module in normalizations:
        module.reset_running_stats()
        module.momentum = None  # the mean over all batches
    network.train()
    for _ in range(4 if normalizations else 0):
        network(images(8))
    for module in normalizations:
        module.running_mean += 0.1 * module.running_var.sqrt() * torch.randn_like(module.running_mean)
        module.running_var *= torch.empty_like(module.running_var).uniform_(0.8, 1.25)
        module.momentum = 0.1


def sample():
    """The batch that reference values are computed for, and the generator to draw what goes with it from."""
    generator = torch.Generator().manual_seed(2)
    return images(4, generator), generator


def images(count, generator=None):
    """Smooth noise over fine noise, about zero mean and unit variance, as normalized pictures are."""
    coarse = torch.randn(count, 3, 8, 8, generator=generator)
    smooth = nn.functional.interpolate(coarse, size=(SIDE, SIDE), mode="bicubic", align_corners=False)
    return smooth + 0.3 * torch.randn(count, 3, SIDE, SIDE, generator=generator)
