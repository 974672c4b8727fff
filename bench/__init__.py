"""Every promised figure, measured: `python -m bench NAME`. A bench is a module here with `run(full: bool = False) -> list[Figure]`."""

from dataclasses import dataclass


@dataclass
class Figure:
    """One measured figure and its bound; without a bound it is for information and holds."""

    bench: str
    figure: str
    value: float
    unit: str
    bound: float | None
    holds: bool
