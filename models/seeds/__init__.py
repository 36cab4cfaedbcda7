"""Seeds: data that can be put into a database of the platform. Importing this package registers all of them."""

from models.seeds.demo import demo
from models.seeds.registry import SEEDS, Report, Run, Seed, seed

__all__ = ["SEEDS", "Report", "Run", "Seed", "demo", "seed"]
