"""A client's lists and what is to be known of them, in one folder and one archive that can be handed on."""

from audience_builder.packs.making import Pack, make_pack

__all__ = ["Pack", "make_pack"]
