"""Looks for inputs that break a parser: `python -m tests.signaling.fuzz --minutes 5`."""

import argparse
import secrets
import sys
import time
from traceback import format_exception

from tests.signaling.fuzz.campaign import Campaign, Finding, Target
from tests.signaling.fuzz.targets import TARGETS


def main() -> int:
    """Give every target the same share of the time; keep what breaks one."""
    known = {target.name: target for target in TARGETS}
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--target", action="append", choices=sorted(known), default=[])
    asked = parser.parse_args()
    names = asked.target or list(known)
    failed = 0
    for name in names:
        until = time.monotonic() + asked.minutes * 60 / len(names)
        campaign = Campaign(known[name], asked.seed).run(until=until)
        say(told(campaign))
        if campaign.finding is not None:
            failed += 1
            keep(known[name], campaign.finding)
    return 1 if failed else 0


def say(text: str) -> None:
    """Show it at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def told(campaign: Campaign) -> str:
    """One line about a campaign."""
    return (
        f"fuzz {campaign.target.name}: {campaign.examples} examples, seed {campaign.seed}, "
        f"{campaign.outcomes} outcomes, slowest {campaign.slowest * 1000:.1f} ms "
        f"for {len(campaign.slowest_data)} bytes" + ("" if campaign.finding is None else ", BROKEN")
    )


def keep(target: Target, finding: Finding) -> None:
    """Put an input into the corpus, and show what it did."""
    target.corpus.mkdir(parents=True, exist_ok=True)
    number = len(target.found()) + 1
    path = target.corpus / f"{number:02}-{type(finding.error).__name__.lower()}.bin"
    path.write_bytes(finding.data)
    say("".join(format_exception(finding.error)))
    say(f"kept {len(finding.data)} bytes as {path}: {finding.data[:200]!r}")


if __name__ == "__main__":
    sys.exit(main())
