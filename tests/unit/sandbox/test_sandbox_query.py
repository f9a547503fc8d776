"""The query language: what parses, what matches, and how each misuse is refused."""

import pytest

from sandbox.query import Condition, Order, Query
from sandbox.query_parse import parse
from sandbox.query_run import run
from tests.unit.sandbox.sandbox_company import NOW, Company, refusal


@pytest.fixture(scope="module")
def company() -> Company:
    return Company()


def test_every_clause_is_parsed_in_any_case() -> None:
    """Clients write keywords in either case, and the vendor's own samples use ORDER BY and ORDERBY."""
    parsed = parse(
        "select Id, DocNumber From Invoice WHERE Balance > '0' and CustomerRef IN ('42', '55') "
        "order by TxnDate desc, Id maxresults 20 STARTPOSITION 5"
    )
    assert parsed == Query(
        entity="Invoice",
        fields=("Id", "DocNumber"),
        where=(
            Condition(field="Balance", operator=">", values=("0",)),
            Condition(field="CustomerRef", operator="IN", values=("42", "55")),
        ),
        order=(Order(field="TxnDate", descending=True), Order(field="Id", descending=False)),
        start=5,
        limit=20,
    )


@pytest.mark.parametrize(
    ("query", "code", "detail"),
    [
        ("", "4000", 'QueryParserError: Encountered "<EOF>" at line 0, column 0.'),
        ("select * from Invoice where Balance > '0' or Id = '1'", "4000", '"OR "" at line 1, column 43.'),
        ("select * from Invoice join Bill", "4000", '"JOIN ""'),
        ("select * from Invoice group by Id", "4000", '"GROUP ""'),
        (
            'select * from Customer where DisplayName = "x"',
            "4000",
            'Lexical error at line 1, column 44.  Encountered: """ (34)',
        ),
        ("select * from Customer where DisplayName = 'O'Dell'", "4000", "Encountered"),
        ("select * from Invoice where Id != '1'", "4000", '"!= ""'),
        ("select * from Nothing", "4001", "QueryValidationError: invalid context declaration: Nothing"),
        ("select * from Invoice where PrivateNote = 'x'", "4001", "property 'PrivateNote' is not queryable"),
        ("select * from Invoice where Line.Amount = '1'", "4001", "property 'Line.Amount' is not queryable"),
        ("select * from Invoice orderby CustomerRef", "4001", "property 'CustomerRef' is not queryable"),
        ("select * from Invoice where Colour = 'x'", "4001", "Property Colour not found for Entity Invoice"),
        ("select Colour from Invoice", "4001", "Property Colour not found for Entity Invoice"),
        ("select * from Invoice maxresults 1500", "4001", "value 1500 is too large. Max allowed value is 1000"),
        ("select * from Invoice startposition 0", "4001", "value 0 is too small. Min allowed value is 1"),
        ("select * from Invoice where Id > '5'", "4001", "operator > is not supported for property 'Id'"),
        ("select * from Invoice where Balance like '1%'", "4001", "operator LIKE is not supported"),
        ("select * from Invoice where Balance > 'much'", "4001", "value 'much' is not valid for property 'Balance'"),
        (
            "select * from Vendor where PrimaryEmailAddr = 'a@b.c'",
            "4001",
            "property 'PrimaryEmailAddr' is not queryable",
        ),
    ],
)
def test_a_misused_query_is_refused_with_the_recorded_code(
    company: Company, query: str, code: str, detail: str
) -> None:
    """A model corrects its query from these words, so they are the ones QuickBooks uses."""
    fault = refusal(lambda: run(company.books, parse(query), NOW))
    assert (fault.code, fault.element) == (code, None)
    assert detail in fault.detail


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("select * from Bill where Balance > '0' and VendorRef = '105'", ["142"]),
        ("select * from Account where AccountType = 'Bank'", ["35", "36"]),
        ("select * from Account where AccountType = 'Credit Card'", ["41", "42"]),
        (
            "select * from invoice where balance > 0 and customerref = '42' orderby Balance desc",
            ["101", "102", "103", "104"],
        ),
        (r"select * from Customer where DisplayName = 'O\'Dell Marine Supply'", ["56"]),
        ("select * from Customer where DisplayName like '%marine%'", ["56"]),
        ("select * from Customer where DisplayName like 'harrow%'", ["42"]),
        ("select * from Customer where displayname = 'TINDERBOX studios'", ["58"]),
        ("select * from Customer where PrimaryEmailAddr = 'ap@bluethorn.example'", ["55"]),
        ("select * from Customer where CompanyName = ''", ["60"]),
        ("select * from Customer where Job = true", None),
        ("select * from Item where Id in ('5', '2') ", ["2", "5"]),
        ("select * from Item where Active = true and Type = 'NonInventory'", ["7"]),
        (
            "select * from Invoice where DueDate < CURRENT_DATE and Balance > '0' and CustomerRef = '42'",
            ["101", "102", "103"],
        ),
        ("select * from Invoice where TxnDate >= '2026-11-12' and TxnDate <= '2026-11-17'", ["104", "115"]),
        (
            "select * from Account where MetaData.CreateTime > '2026-01-01T00:00:00Z' and AccountType = 'Bank'",
            ["35", "36"],
        ),
        ("select * from Account where Metadata.LastUpdatedTime < '2020-01-01'", []),
        ("select * from Invoice orderby Id desc startposition 2 maxresults 2", ["117", "116"]),
        ("select * from CompanyInfo", ["1"]),
        ("select *, Sku from Item where Id = '7'", ["7"]),
    ],
)
def test_a_query_finds_what_it_says(company: Company, query: str, ids: list[str] | None) -> None:
    """The seed is a fixed point: each answer can be read off `companies/services.yaml`."""
    if ids is None:
        assert refusal(lambda: company.ids(query)).code == "4001"
    else:
        assert company.ids(query) == ids


def test_a_count_ignores_the_page(company: Company) -> None:
    """The totalCount says how many there are, not how many fit."""
    found = run(company.books, parse("select count(*) from Invoice where CustomerRef = '42' maxresults 1"), NOW)
    assert found.total == 4


def test_a_field_list_gives_sparse_objects_without_a_sync_token(company: Company) -> None:
    """Measured on the real API; a client must not take such an object for one it can send back."""
    found = run(company.books, parse("select Id, DocNumber from Invoice where Id = '102'"), NOW)
    assert [row.document for row in found.rows] == [{"domain": "QBO", "sparse": True, "Id": "102", "DocNumber": "1002"}]


def test_inactive_names_are_found_only_when_the_query_speaks_of_active() -> None:
    """Without this default an agent would offer vendors nobody may use any more."""
    company = Company()
    company.sparse("Vendor", company.read("Vendor", "109"), Active=False)
    assert "109" not in company.ids("select * from Vendor")
    assert company.ids("select * from Vendor where Active = false") == ["109"]
    assert "109" in company.ids("select * from Vendor where Active in (true, false)")


def test_a_field_named_beside_the_star_takes_nothing_away(company: Company) -> None:
    """A public client asks for every item as `*, Sku`."""
    (whole,) = run(company.books, parse("select * from Item where Id = '7'"), NOW).rows
    (named,) = run(company.books, parse("select *, Sku from Item where Id = '7'"), NOW).rows
    assert named.document == whole.document
