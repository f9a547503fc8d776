"""`GET /v3/company/{realm}/reports/{Name}`: a report as JSON, or as XML when JSON is not asked for."""

from starlette.responses import Response

from sandbox.calls import JSON, XML, Call, no_resource
from sandbox.reports.answer import answer
from sandbox.reports.as_xml import report_xml
from sandbox.reports.modern import HEADER
from sandbox.wire import encode


def answer_report(call: Call) -> Response:
    """Answer one report; the body is the report itself, without the wrapper and the time of other answers.

    Raises:
        QuickBooksFault: 500 for a path that is no report's, and what `answer` raises.
    """
    if len(call.parts) != 2:
        raise no_resource(call)
    report = answer(call.books, call.parts[1], call.parameters, call.world.clock.now())
    headers = {HEADER: "true"} if report.is_modern else {}
    if call.wants_json:
        return Response(encode(report.document), headers={"content-type": JSON, **headers})
    return Response(report_xml(report.document), headers={"content-type": XML, **headers})
