"""MobileFaceNet (Chen et al. 2018, https://arxiv.org/abs/1804.07573, table 1)."""

from torch import nn


def conv(inputs, outputs, side, stride=1, border=0, groups=1, active=True):
    layers = [nn.Conv2d(inputs, outputs, side, stride, border, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.PReLU(outputs)) if active else nn.Sequential(*layers)


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        width = inputs * expansion
        self.expand = conv(inputs, width, 1)
        self.depthwise = conv(width, width, 3, stride, 1, groups=width)
        self.project = conv(width, outputs, 1, active=False)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class MobileFaceNet(nn.Module):
    # expansion, channels, repeats, stride
    stages = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))

    def __init__(self, embedding=128):
        super().__init__()
        self.stem = conv(3, 64, 3, 2, 1)
        self.depthwise = conv(64, 64, 3, 1, 1, groups=64)
        blocks, inputs = [], 64
        for expansion, outputs, repeats, stride in self.stages:
            for place in range(repeats):
                blocks.append(Bottleneck(inputs, outputs, stride if place == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = conv(inputs, 512, 1)
        self.global_depthwise = conv(512, 512, 7, groups=512, active=False)
        self.embedding = conv(512, embedding, 1, active=False)

    def forward(self, x):
        x = self.head(self.blocks(self.depthwise(self.stem(x))))
        return self.embedding(self.global_depthwise(x)).flatten(1)
