"""The few documents that every engine is asked about, and the names they are classified by."""

from datetime import UTC, datetime

from participation.vocabulary.models import Territory
from search.documents import Kind, SearchDocument
from search.labels import Labels, Place

LABELS = Labels(
    territories={
        "200067437": Place("Provence Alpes Agglomération", Territory.Kind.EPCI, "P2A\nagglo de Digne"),
        "200068765": Place("Sisteronais-Buëch", Territory.Kind.EPCI, "CCSB\nSisteronnais-Buëch"),
        "04070": Place("Digne-les-Bains", Territory.Kind.COMMUNE, ""),
        "05118": Place("Val Buëch-Méouge", Territory.Kind.COMMUNE, "Antonaves\nRibiers"),
    },
    themes={"mobilites": "Mobilités", "eau-milieux": "Eau, rivières et milieux"},
    audiences={"jeunes": "Jeunes"},
    carriers={"mairie": "Mairie de Digne"},
)

DOCUMENTS = [
    SearchDocument(
        key="page:1",
        kind=Kind.KIT,
        title="Porteur de paroles",
        url="/1/",
        text="Des questions sur la place, des réponses accrochées à une corde.",
        themes=("mobilites",),
        date=datetime(2024, 5, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="page:2",
        kind=Kind.SHEET,
        title="Quels transports à Digne ? Un porteur de paroles au marché",
        url="/2/",
        summary="Cinq samedis au marché.",
        text="Les habitant·es ont parlé de l’hôpital, des horaires et du Buëch.",
        territories=("04070", "200067437"),
        themes=("mobilites", "eau-milieux"),
        audiences=("jeunes",),
        degree="consultation",
        stage="termine",
        carrier="mairie",
        years=(2021, 2022),
        date=datetime(2021, 3, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="page:3",
        kind=Kind.SHEET,
        title="Élaguer les saules",
        url="/3/",
        text="Porteurs de projets et paroles d’élus ; un marché de travaux.",
        territories=("05118", "200068765"),
        themes=("eau-milieux",),
        degree="concertation",
        years=(2023,),
        date=datetime(2023, 3, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="contribution:4", kind=Kind.TOPIC, title="Un banc à l’ombre", url="/4/", text="Les élus l’ont promis."
    ),
    SearchDocument(
        key="page:5",
        kind=Kind.PAGE,
        title="The dyke",
        url="/en/5/",
        language="en",
        shown_in=("en",),
        date=datetime(2020, 1, 1, tzinfo=UTC),
    ),
]

ABOUT_DRAWING_LOTS = [
    SearchDocument(
        key="page:11",
        kind=Kind.KIT,
        title="La sortition en dix étapes",
        url="/11/",
        date=datetime(2020, 1, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="page:12",
        kind=Kind.SHEET,
        title="Trente personnes pour l’eau",
        url="/12/",
        text="Un tirage au sort sur les listes électorales, puis un jury citoyen de quatre jours.",
        date=datetime(2022, 1, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="page:13",
        kind=Kind.PAGE,
        title="Le tirage des affiches, et le sort des arbres",
        url="/13/",
        text="Les panels citoyens et le PLU intercommunal. Il a beaucoup plu, de plus en plus.",
        date=datetime(2023, 1, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="page:14",
        kind=Kind.PAGE,
        title="Le plan local d’urbanisme",
        url="/14/",
        text="Une réunion du comité de pilotage, à l’échelle de P2A.",
        date=datetime(2021, 1, 1, tzinfo=UTC),
    ),
]
