"""Which device computes: CUDA, Apple's MPS or the CPU, chosen by itself and named in words."""

from .errors import UserError

KINDS = ("cuda", "mps", "cpu")


def choose_device(wanted: str | None = None) -> str:
    """The device of that name ("cuda", "cuda:1", "mps", "cpu"), or the fastest kind that this machine has.

    Raises:
        UserError: the device that was asked for is not there.
    """
    there = available_devices()
    if wanted is None or wanted == "auto":
        return there[0]
    kind, _, number = wanted.partition(":")
    if kind not in there or not (number == "" or (kind == "cuda" and number.isdigit() and int(number) < _gpus())):
        raise UserError(f"This machine has no device {wanted!r}. It has: {', '.join(there)}.")
    return wanted


def available_devices() -> list[str]:
    """The kinds of device that this machine has, the fastest first; the CPU is always there."""
    import torch

    found = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def device_in_words(device: str) -> str:
    """The device as a person reads it: "NVIDIA H200 (CUDA)", "Apple GPU (MPS)", "CPU, 2 threads"."""
    import torch

    match device.partition(":")[0]:
        case "cuda":
            return f"{torch.cuda.get_device_name(device)} (CUDA)"
        case "mps":
            return "Apple GPU (MPS)"
        case "cpu":
            threads = torch.get_num_threads()
            return f"CPU, {threads} thread{'s' if threads != 1 else ''}"
        case _:
            raise ValueError(f"There is no name for the device {device!r}.")


def _gpus() -> int:
    import torch

    return torch.cuda.device_count()
