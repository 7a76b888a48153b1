"""Who was erased, as digests in the state folder: never sent again, by anybody who reads this record."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from audience_builder.delivery.audit.chain import Step
from audience_builder.delivery.audit.journal import Journal
from audience_builder.delivery.audit.occasion import Occasion
from audience_builder.delivery.store import DATABASE
from audience_builder.tombstones import Tombstones

__all__ = ["Burials", "tombstones_in"]


class Burials(Journal):
    """The part of the state store that remembers erased people."""

    def bury_people(self, people: Tombstones) -> None:
        """Remember people by their identifiers, so that no later run takes them for customers."""
        with self._transaction() as database:
            database.executemany(
                "INSERT OR IGNORE INTO erased_people (kind, digest, erased_at) VALUES (?, ?, ?)",
                [(kind, digest, self._clock()) for kind, digest in people.pairs()],
            )

    def erased_people(self) -> Tombstones:
        """Everybody erased so far."""
        rows = self._database.execute("SELECT kind, digest FROM erased_people")
        return Tombstones.of((row["kind"], row["digest"]) for row in rows)

    def bury(self, platform: str, digests: Iterable[str], occasion: Occasion | None = None) -> int:
        """Remember digests as a platform gets them, so that no later run sends them there; the log's entry of it."""
        listed = sorted(digests)
        with self._transaction() as database:
            database.executemany(
                "INSERT OR IGNORE INTO tombstones (platform, digest, erased_at) VALUES (?, ?, ?)",
                [(platform, digest, self._clock()) for digest in listed],
            )
            told = {"platform": platform, "digests": listed}
            return self._log(database, Step.BURIED, {**(occasion or Occasion()).document(), **told})

    def tombstones(self, platform: str) -> list[str]:
        """Digests of erased people, as the platform gets them."""
        rows = self._database.execute("SELECT digest FROM tombstones WHERE platform = ?", (platform,))
        return [row["digest"] for row in rows]


def tombstones_in(folder: Path) -> Tombstones:
    """Everybody erased from the record in a folder; nobody where there is no record. None is made.

    Raises:
        ConfigError: The record is damaged, or was written by a newer version.
    """
    if not (folder / DATABASE).exists():
        return Tombstones()
    with closing(Burials(folder, clock=lambda: 0.0)) as record:
        return record.erased_people()
