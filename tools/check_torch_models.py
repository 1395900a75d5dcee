"""Load state dicts of torchvision and timm, and compare the logits.

    python tools/check_torch_models.py write FOLDER [NAME ...]
    python tools/check_torch_models.py compare FOLDER [NAME ...]

`write` needs torch, torchvision and timm: it draws the weights and norm statistics of each model,
and saves its state dict, an input and its logits. `compare` needs TensorFlow: our spec reads the
state dict. It prints the largest deviation of the logits, as a share of the largest logit, and
exits with 1 if one is above 1e-5. The two may run in different environments.

GoogLeNet and timm's Xception pad in another way than TensorFlow, which a variant says here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

LARGEST_DEVIATION = 1e-5
_GOOGLENET = """
spec: 1
extends: inception_v1
name: GoogLeNet
override:
  Conv2d_1a_7x7: {set: {padding: 3}}
"""
_XCEPTION = """
spec: 1
extends: xception
name: Xception_timm
override:
  block*/pool: {set: {padding: 1}}
"""
#: By name: the library's model, its side in pixels, our spec, and the head that it has.
MODELS: dict[str, tuple[str, int, str, str]] = {
    "inception_v3": ("torchvision", 299, "inception_v3_torchvision", ""),
    "googlenet": ("torchvision", 224, _GOOGLENET, ""),
    "squeezenet1_1": ("torchvision", 224, "squeezenet", ""),
    "resnext50_32x4d": ("torchvision", 224, "resnext50", ""),
    "inception_v3.tf_in1k": ("timm", 299, "inception_v3_torchvision", "Logits"),
    "inception_v4": ("timm", 299, "inception_v4", "Logits"),
    "inception_resnet_v2": ("timm", 299, "inception_resnet_v2", "Logits"),
    "legacy_xception": ("timm", 299, _XCEPTION, ""),
}


def main(action: str, folder: Path, names: list[str]) -> int:
    """Write or compare; the exit code."""
    done = [ACTIONS[action](folder, name) for name in names or list(MODELS)]
    return int(max(done) > LARGEST_DEVIATION)


def write(folder: Path, name: str) -> float:
    """Save a model's state dict, an input and its logits."""
    import torch

    library, side, _, _ = MODELS[name]
    if library == "timm":
        import timm

        model = timm.create_model(name, pretrained=False)
    else:
        import torchvision

        own = {"aux_logits": name == "inception_v3", "transform_input": False}
        inception = name in ("inception_v3", "googlenet")
        options = {**own, "init_weights": False} if inception else {}
        model = getattr(torchvision.models, name)(weights=None, **options)
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if value.dim() > 1:
                drawn = torch.randn(value.shape, generator=draw) * (2 / value[0].numel()) ** 0.5
                value.copy_(drawn)
            elif key.endswith(("running_var", ".weight")):
                value.copy_(torch.rand(value.shape, generator=draw) + 0.5)
            elif value.is_floating_point():
                value.copy_(torch.randn(value.shape, generator=draw) * 0.1)
        images = torch.rand((1, 3, side, side), generator=draw) * 2 - 1
        logits = model.eval()(images)
    torch.save(model.state_dict(), folder / f"{name}.pth")
    arrays = {"images": images.numpy().transpose(0, 2, 3, 1), "logits": logits.numpy()}
    np.savez(folder / f"{name}.npz", **arrays)
    print(f"wrote {name}", flush=True)
    return 0.0


def compare(folder: Path, name: str) -> float:
    """The deviation of our network's logits."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import inceptionspec
    from inceptionspec.backends.keras import assign, build
    from inceptionspec.weights import load_weights

    _, _, reference, head = MODELS[name]
    network: Any = inceptionspec.load(reference, head=head or ())
    expected = np.load(folder / f"{name}.npz")
    found = load_weights(network.loaded, str(folder / f"{name}.pth"))
    model = build(network.graph, "Logits")
    assign(model, network.graph, found.arrays)
    logits = model.predict(expected["images"], verbose=0)
    deviation = float(np.abs(logits - expected["logits"]).max() / np.abs(expected["logits"]).max())
    counts = ", ".join(f"{what} {count}" for what, count in found.report.conversions.items())
    print(
        f"{name:22} {found.report.scheme:26} {len(found.report.matched):4} weights  "
        f"{deviation:.1e}  {counts}",
        flush=True,
    )
    return deviation


ACTIONS = {"write": write, "compare": compare}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
