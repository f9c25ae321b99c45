"""How often who may ask: three policies, counted by token, else by address (P54)."""

import math
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from limits import RateLimitItem, RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from pcm_registry.errors import RateLimited
from pcm_registry.settings import Settings

HOUR: Final = 3_600


class Policy(StrEnum):
    """What is counted apart: opening a publish, every other change, every reading of the API."""

    PUBLISH = "publish"
    WRITE = "write"
    READ = "read"


@dataclass(frozen=True)
class Rates:
    """Counters of one process."""

    settings: Settings
    limiter: FixedWindowRateLimiter = field(
        default_factory=lambda: FixedWindowRateLimiter(MemoryStorage())
    )

    def count(self, policy: Policy, who: str) -> dict[str, str]:
        """Count one request and return the headers that tell so; raises RateLimited."""
        item = self._item(policy)
        allowed = self.limiter.hit(item, policy.value, who)
        stats = self.limiter.get_window_stats(item, policy.value, who)
        wait = max(1, math.ceil(stats.reset_time - time.time()))
        if not allowed:
            raise RateLimited(policy.value, wait)
        return {
            "RateLimit-Policy": f'"{policy.value}";q={item.amount};w={HOUR}',
            "RateLimit": f'"{policy.value}";r={stats.remaining};t={wait}',
        }

    def _item(self, policy: Policy) -> RateLimitItem:
        amounts = {
            Policy.PUBLISH: self.settings.publish_rate,
            Policy.WRITE: self.settings.write_rate,
            Policy.READ: self.settings.read_rate,
        }
        return RateLimitItemPerHour(amounts[policy])
