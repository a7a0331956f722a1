"""The blocks by which a page embeds what people do: one per kind of activity."""

from .forum.blocks import ForumBlock

ACTIVITY_BLOCKS = [("forum", ForumBlock())]
