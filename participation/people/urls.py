"""The addresses under /compte/: one's own page, and allauth's journeys under French addresses.

allauth finds its own pages by their names, which belong to no namespace.
"""

from allauth.account import views as allauth_views
from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as codes_views
from allauth.mfa.totp import views as app_views
from csp.constants import SELF
from csp.decorators import csp_update
from django.urls import include, path, re_path

from . import account_views, organisation_views, second_factor_views, views
from .decorators import private_page

own = [
    path("", views.account, name="account"),
    path("profil/", views.profile, name="profile"),
    path("mes-donnees/", views.my_data, name="my_data"),
    path("mes-donnees/lisible/", views.my_data_readable, name="my_data_readable"),
    path("supprimer/", views.delete, name="delete"),
    path("supprimer/fait/", views.deleted, name="deleted"),
    path("reprendre/", views.resume, name="resume"),
    path("reprendre/abandonner/", views.abandon, name="abandon"),
    path("appareils/", views.devices, name="devices"),
    path("organisations/demander/", organisation_views.ask, name="ask_for_profile"),
    path("organisations/demandes/<int:pk>/retirer/", organisation_views.take_back, name="take_profile_back"),
    path("organisations/<slug:slug>/rendre-le-mandat/", organisation_views.give_back, name="give_mandate_back"),
]

journeys = [
    ("connexion/", account_views.SignIn.as_view(), "account_login"),
    ("deconnexion/", allauth_views.logout, "account_logout"),
    ("inscription/", account_views.SignUp.as_view(), "account_signup"),
    ("code/", account_views.ConfirmAddress.as_view(), "account_email_verification_sent"),
    ("adresse/", account_views.ChangeAddress.as_view(), "account_email"),
    ("mot-de-passe/", account_views.ChangePassword.as_view(), "account_change_password"),
    ("mot-de-passe/premier/", account_views.SetPassword.as_view(), "account_set_password"),
    ("mot-de-passe/oublie/", account_views.ForgottenPassword.as_view(), "account_reset_password"),
    ("mot-de-passe/oublie/envoye/", allauth_views.password_reset_done, "account_reset_password_done"),
    ("mot-de-passe/nouveau/fait/", allauth_views.password_reset_from_key_done, "account_reset_password_from_key_done"),
    ("confirmer/", account_views.Reauthenticate.as_view(), "account_reauthenticate"),
    ("ferme/", allauth_views.account_inactive, "account_inactive"),
]

shows_a_picture = csp_update({"img-src": [SELF, "data:"]})
"""The picture that a telephone reads is written in the page itself."""

second_factor = [
    ("", factor_views.index, "mfa_index"),
    ("code/", second_factor_views.Authenticate.as_view(), "mfa_authenticate"),
    ("confirmer/", second_factor_views.Reauthenticate.as_view(), "mfa_reauthenticate"),
    ("application/", shows_a_picture(second_factor_views.ActivateApp.as_view()), "mfa_activate_totp"),
    ("application/retirer/", app_views.deactivate_totp, "mfa_deactivate_totp"),
    ("codes-de-secours/", codes_views.view_recovery_codes, "mfa_view_recovery_codes"),
    ("codes-de-secours/nouveaux/", codes_views.generate_recovery_codes, "mfa_generate_recovery_codes"),
    ("codes-de-secours/fichier/", codes_views.download_recovery_codes, "mfa_download_recovery_codes"),
    ("cle/", second_factor_views.AddKey.as_view(), "mfa_add_webauthn"),
    ("cle/confirmer/", second_factor_views.ReauthenticateByKey.as_view(), "mfa_reauthenticate_webauthn"),
    ("cle/<int:pk>/retirer/", second_factor_views.RemoveKey.as_view(), "mfa_remove_webauthn"),
]

urlpatterns = [
    path("", include((own, "people"))),
    *(path(route, private_page(view), name=name) for route, view, name in journeys),
    *(path(f"double-authentification/{route}", private_page(view), name=name) for route, view, name in second_factor),
    re_path(
        r"^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        private_page(account_views.NewPassword.as_view()),
        name="account_reset_password_from_key",
    ),
]
