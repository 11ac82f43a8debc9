"""EfficientNet-B0 (Tan and Le 2019, https://arxiv.org/abs/1905.11946, table 1; dropout and drop connect left out)."""

from torch import nn


def conv(inputs, outputs, side, stride=1, groups=1, active=True):
    layers = [
        nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3),
    ]
    return nn.Sequential(*layers, nn.SiLU()) if active else nn.Sequential(*layers)


class SqueezeExcite(nn.Module):
    def __init__(self, width, squeezed):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(width, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, width, 1)
        self.silu, self.sigmoid = nn.SiLU(), nn.Sigmoid()

    def forward(self, x):
        return x * self.sigmoid(self.expand(self.silu(self.reduce(self.pool(x)))))


class MBConv(nn.Module):
    def __init__(self, inputs, outputs, side, stride, expansion):
        super().__init__()
        width = inputs * expansion
        self.expand = nn.Identity() if expansion == 1 else conv(inputs, width, 1)
        self.depthwise = conv(width, width, side, stride, groups=width)
        self.excite = SqueezeExcite(width, inputs // 4)
        self.project = conv(width, outputs, 1, active=False)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(self.excite(self.depthwise(self.expand(x))))
        return x + y if self.residual else y


class EfficientNet(nn.Module):
    # expansion, channels, repeats, stride, kernel
    stages = (
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    )

    def __init__(self, classes=1000):
        super().__init__()
        self.stem = conv(3, 32, 3, 2)
        blocks, inputs = [], 32
        for expansion, outputs, repeats, stride, side in self.stages:
            for place in range(repeats):
                blocks.append(MBConv(inputs, outputs, side, stride if place == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = conv(inputs, 1280, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(1280, classes)

    def forward(self, x):
        return self.classifier(self.pool(self.head(self.blocks(self.stem(x)))).flatten(1))
