"""Seeds: found in a project without running it, tried in a transaction that is rolled back, run in one that is not."""

from nexus_studio.services.seeding.service import DEFAULT_SEED, SeedService

__all__ = ["DEFAULT_SEED", "SeedService"]
