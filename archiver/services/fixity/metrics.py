# SPDX-License-Identifier: Apache-2.0
"""An audit in the text format of Prometheus (exposition format 0.0.4), for a node exporter to pick up."""

from manifests.events import EventSummary

_HELP = {
    "archiver_audit_objects": "Stored objects that the last audit looked at.",
    "archiver_audit_captures": "Captures that the last audit checked.",
    "archiver_audit_octets": "Octets that the last audit read.",
    "archiver_audit_unchecked": "Objects whose digest the last audit could not compare.",
    "archiver_audit_events": "What the last audit looked at, by outcome.",
    "archiver_audit_findings": "Findings of the last audit, by code.",
    "archiver_audit_ended_seconds": "When the last audit ended, in seconds since 1970.",
    "archiver_audit_coverage_age_seconds": "Seconds since the part of the archive that was audited longest ago was.",
}


def metrics(level: str, summary: EventSummary, coverage_age: float | None) -> str:
    """The metrics of a run; `coverage_age` in seconds, None while a part was never audited."""
    plain = {"level": level}
    samples: list[tuple[str, dict[str, str], float | str]] = [
        ("archiver_audit_objects", plain, summary.objects),
        ("archiver_audit_captures", plain, summary.captures),
        ("archiver_audit_octets", plain, summary.octets),
        ("archiver_audit_unchecked", plain, summary.unchecked),
        ("archiver_audit_events", {**plain, "outcome": "success"}, summary.success),
        ("archiver_audit_events", {**plain, "outcome": "failure"}, summary.failure),
        ("archiver_audit_events", {**plain, "outcome": "could-not-check"}, summary.could_not_check),
        *(
            ("archiver_audit_findings", {**plain, "code": code}, count)
            for code, count in sorted(summary.findings.items())
        ),
        ("archiver_audit_ended_seconds", plain, round(summary.ended_at.timestamp())),
        ("archiver_audit_coverage_age_seconds", plain, "+Inf" if coverage_age is None else round(coverage_age)),
    ]
    lines = []
    for name, text in _HELP.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        for own, labels, value in samples:
            if own == name:
                named = ",".join(f'{label}="{word}"' for label, word in labels.items())
                lines.append(f"{name}{{{named}}} {value}")
    return "\n".join(lines) + "\n"
