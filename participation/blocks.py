"""The blocks by which a page embeds what people do: one per kind of activity."""

from .ballot.blocks import BallotBlock
from .forum.blocks import ForumBlock

ACTIVITY_BLOCKS = [("forum", ForumBlock()), ("ballot", BallotBlock())]
