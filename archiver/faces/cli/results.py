# SPDX-License-Identifier: Apache-2.0
"""What became of each URL, as a JSON line, as a row of a report, as a line for people, and as advice on what to try."""

from rich.text import Text

from archiver import wiring
from archiver.exchange import REASONS
from archiver.faces.cli.output import COLOURS, moment, people, safe, say, shown_url
from archiver.services.seed_results import Result, SeedResult
from archiver.tunnel import ignored_proxy_advice
from manifests.capture import Outcome

_TRY = {
    "address-refused": "If you mean to capture it, allow it: --allow-private HOST:PORT.",
    "bad-url": "Check its spelling.",
    "body-short": "Try again later.",
    "connect-failed": "Check the address and the port, or try again later.",
    "connect-timeout": "Try again later.",
    "dns-failed": "Check the spelling of the host.",
    "header-timeout": "Try again later, or with a longer --timeout.",
    "idle-timeout": "Try again later.",
    "no-response": "Try again later.",
    "total-timeout": "Try again with a longer --timeout.",
}


def is_problem(result: SeedResult) -> bool:
    """Whether a URL that was given was not captured, was answered with an error, or is suspected of something."""
    page = result.page
    return not page.outcome.value.startswith("captured") or (page.response_code or 0) >= 400 or bool(page.suspected)


def described(one: Result) -> dict[str, object]:
    """One URL as a JSON line."""
    captured = one.captured
    seen = captured.manifest.observation if captured else None
    payload = next((d for d in seen.digests.payload if d.algorithm == "sha256"), None) if seen else None
    return {
        "capture_id": seen.capture_id if seen else None,
        "url": shown_url(one.url),
        "final_url": shown_url(one.final_url) if one.final_url else None,
        "discovery_path": one.discovery_path,
        "embedded_by": one.embedded_by,
        "outcome": one.outcome.value,
        "reason": one.reason,
        "response_code": one.response_code,
        "suspected": list(one.suspected),
        "fetched_at": moment(seen.requested_at) if seen else None,
        "payload_sha256": payload,
        "segment_id": captured.segment_id if captured else None,
        "manifest_digest": captured.manifest_digest if captured else None,
    }


def became(result: SeedResult) -> dict[str, str | None]:
    """The page a seed led to, as cells of a report."""
    return {name: None if value is None else str(value) for name, value in described(result.page).items()}


def tell(result: SeedResult) -> None:
    """One line: outcome, title, publisher and how many notices, and what to look at."""
    page = result.page
    text = Text(f"{page.outcome.value:<26} ", style=COLOURS[page.outcome])
    text.append(safe(shown_url(result.seed.url)), style="bold")
    if len(result.results) > 1 and page is not result.results[0]:
        text.append(f" -> {safe(shown_url(page.url))}")
    claims = page.captured.manifest.claims if page.captured else None
    if claims:
        if claims.title:
            text.append(f"  {safe(claims.title.value, 80)}", style="italic")
        if claims.publisher:
            text.append(f"  by {safe(claims.publisher.name, 60)}")
        text.append(f"  {len(claims.notices)} notice{'' if len(claims.notices) == 1 else 's'}", style="cyan")
    if page.response_code is not None and page.response_code >= 400:
        text.append(f"  HTTP {page.response_code}", style="yellow")
    if page.reason:
        text.append(f"  {page.reason}", style="yellow")
    embedded = [one for one in result.results if "E" in one.discovery_path]
    if embedded:
        failed = sum(not one.outcome.value.startswith("captured") for one in embedded)
        text.append(f"  +{len(embedded)} embedded" + (f" ({failed} not captured)" if failed else ""), style="dim")
    original = next((one for one in result.results if one.discovery_path.strip("R") == "L"), None)
    if original:
        named = safe(shown_url(original.url)) if original.captured else original.reason or original.outcome.value
        text.append(f"  original: {named}", style="dim")
    say(text)


def advise(result: SeedResult) -> None:
    """What to try for a URL that was not captured, answered with an error, or does not look like what was meant."""
    page = result.page
    url = safe(shown_url(result.seed.url))
    if page.outcome in (Outcome.REFUSED, Outcome.FAILED):
        said = page.detail or REASONS.get(page.reason or "", page.reason) or page.outcome.value
        tried = _TRY.get(page.reason or "")
        if tried and ". " not in said:
            said = f"{said.rstrip('.')}. {tried}"
        if page.reason in ("connect-failed", "dns-failed", "connect-timeout"):
            proxy = ignored_proxy_advice(wiring.environment().proxies)
            said += f" {proxy}" if proxy else ""
    else:
        code = page.response_code or 0
        seen = [f"the server answered {code}"] if code >= 400 else []
        seen += [f"it looks like {', '.join(page.suspected)}"] if page.suspected else []
        said = f"{' and '.join(seen)}; what came is kept. " + (
            "Try again later, or with --header, --user-agent or --accept-language."
            if page.suspected
            else "Check the URL, or try again later."
        )
    people.print(Text(safe(f"{url}: {said}", 600), style="yellow"))
