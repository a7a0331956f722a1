"""The blocks by which a page embeds what people do: one per kind of activity."""

from .ballot.blocks import BallotBlock
from .forum.blocks import ForumBlock
from .review.blocks import ReviewBlock

ACTIVITY_BLOCKS = [("forum", ForumBlock()), ("ballot", BallotBlock()), ("review", ReviewBlock())]
