"""The page on which a person lets an app into a company."""

from html import escape

from sandbox.scopes import MEANINGS
from sandbox.world import Client

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connect {app} to a sandbox company</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; color: #1d2b28; }}
fieldset, select, button {{ font: inherit; }}
select {{ padding: .4rem; width: 100%; }}
button {{ padding: .5rem 1.2rem; margin: 1.2rem .6rem 0 0; border: 1px solid #1f6f5c; border-radius: .4rem; }}
.approve {{ background: #1f6f5c; color: #fff; }}
.refuse {{ background: #fff; color: #1f6f5c; }}
.note {{ color: #5a6b66; font-size: .9rem; }}
</style>
</head>
<body>
<main>
<h1>Connect {app}</h1>
<p><strong>{app}</strong> asks for access to one of your sandbox companies:</p>
<ul>{scopes}</ul>
<form method="post" action="/connect/oauth2">
{hidden}
<label for="realm">Company</label>
<select id="realm" name="sandbox_realm">{companies}</select>
<div>
<button class="approve" type="submit" name="sandbox_decision" value="approve">Approve</button>
<button class="refuse" type="submit" name="sandbox_decision" value="refuse">Refuse</button>
</div>
</form>
<p class="note">These books are made up. Nothing here reaches Intuit or a real company.</p>
</main>
</body>
</html>
"""


def consent_page(client: Client, parameters: dict[str, str], companies: list[tuple[str, str]], chosen: str) -> str:
    """Return the page.

    Args:
        parameters: the authorization request, sent back with the decision.
        companies: realm id with company name, in the order to offer.
        chosen: the realm id selected at first.
    """
    scopes = "".join(f"<li>{escape(MEANINGS.get(name, name))}</li>" for name in parameters.get("scope", "").split())
    hidden = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in parameters.items()
    )
    options = "".join(_option(realm, name, realm == chosen) for realm, name in companies)
    return _PAGE.format(app=escape(client.name), scopes=scopes, hidden=hidden, companies=options)


def _option(realm_id: str, name: str, is_chosen: bool) -> str:
    selected = " selected" if is_chosen else ""
    return f'<option value="{escape(realm_id)}"{selected}>{escape(name)} ({escape(realm_id)})</option>'


def refusal_page(reason: str) -> str:
    """Return the page for a request that cannot be sent back to anyone."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cannot connect</title></head>'
        f"<body><main><h1>Cannot connect</h1><p>{escape(reason)}</p></main></body></html>"
    )
