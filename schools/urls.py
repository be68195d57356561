"""Addresses of schools, departments, accounts and roles."""

from django.urls import include, path, re_path

from portal.core.spreadsheets import views as imports
from schools.accounts import views as accounts
from schools.departments import views as departments
from schools.departments.work import DEPARTMENTS
from schools.directory import views as directory
from schools.issuing import views as issuing
from schools.registers import views as registers
from schools.registers.work import REGISTERS
from schools.workbooks import views as workbooks
from schools.workbooks.work import REGISTER

workbooks_urls = [
    *imports.urls(REGISTER),
    path("import/template.xlsx", workbooks.template, name="template"),
    path("export.xlsx", workbooks.export, name="export"),
]
directory_urls = [
    path("", directory.index, name="list"),
    path("new/", directory.create, name="create"),
    path("districts/", directory.districts, name="districts"),
    re_path(r"^districts/(?P<code>[0-9]{6})/$", directory.edit_district, name="district"),
    re_path(r"^(?P<code>[0-9]{10})/$", directory.detail, name="detail"),
    re_path(r"^(?P<code>[0-9]{10})/edit/$", directory.edit, name="edit"),
    re_path(r"^(?P<code>[0-9]{10})/merge/$", directory.merge, name="merge"),
    re_path(r"^(?P<code>[0-9]{10})/close/$", directory.close, name="close"),
    re_path(r"^(?P<code>[0-9]{10})/reopen/$", directory.reopen, name="reopen"),
]
departments_urls = [
    path("", departments.index, name="list"),
    path("new/", departments.create, name="create"),
    path("<int:pk>/", departments.edit, name="edit"),
    *imports.urls(DEPARTMENTS),
    path("import/template.xlsx", departments.template, name="template"),
    path("export.xlsx", departments.export, name="export"),
]
accounts_urls = [
    path("", accounts.index, name="list"),
    path("new/", accounts.create, name="create"),
    path("issue/", issuing.overview, name="issue_overview"),
    re_path(r"^issue/(?P<code>[0-9]{6})/$", issuing.issue, name="issue"),
    path("issue/<int:pk>/slips.pdf", issuing.download_slips, name="slips"),
    path("<int:pk>/", accounts.detail, name="detail"),
    path("<int:pk>/edit/", accounts.edit, name="edit"),
    path("<int:pk>/grant/", accounts.grant, name="grant"),
    path("<int:pk>/disable/", accounts.disable, name="disable"),
    path("<int:pk>/enable/", accounts.enable, name="enable"),
    path("<int:pk>/reset/", accounts.reset, name="reset"),
    path("<int:pk>/drop-two-step/", accounts.drop_two_step, name="drop_two_step"),
    path("<int:pk>/confirm-reset/", accounts.confirm_reset, name="confirm_reset"),
    path("pending/", accounts.pending, name="pending"),
    path("pending/confirm/", accounts.confirm, name="confirm"),
    path("memberships/<int:pk>/end/", accounts.end, name="end"),
    re_path(r"^who/(?P<code>[0-9]{10})/$", accounts.who, name="who"),
]

registers_urls = [
    path("", registers.index, name="list"),
    *imports.urls(REGISTERS),
    path("import/template.xlsx", registers.template, name="template"),
    path("entries/<int:pk>/", registers.detail, name="detail"),
    path("entries/<int:pk>/change/", registers.change, name="change"),
    path("entries/<int:pk>/withdraw/", registers.withdraw, name="withdraw"),
    path("entries/<int:pk>/attach/", registers.attach, name="attach"),
    path("entries/<int:pk>/milestones/", registers.add_milestone, name="add_milestone"),
    path("milestones/<int:pk>/withdraw/", registers.withdraw_milestone, name="withdraw_milestone"),
    path("files/<int:pk>/", registers.file, name="file"),
    path("files/<int:pk>/withdraw/", registers.withdraw_file, name="withdraw_file"),
    path("<slug:kind>/", registers.entries, name="entries"),
    path("<slug:kind>/new/", registers.create, name="create"),
    path("<slug:kind>/export.xlsx", registers.export, name="export"),
]

urlpatterns = [
    path("schools/", include((workbooks_urls, "register"))),
    path("schools/", include((directory_urls, "directory"))),
    path("departments/", include((departments_urls, "departments"))),
    path("registers/", include((registers_urls, "registers"))),
    path("accounts/", include((accounts_urls, "accounts"))),
]
