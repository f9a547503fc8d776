"""The scopes an app may ask for, with what each is for."""

ACCOUNTING = "com.intuit.quickbooks.accounting"
PAYMENT = "com.intuit.quickbooks.payment"
OPENID = "openid"
WITH_REALM = (ACCOUNTING, PAYMENT)
"""Only these bring a realmId (OAuth documentation)."""
MEANINGS = {
    ACCOUNTING: "Read and change the books (accounting)",
    PAYMENT: "Take payments (payments)",
    OPENID: "Know who you are (openid)",
    "profile": "See your name",
    "email": "See your e-mail address",
    "phone": "See your phone number",
    "address": "See your address",
    "com.intuit.quickbooks.payroll": "Work with payroll",
    "com.intuit.quickbooks.payroll.timetracking": "Work with time tracking",
    "com.intuit.quickbooks.payroll.benefits": "Work with payroll benefits",
    "qb.company.read": "See the company's profile",
    "qb.company.taxidentifier.read": "See the company's tax number",
    "qb.employee.read": "See employees",
    "qb.employee.taxidentifier.read": "See employees' tax numbers",
    "qb.employee.birthdate.read": "See employees' birth dates",
    "qb.payroll.compensation.read": "See payslips",
    "qb.payroll.benefits": "Work with benefits, deductions and pensions",
    "qb.project.write": "Work with projects",
    "payroll.compensation.read": "See pay types",
    "app-foundations.custom-field-definitions.read": "See custom fields",
    "app-foundations.custom-field-definitions": "Work with custom fields",
    "project-management.project": "Work with projects",
    "indirect-tax.tax-calculation.quickbooks": "Compute sales tax",
}
"""Scope to its meaning on the consent page. Source: the vendor's scope pages and SDKs.

The finer scopes are granted as asked, but what they open (GraphQL, payroll, payments) is not simulated.
"""


def unknown(scope: str) -> bool:
    """Whether a scope parameter is empty or asks for anything that is not a scope."""
    asked = scope.split()
    return not asked or any(each not in MEANINGS for each in asked)


def opens_books(scope: str) -> bool:
    """Whether these scopes open the accounting API."""
    return ACCOUNTING in scope.split()


def has_realm(scope: str) -> bool:
    """Whether these scopes belong to a company."""
    return any(each in WITH_REALM for each in scope.split())
