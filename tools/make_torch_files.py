"""Write the files of PyTorch in ``tests/corpus/weights``, and what PyTorch itself reads of them.

Needs PyTorch 2.4 or newer, which the project does not: run it where that is installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "corpus" / "weights"
#: Types that NumPy lacks, which are read as float32.
_WIDENED = (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)


def main() -> None:
    """Write the same tensors in every form."""
    FOLDER.mkdir(exist_ok=True)
    held = tensors()
    expected: dict[str, Any] = {name: as_array(tensor) for name, tensor in held.items()}
    np.savez_compressed(FOLDER / "torch.npz", **expected)
    torch.save(held, FOLDER / "torch.pth")
    torch.save(held, FOLDER / "torch_protocol_4.pth", pickle_protocol=4)
    torch.save(held, FOLDER / "torch_legacy.pth", _use_new_zipfile_serialization=False)
    training = {
        "epoch": 3,
        "state_dict": {f"module.{name}": tensor for name, tensor in held.items()},
        "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 0.1}]},
    }
    torch.save(training, FOLDER / "torch_training.pth")
    torch.save(torch.nn.Conv2d(1, 1, 1), FOLDER / "torch_module.pth")


def tensors() -> dict[str, Any]:
    """A state dictionary, and tensors of every type and look at a storage."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    numbers = torch.arange(60.0).reshape(3, 4, 5)
    noted = torch.nn.Parameter(torch.ones(3))
    noted.note = "an attribute"
    bits = torch.arange(256, dtype=torch.uint8)
    return {
        **module.state_dict(),
        "whole": numbers,
        "turned": numbers.permute(2, 0, 1),
        "row": numbers[1],
        "column": numbers[:, :, 2],
        "steps": numbers[::2, 1:, ::3],
        "repeated": numbers[:1, :1, 1:2].expand(3, 4, 5),
        "channels_last": numbers.reshape(1, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        "scalar": torch.tensor(3.0),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(numbers[0]),
        "noted": noted,
        "bool": torch.tensor([True, False]),
        "int8": torch.arange(-3, 3, dtype=torch.int8),
        "int16": torch.arange(-3, 3, dtype=torch.int16),
        "int32": torch.arange(-3, 3, dtype=torch.int32),
        "uint8": bits,
        "uint16": torch.tensor([1, 60_000], dtype=torch.uint16),
        "uint32": torch.tensor([1, 1 << 31], dtype=torch.uint32),
        "uint64": torch.tensor([1, 1 << 40], dtype=torch.uint64),
        "float64": numbers.double() / 7,
        "float16": numbers.half() / 7,
        "bfloat16": (numbers / 7).bfloat16(),
        "complex64": numbers.to(torch.complex64) * 1j,
        "float8_e4m3fn": bits.view(torch.float8_e4m3fn),
        "float8_e5m2": bits.view(torch.float8_e5m2),
    }


def as_array(tensor: Any) -> np.ndarray[Any, Any]:
    """The values of a tensor, as PyTorch has them."""
    tensor = tensor.detach()
    array: np.ndarray[Any, Any] = (tensor.float() if tensor.dtype in _WIDENED else tensor).numpy()
    return array


if __name__ == "__main__":
    main()
