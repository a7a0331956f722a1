"""The words a page is written with. Meaning, never layout; flat, so that each can be translated and moved.

Each block draws its own wrapper, from templates/home/blocks/NAME.html.
"""

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import (
    CharBlock,
    ChoiceBlock,
    ListBlock,
    PageChooserBlock,
    RichTextBlock,
    StreamBlock,
    StructBlock,
    StructValue,
    TextBlock,
    URLBlock,
)
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page

from participation.blocks import ACTIVITY_BLOCKS

PROSE = ["bold", "italic", "ol", "ul", "link", "document-link"]
"""What rich text may hold: no headings, which are blocks, and no pictures, which are figures."""

NOTE_FEATURES = ["bold", "italic", "ol", "ul", "link"]
"""What a short field of a page may hold, as rich text."""


class HeadingValue(StructValue):
    @property
    def anchor(self) -> str:
        return slugify(self["text"])[:60] or "titre"


class HeadingBlock(StructBlock):
    text = CharBlock(label=_("text"), max_length=140)

    class Meta:
        icon = "title"
        label = _("Heading")
        group = _("Text")
        description = _("Begins a part of the page.")
        template = "home/blocks/heading.html"
        value_class = HeadingValue


class ParagraphBlock(RichTextBlock):
    class Meta:
        icon = "pilcrow"
        label = _("Text")
        group = _("Text")
        description = _("Paragraphs, lists and links.")
        template = "home/blocks/paragraph.html"


class QuoteBlock(StructBlock):
    text = TextBlock(label=_("words"))
    author = CharBlock(label=_("who said it"), required=False, help_text=_("A name people agreed to give, or a role."))

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        group = _("Text")
        description = _("What somebody said.")
        template = "home/blocks/quote.html"


class CalloutBlock(StructBlock):
    title = CharBlock(label=_("title"), required=False)
    text = RichTextBlock(label=_("text"), features=PROSE)

    class Meta:
        icon = "warning"
        label = _("To remember")
        group = _("Text")
        description = _("A point that must not be missed.")
        template = "home/blocks/callout.html"


class FigureBlock(StructBlock):
    image = ImageChooserBlock(label=_("picture"))
    alt = CharBlock(
        label=_("description for those who do not see it"),
        required=False,
        help_text=_("What the picture tells. Empty if it only decorates."),
    )
    caption = CharBlock(label=_("caption and author"), required=False)

    class Meta:
        icon = "image"
        label = _("Picture")
        group = _("Pictures and figures")
        description = _("A photograph or a drawing, with its caption.")
        template = "home/blocks/figure.html"


SCENES = [
    ("valley", _("the valley and the river")),
    ("market", _("a market stall")),
    ("meeting", _("a meeting under a plane tree")),
    ("village", _("a village on its rock")),
    ("bus-stop", _("a bus stop")),
]


class SceneValue(StructValue):
    @property
    def drawing(self) -> str:
        """The template of the drawing."""
        return f"components/scenes/{self['scene']}.html"


class SceneBlock(StructBlock):
    scene = ChoiceBlock(label=_("drawing"), choices=SCENES)
    caption = CharBlock(label=_("caption"), required=False)

    def get_searchable_content(self, value):
        """Its caption: what the drawing shows is not what the page is about."""
        return [value["caption"]] if value.get("caption") else []

    class Meta:
        icon = "image"
        label = _("Drawing of the territory")
        group = _("Pictures and figures")
        description = _("One of the site's own drawings, when there is no photograph.")
        template = "home/blocks/scene.html"
        value_class = SceneValue


class KeyFigureBlock(StructBlock):
    value = CharBlock(label=_("figure"), max_length=20)
    label = CharBlock(label=_("what it counts"), max_length=80)


class KeyFiguresBlock(StructBlock):
    title = CharBlock(label=_("title"), required=False)
    figures = ListBlock(KeyFigureBlock(), label=_("figures"), min_num=1, max_num=6)

    class Meta:
        icon = "order"
        label = _("Key figures")
        group = _("Pictures and figures")
        description = _("Two to six figures that sum things up.")
        template = "home/blocks/key_figures.html"


class StepBlock(StructBlock):
    title = CharBlock(label=_("title"))
    text = TextBlock(label=_("text"), required=False)


class StepsBlock(StructBlock):
    title = CharBlock(label=_("title"), required=False)
    steps = ListBlock(StepBlock(), label=_("steps"), min_num=1)

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        group = _("Text")
        description = _("What happens, in order.")
        template = "home/blocks/steps.html"


class QuestionBlock(StructBlock):
    question = CharBlock(label=_("question"))
    answer = RichTextBlock(label=_("answer"), features=PROSE)


class QuestionsBlock(StructBlock):
    title = CharBlock(label=_("title"), required=False)
    questions = ListBlock(QuestionBlock(), label=_("questions"), min_num=1)

    class Meta:
        icon = "help"
        label = _("Questions and answers")
        group = _("Text")
        description = _("Questions that unfold.")
        template = "home/blocks/questions.html"


class TermBlock(StructBlock):
    term = CharBlock(label=_("term"))
    definition = TextBlock(label=_("definition"))


class TermsBlock(StructBlock):
    terms = ListBlock(TermBlock(), label=_("terms"), min_num=1)

    class Meta:
        icon = "openquote"
        label = _("Glossary")
        group = _("Text")
        description = _("Words and what they mean.")
        template = "home/blocks/terms.html"


class PagesBlock(StructBlock):
    title = CharBlock(label=_("title"), required=False)
    pages = ListBlock(PageChooserBlock(), label=_("pages"), min_num=1, max_num=6)

    class Meta:
        icon = "doc-empty-inverse"
        label = _("Pages to read")
        group = _("Links")
        description = _("Cards that lead to other pages of the site.")
        template = "home/blocks/pages.html"

    def get_context(self, value, parent_context=None):
        """`pages`: those that everyone may read, in the editor's order."""
        chosen = [page.pk for page in value["pages"] if page]
        found = Page.objects.live().public().filter(pk__in=chosen, depth__gt=1)
        pages = sorted(found.specific().prefetch_related("territories"), key=lambda page: chosen.index(page.pk))
        return {**super().get_context(value, parent_context), "pages": pages}


class DownloadBlock(StructBlock):
    document = DocumentChooserBlock(label=_("file"))
    description = CharBlock(label=_("what one finds in it"), required=False)

    class Meta:
        icon = "download"
        label = _("File to download")
        group = _("Links")
        description = _("A file, with its kind and its size.")
        template = "home/blocks/download.html"


class VideoBlock(StructBlock):
    title = CharBlock(label=_("title"))
    url = URLBlock(
        label=_("address"), help_text=_("The page where it is shown: nothing is loaded from there before a click.")
    )
    transcript = RichTextBlock(
        label=_("transcript"),
        features=PROSE,
        help_text=_("All that is said and shown, for those who do not hear or see it."),
    )

    class Meta:
        icon = "media"
        label = _("Video with transcript")
        group = _("Links")
        description = _("A link to a video and its text.")
        template = "home/blocks/video.html"


class ContactBlock(StructBlock):
    who = CharBlock(label=_("who"), help_text=_("A service rather than a person."))
    how = TextBlock(label=_("how to reach them"))

    class Meta:
        icon = "mail"
        label = _("Contact")
        group = _("Links")
        description = _("Whom to ask, and how.")
        template = "home/blocks/contact.html"


class ContentStreamBlock(StreamBlock):
    """The body of a page: ordinary words, and participation like any other word."""

    heading = HeadingBlock()
    paragraph = ParagraphBlock(features=PROSE)
    quote = QuoteBlock()
    callout = CalloutBlock()
    figure = FigureBlock()
    scene = SceneBlock()
    key_figures = KeyFiguresBlock()
    steps = StepsBlock()
    questions = QuestionsBlock()
    terms = TermsBlock()
    pages = PagesBlock()
    download = DownloadBlock()
    video = VideoBlock()
    contact = ContactBlock()

    def __init__(self, local_blocks=None, **kwargs):
        super().__init__([*ACTIVITY_BLOCKS, *(local_blocks or [])], **kwargs)
