"""What a company's subscription includes, which QuickBooks answers in XML alone and under an address of its own."""

from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.books import Books
from sandbox.calls import XML, fault_response
from sandbox.entrance import admit
from sandbox.faults import QuickBooksFault
from sandbox.wire import Document
from sandbox.wire_xml import HEAD, NAMESPACE
from sandbox.world import World

FEATURES = ("Expense Tracking by Customer", "Class Tracking", "Location Tracking", "Time Tracking", "Budgets")
"""A few entitlements, all on; the vendor's list of ids is not published."""
USERS = 5
"""People a Plus company may have."""


async def read_entitlements(request: Request) -> Response:
    """Answer `GET /manage/entitlements/v3/{realm}`."""
    world: World = request.app.state.world
    try:
        books = world.company(admit(world, request).realm_id)
    except QuickBooksFault as refusal:
        return fault_response(world, refusal, wants_json=False)
    return Response(_written(books), media_type=XML)


routes = [Route("/manage/entitlements/v3/{realm}", read_entitlements)]


def _written(books: Books) -> bytes:
    members = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in _members(books).items())
    items = "".join(
        f'<Entitlement id="{number}"><name>{escape(name)}</name><term>On</term></Entitlement>'
        for number, name in enumerate(FEATURES, start=1)
    )
    users = f"<Thresholds><name>Users</name><limit>{USERS}</limit><currentCount>1</currentCount></Thresholds>"
    return f'{HEAD}<Entitlements xmlns="{NAMESPACE}">{members}{items}{users}</Entitlements>'.encode()


def _members(books: Books) -> Document:
    company = books.find("CompanyInfo", "1") or {}
    return {
        "QboCompany": "true",
        "PlanName": "QuickBooks Online Plus",
        "MaxUsers": USERS,
        "CurrentUsers": 1,
        "DaysRemainingTrial": 0,
        "SupportedLanguages": company.get("SupportedLanguages", "en"),
        "CompanyStartDate": company.get("CompanyStartDate", ""),
        "FiscalYearStartMonth": company.get("FiscalYearStartMonth", "January"),
    }
