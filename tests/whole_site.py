"""A site where everything exists, one person of each role, and every address that the site answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.cookies import SimpleCookie
from types import SimpleNamespace

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import LocalePrefixPattern
from django.utils import timezone
from wagtail.admin.models import EditingSession
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.log_actions import log
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    GroupApprovalTask,
    Locale,
    Page,
    Site,
    Task,
    UploadedFile,
    Workflow,
)
from wagtail_localize.models import StringSegment, Translation, TranslationSource

from experiences.importing import files
from experiences.models import (
    ExperiencePage,
    ExperienceSectionPage,
    JournalEntryPage,
    ProjectSectionPage,
)
from experiences.proposals import actions as proposals
from home.actions import open_section, set_up_page_rights
from home.models import TextPage
from participation.consultations import actions
from participation.consultations.models import Consultation, Reason
from participation.consultations.open_data import FILES, tables
from participation.ledger.models import Log
from participation.moderation.actions import appeal
from participation.people.actions import ask_for_profile, note_request
from participation.people.models import DataRequest, Role, User
from participation.review import drafts, importing
from participation.review.actions import reply_to
from participation.vocabulary import models as vocabulary
from resources.models import DocumentPage, MethodKitPage, ResourceIndexPage
from search import alerts, outbox
from search.lasting import LastingSearch
from search.mails import token_of
from tests import factories

ROLES = {
    "V": "visitor",
    "R": "resident: wrote everything that is asked here, speaks for a collective, is a guest of what is among invited people",
    "O": "other resident",
    "N": "editor of another organisation",
    "E": "editor of the organisation that everything asked here is of",
    "M": "moderator",
    "G": "guarantor",
    "U": "elected official",
    "A": "administrator",
}
WORD = "Xylophonie"
"""In every contribution of the public consultation, and nowhere else."""
SECRET = "Zinzolin"
"""In every contribution among invited people or in a trial, in the titles of these, and of drafts; nowhere else."""


# ── What there is ────────────────────────────────────────────────────────────────────────────────────────────────────


def _people(organisation, other, collective) -> dict[str, User | None]:
    return {
        "V": None,
        "R": factories.a_user("Mireille du Bléone", speaks=[collective]),
        "O": factories.a_user("Jeannot"),
        "N": factories.a_user("Mairie de Thoard", edits=[other], speaks=[other]),
        "E": factories.a_user("Service urbanisme", edits=[organisation], speaks=[organisation]),
        "M": factories.a_user("Modératrice", role=Role.MODERATOR),
        "G": factories.a_user("Garante", role=Role.GUARANTOR),
        "U": factories.a_user("Élue", role=Role.ELECTED),
        "A": factories.a_user("Service informatique", role=Role.ADMINISTRATOR),
    }


def _taking_part(
    consultation: Consultation, author: User, voters: list[User], moderator: User, word: str
) -> SimpleNamespace:
    """An activity of each kind, open, with a draft of each beside it, and what people did in them."""
    there = SimpleNamespace(consultation=consultation, voice=author.organisations.get())
    there.forum = factories.a_forum(consultation=consultation)
    there.topic = factories.a_topic(there.forum, author, f"{word} !", f"{word}, place de l’église.")
    there.reply = factories.a_reply(there.topic, author, f"{word} encore.")
    factories.a_topic(there.forum, author, "À nous tous", f"{word}, disons-nous.", on_behalf_of=there.voice)
    there.withheld = factories.a_topic(there.forum, author, "De trop", "Ceci est retiré.")
    actions.withhold(there.withheld, moderator, reason=Reason.OFF_TOPIC)
    there.ballot = factories.a_ballot(consultation=consultation)
    for voter in voters:
        factories.a_vote(there.ballot, "a", voter=voter)
    there.review = factories.a_review(consultation=consultation)
    there.remark = factories.a_remark(there.review, author, body=f"{word}, c’est long.")
    there.answer = reply_to(there.remark, author, body=f"{word}, vraiment.")
    drafts.next_version(there.review, None)
    there.import_ = importing.receive_text(there.review, None, content=b"Un autre texte.")
    for kind in ("forum", "ballot", "review"):
        draft = getattr(factories, f"a_{kind}")(f"{SECRET} en projet", consultation=consultation, released=False)
        setattr(there, f"{kind}_draft", draft)
    for voter in voters:
        actions.react(there.topic, voter, "agree")
    actions.report(there.topic, reason=Reason.OFF_TOPIC, by=factories.a_user())
    for row in (there.consultation, there.forum, there.ballot, there.review):
        log(row, "wagtail.edit", user=moderator)
    there.log = Log.objects.filter(consultation=consultation).first()
    if there.log:
        there.receipt = there.log.entries.get(type="contribution.received", obj=there.topic.obj).seq
    return there


def populate(home_page) -> SimpleNamespace:
    """Everything that an address may be about, of one organisation; the other one has nothing."""
    set_up_page_rights(home_page)
    organisation = factories.an_organisation("Ville de Digne-les-Bains")
    other = factories.an_organisation("Commune de Thoard")
    collective = factories.a_verified_organisation("Collectif Vélo Bléone")
    people = _people(organisation, other, collective)
    site = SimpleNamespace(home=home_page, organisation=organisation, collective=collective, people=people)
    author, editor, moderator = people["R"], people["E"], people["M"]

    voters = [people[role] for role in "RONEU"]
    public = factories.a_consultation("La place", organiser=organisation, guarantor=people["G"])
    site.public = _taking_part(public, author, voters, moderator, WORD)
    among = factories.a_consultation(f"{SECRET}, huis clos", organiser=organisation, access="invited", guests=[author])
    site.among = _taking_part(among, author, [author], moderator, SECRET)
    trial = factories.a_consultation(f"{SECRET}, pour voir", organiser=organisation, is_trial=True, guests=[author])
    site.trial = _taking_part(trial, author, [author], moderator, SECRET)

    site.appeal = appeal(site.public.withheld.moderation_actions.get(), author, text="Rien n’était de trop.")
    site.profile_request = ask_for_profile(
        author, name="Graines de place", kind="association", presentation="Des bancs.", mandate="L’assemblée."
    )
    site.request = note_request(DataRequest.Kind.DOWNLOAD, by=author)

    inventory = factories.an_inventory(home_page)
    site.inventory = inventory
    site.section = open_section(inventory, organisation, ExperienceSectionPage)
    site.sheet = site.section.add_child(
        instance=ExperiencePage(title="Le four", slug="le-four", first_published_at=timezone.now())
    )
    site.revision = site.sheet.save_revision()
    site.revision.publish()
    site.project = factories.a_project(home_page, consultation=public)
    open_section(site.project.get_parent().specific, organisation, ProjectSectionPage)
    for activity in (site.public.forum, site.public.ballot, site.public.review):
        factories.embed(site.project, activity)
    site.entry = site.project.add_child(
        instance=JournalEntryPage(title="Première réunion", slug="reunion", date=timezone.localdate())
    )
    resources = home_page.add_child(instance=ResourceIndexPage(title="Ressources", slug="ressources"))
    resources.add_child(instance=MethodKitPage(title="Le world café", slug="cafe"))
    resources.add_child(instance=DocumentPage(title="Ce que dit la loi", slug="loi"))
    home_page.add_child(instance=TextPage(title="Mentions légales", slug="mentions-legales"))
    between_us = home_page.add_child(instance=TextPage(title="Entre nous", slug="entre-nous"))
    site.restriction = between_us.view_restrictions.create(restriction_type="password", password="sésame")
    site.restricted_page = between_us

    _files(site, editor)
    _wagtail(site, author, editor)
    site.sheet_import = files.read(files.receive("fiches.csv", b"Titre\nLe lavoir\n", site.section, editor))
    what = {"title": "Le lavoir", "summary": "Des habitants l’ont réparé.", "place": "04070", "stage": "termine"}
    site.proposal = proposals.begin(author, what)
    lasting = LastingSearch("/recherche/", "", "")
    lasting = LastingSearch.of(lasting.read(QueryDict("q=digue")), lasting.path)
    site.search = alerts.save_search(author, lasting, name="La digue", frequency="daily")
    outbox.rebuild()
    return site


def _files(site, editor) -> None:
    site.collection = Collection.objects.get(name=site.organisation.name)
    site.document = get_document_model().objects.create(
        title="Plan", file=ContentFile(b"Un plan.", "plan.txt"), collection=site.collection
    )
    site.image = get_image_model().objects.create(
        title="Photo", file=get_test_image_file("photo.png"), collection=site.collection
    )
    site.rendition = site.image.get_rendition("fill-40x40")
    site.locked_collection = Collection.get_first_root_node().add_child(instance=Collection(name="Réservé"))
    site.collection_restriction = CollectionViewRestriction.objects.create(
        collection=site.locked_collection, restriction_type="password", password="sésame"
    )
    site.sent_document, site.sent_image = (
        UploadedFile.objects.create(
            for_content_type=ContentType.objects.get_for_model(model), file=file, uploaded_by_user=editor
        )
        for model, file in [
            (get_document_model(), ContentFile(b"Un plan.", "envoi.txt")),
            (get_image_model(), ImageFile(get_test_image_file("envoi.png").file, "envoi.png")),
        ]
    )


def _wagtail(site, author, editor) -> None:
    site.redirect = Redirect.objects.create(old_path="/ancien", redirect_link="/")
    site.workflow, site.task = Workflow.objects.get(), Task.objects.get(pk=GroupApprovalTask.objects.get().pk)
    site.submitted = site.section.add_child(instance=ExperiencePage(title="Le pain", slug="le-pain", live=False))
    site.submitted.save_revision()
    site.workflow_state = site.workflow.start(site.submitted, editor)
    english, _created = Locale.objects.get_or_create(language_code="en")
    source, _created = TranslationSource.update_or_create_from_instance(site.home)
    site.source, site.translation = source, Translation.objects.create(source=source, target_locale=english)
    site.translation.save_target(publish=False)
    site.segment = StringSegment.objects.filter(source=source).first()
    site.session = EditingSession.objects.create(
        user=editor, content_object=Page.objects.get(pk=site.sheet.pk), last_seen_at=timezone.now()
    )


# ── Every address ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Address:
    route: str
    """As urls.py say it, all prefixes joined: the name of the address in tables."""
    path: str
    query: dict = field(default_factory=dict)


def asking(person: User | None) -> Callable:
    """Asks for addresses as this person (None: a visitor), whatever becomes of the session: some addresses end it."""
    client = Client(raise_request_exception=False)
    if person:
        client.force_login(person)
    cookies = client.cookies.output(header="", sep=";")

    def ask(address: Address, method: str = "GET", sent: dict | None = None):
        client.cookies = SimpleCookie(cookies)
        if method == "GET":
            return client.get(address.path, address.query)
        return client.post(address.path, sent or {}, query_params=address.query)

    return ask


def routes() -> Iterator[tuple[str, str]]:
    """(name, route) of each address that the site's urls.py know; the language's prefix is left out."""
    return _routes(get_resolver().url_patterns, "", "")


def _routes(patterns, before: str, names: str) -> Iterator[tuple[str, str]]:
    for one in patterns:
        route = "" if isinstance(one.pattern, LocalePrefixPattern) else before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield f"{names}{one.name or ''}", route
        else:
            yield from _routes(
                one.url_patterns, route or before, f"{names}{one.namespace}:" if one.namespace else names
            )


def addresses(site) -> list[Address]:
    """One address of each route at least, of what `populate` made. LookupError when nothing says what to put in it."""
    found = []
    for name, route in routes():
        found += _special(site, route) or _filled(site, name, route)
    return found


def _filled(site, name: str, route: str) -> list[Address]:
    if route.endswith("<slug:name>.<slug:extension>"):
        files = [f"{table}.{extension}" for table in tables() for extension in FILES]
        return [
            one for file in files for one in _filled(site, name, route.replace("<slug:name>.<slug:extension>", file))
        ]
    variants = {"": site.public}
    if route.startswith(("participation/", "registre/<")):
        variants |= {" [among]": site.among, " [trial]": site.trial}
        if route in DRAFTS:
            variants[" [draft]"] = site.public
    made = []
    for label, there in variants.items():
        if there.log is None and route.startswith(("registre/", "participation/recu/")):
            continue
        values = _values(site, there, name, route, draft="draft" in label)
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match, values=values: str(values[match[1]]), route)
        made.append(Address(route + label, f"/{path}", QUERIES.get(route, {})))
    return made


DRAFTS = {
    "participation/forum/<id:pk>-<slug:slug>/",
    "participation/fragment/forum/<id:pk>/",
    "participation/forum/<id:pk>/ecrire/",
    "participation/vote/<id:pk>-<slug:slug>/",
    "participation/fragment/vote/<id:pk>/",
    "participation/vote/<id:pk>/voter/",
    "participation/vote/<id:pk>/retirer/",
    "participation/document/<id:pk>-<slug:slug>/",
    "participation/fragment/document/<id:pk>/",
    "participation/document/<id:pk>/remarques/",
}
"""Routes that are also asked about an activity that nobody has opened yet."""

QUERIES = {
    "registre/<slug:slug>/proof": {"seq": 0},
    "registre/<slug:slug>/consistency": {"from": 1},
    "recherche/": {"q": WORD},
    "recherche/atom/": {"q": WORD},
    "recherche/suggestions/": {"q": WORD[:5]},
    "admin/block-preview/": {"id": "absent"},
}


def _values(site, there, name: str, route: str, *, draft: bool) -> dict:
    """What stands for each parameter of a route; the most precise of `_subjects` last."""
    values = {}
    for pattern, given in _subjects(site, there, draft=draft):
        if fnmatchcase(route, pattern) or fnmatchcase(name, pattern):
            values |= given
    return values


def _subjects(site, there, *, draft: bool) -> list[tuple[str, dict]]:
    def kind(name: str):
        return getattr(there, f"{name}_draft" if draft else name)

    translated = {"app_label": "consultations", "model_name": "consultation", "pk": there.consultation.pk}
    words = [
        vocabulary.Theme, vocabulary.Audience, vocabulary.Method, vocabulary.DeviceType, vocabulary.Means,
        vocabulary.Need, vocabulary.Territory,
    ]  # fmt: skip
    rows = [*(model.objects.first() for model in words), site.organisation, there.consultation]
    rows += [there.forum, there.ballot, there.review]
    return [
        ("admin/*", {"page_id": site.sheet.pk, "page_to_move_id": site.sheet.pk, "parent_page_id": site.section.pk}),
        ("admin/*", {"destination_id": site.inventory.pk, "revision_id": site.revision.pk}),
        ("admin/*", {"content_type_app_name": "experiences", "content_type_model_name": "experiencepage"}),
        ("admin/*", {"app_label": "experiences", "app_name": "experiences", "model_name": "experiencepage"}),
        ("admin/*", {"collection_id": site.collection.pk, "task_id": site.task.pk, "workflow_pk": site.workflow.pk}),
        ("admin/*", {"page_pk": site.home.pk, "object_id": site.sheet.pk, "session_id": site.session.pk}),
        ("admin/*", {"translation_source_id": site.source.pk, "translation_id": site.translation.pk, "mode": ""}),
        ("admin/*", {"string_segment_id": site.segment.pk, "overridable_segment_id": site.segment.pk}),
        ("admin/*", {"uidb64": "MQ", "token": "set-password", "action": "delete"}),
        ("admin/pages/workflow/*", {"page_id": site.submitted.pk, "action_name": "approve"}),
        ("admin/pages/workflow/*", {"task_state_id": site.workflow_state.current_task_state.pk}),
        ("admin/pages/*/workflow_history/*", {"page_id": site.submitted.pk, "workflow_state_id": site.workflow_state.pk}),
        ("admin/api/main/*pages/*", {"pk": site.sheet.pk, "action_name": "unpublish"}),
        ("admin/api/main/*documents/*", {"pk": site.document.pk}),
        ("admin/api/main/*images/*", {"pk": site.image.pk}),
        ("admin/localize/*snippet*", translated),
        ("admin/collections/*", {"pk": site.collection.pk}),
        ("admin/workflows/*", {"pk": site.workflow.pk, "app_label": "wagtailcore", "model_name": "groupapprovaltask"}),
        ("admin/workflows/tasks/*", {"pk": site.task.pk}),
        ("admin/editing-sessions/*", {"app_label": "wagtailcore", "model_name": "page"}),
        ("admin/imports/*", {"pk": site.sheet_import.pk}),
        ("admin/moderation/*", {"pk": site.public.topic.pk}),
        ("admin/moderation/recours/*", {"pk": site.appeal.pk}),
        ("admin/moderation/garant/*", {"pk": site.public.consultation.pk}),
        ("admin/demandes/*", {"pk": site.request.pk}),
        ("admin/demandes-de-profil/*", {"pk": site.profile_request.pk}),
        ("compte/organisations/*", {"pk": site.profile_request.pk, "slug": site.collective.slug}),
        ("admin/redirects/*", {"redirect_id": site.redirect.pk}),
        ("admin/documents/*", {"document_id": site.document.pk, "doc_id": site.document.pk, "pk": site.document.pk}),
        ("admin/documents/*", {"uploaded_file_id": site.sent_document.pk}),
        ("admin/images/*", {"image_id": site.image.pk, "filter_spec": "fill-40x40", "pk": site.image.pk}),
        ("admin/images/*", {"uploaded_file_id": site.sent_image.pk}),
        ("admin/locales/*", {"pk": Locale.objects.get(language_code="en").pk}),
        ("admin/sites/*", {"pk": Site.objects.get().pk}),
        ("admin/users/*", {"pk": site.people["O"].pk}),
        ("admin/groups/*", {"pk": site.organisation.editors.pk}),
        *((f"wagtailsnippet*_{row._meta.label_lower.replace('.', '_')}:*", {"pk": row.pk}) for row in rows),
        ("admin/*/ouvrir/*", {}),
        *(
            (f"wagtailsnippets_{name}_{name}:{verb}", {"pk": getattr(there, f"{name}_draft").pk})
            for name in ("forum", "ballot", "review")
            for verb in ("release", "delete")
        ),
        ("admin/documents-a-discuter/*", {"number": 5, "after": 5, "import_pk": there.import_.pk}),
        ("admin/documents-a-discuter/*", {"remark_pk": there.remark.pk}),
        ("admin/consultations/effacer-l-essai/*", {"pk": site.trial.consultation.pk}),
        ("documents/authenticate*", {"restriction_id": site.collection_restriction.pk}),
        ("_util/*", {"page_view_restriction_id": site.restriction.pk, "page_id": site.restricted_page.pk}),
        ("participation/consultations/*", {"slug": there.consultation.slug}),
        ("participation/moderation/*", {"slug": there.consultation.slug}),
        ("participation/organisations/*", {"slug": site.collective.slug}),
        ("registre/*", {"slug": there.log.slug if there.log else None}),
        ("participation/recu/*", {"slug": there.log.slug if there.log else None, "seq": getattr(there, "receipt", 0)}),
        ("participation/contribution/*", {"pk": there.topic.pk}),
        ("participation/contribution/*/decision/", {"pk": there.withheld.pk}),
        ("compte/double-authentification/cle/*", {"pk": 1}),
        ("forum:*", {"pk": kind("forum").pk, "slug": "activite"}),
        ("participation/*forum/sujet/*", {"pk": there.topic.pk}),
        ("participation/forum/message/*", {"pk": there.topic.pk}),
        ("ballot:*", {"pk": kind("ballot").pk, "slug": "activite"}),
        ("review:*", {"pk": kind("review").pk, "slug": "activite", "number": 1}),
        ("participation/*/passage/*", {"number": 5}),
        ("participation/*document/remarque/*", {"pk": there.remark.pk}),
        ("search:*", {"pk": site.search.pk, "token": token_of(site.people["R"].pk)}),
        ("proposals:*", {"pk": site.proposal.pk, "number": 2}),
    ]  # fmt: skip


def _special(site, route: str) -> list[Address]:
    """Routes that are regular expressions, and pages, whose own routes have no other name than the page's."""
    document, picture = site.document, site.rendition.file.name.removeprefix("images/")
    known = {
        "admin/^.*/$": ["/admin/nulle-part/"],
        "admin/api/main/^pages/": ["/admin/api/main/pages/"],
        r"documents/^(\d+)/(.*)$": [f"/documents/{document.pk}/{document.filename}"],
        r"^media/images/(?P<path>[^/]+)$": [f"/media/images/{picture}"],
        r"compte/^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": [
            "/compte/mot-de-passe/nouveau/1-faux/"
        ],
        r"^(?P<path>(?:[\w-]+/)+)export\.(?P<extension>csv|xlsx|json|geojson)$": [
            f"{site.inventory.url}export.{extension}" for extension in ("csv", "xlsx", "json", "geojson")
        ],
        r"admin/pages/^(?P<pk>\d+)/revisions/compare/(?P<revision_id_a>live|earliest|\d+)\.\.\.(?P<revision_id_b>live|latest|\d+)/$": [
            f"/admin/pages/{site.sheet.pk}/revisions/compare/earliest...latest/"
        ],
        r"^((?:[\w\-]+/)*)$": [],
    }
    if route.startswith("admin/api/main/^"):
        return _filled(site, "", route.replace("^", ""))
    if route not in known:
        return []
    if route == r"^((?:[\w\-]+/)*)$":
        pages = Page.objects.filter(depth__gt=1).specific()
        paths = [page.url + str(one.pattern) for page in pages for one in _own_routes(page)]
        return [Address(f"page {path}", path) for path in paths]
    return [
        Address(f"{route}{' ' + path.rpartition('.')[2] if 'export' in route else ''}", path) for path in known[route]
    ]


def _own_routes(page: Page) -> list:
    """The addresses below a page's own, itself included."""
    get_own = getattr(page, "get_subpage_urls", None)
    return get_own() if get_own else [SimpleNamespace(pattern="")]
