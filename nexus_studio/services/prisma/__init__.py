"""Prisma's migrations on one database: its folder, its ledger and its lock, read and written as Prisma does."""
