"""A hunt: the checker runs on a scene with one server, a mutant or not, and ends as soon as it has found what is wrong with it."""
import asyncio
import time

from checker.figures import rounded
from faults.case import Length
from faults.felt import memcached_errors
from faults.trial import Trial


class Hunt(Trial):
    """`rules`: it ends with the first violation of one of these, which is then `catch`; without one it lasts `seconds`, and then comes
    the whole audit. None: all of that in any case, to show that nothing is found; then `faults` says what was."""

    def __init__(self, scene, system, rules, seconds, **more):
        super().__init__(scene, system, Length(short=False), **more)
        self.rules, self.seconds, self.catch = rules, seconds, None

    async def run(self):
        self.memcached_errors = sum(map(memcached_errors, self.system.server_urls))
        await self.check.begin()
        self.begin = time.monotonic()
        causing = asyncio.create_task(self.cause())
        try:
            await self.watch()
        finally:
            self.length.over = True
            await causing
        if self.catch:
            await self.stop()
            return
        await asyncio.to_thread(self.system.heal)
        await self.check.end()
        self.look()
        if self.rules is None:
            self.faults += [f"{rule}: {count} violations" for rule, count in self.check.judge.counts.items()]
            self.faults += [] if self.case.felt(self) else ["the fault was not felt"]

    async def cause(self):
        try:
            self.told = await asyncio.to_thread(self.case.cause, self.system, self.length)
        except InterruptedError:
            pass
        except Exception as error:   # a hunt without its fault catches nothing, and says why
            self.faults.append(f"{type(error).__name__}: {error}")
        self.end = time.monotonic()

    async def watch(self):
        while time.monotonic() < self.begin + self.seconds and not self.faults:
            await asyncio.sleep(0.05)
            if self.look():
                return

    def look(self):
        """The first violation of a rule that is looked for."""
        found = (violation for violation in self.check.judge.violations if violation.rule in (self.rules or ()))
        self.catch = self.catch or next(found, None)
        return self.catch

    async def stop(self):
        """At once: nobody asks how what is under way ends."""
        self.check.stopped.set()   # an action may swallow its cancellation, as one that waits with a timeout
        for life in self.check.lives:
            life.cancel()
        await asyncio.gather(*self.check.lives, return_exceptions=True)
        for client in self.check.clients:
            client.close()
        self.check.record.close()

    def as_dict(self):
        figures = self.check.figures
        when = self.catch and self.catch.operation and self.catch.operation.end - self.begin
        return {"scene": self.case.name, "caught_by": self.catch and self.catch.rule, "after_s": rounded(when), "faults": self.faults,
                "operations": sum(figures.operations.values()), "errors": dict(figures.errors), "violations_by_rule": dict(self.check.judge.counts)}
