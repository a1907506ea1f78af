"""One bar for the whole run on a terminal, redrawn in place; elsewhere a line for each step."""

import sys
import time


class Progress:
    def __init__(self, total):
        self.total, self.done, self.started = total, 0, time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.label = ""

    def step(self, label, count=1):
        """One more measurement begins."""
        self.label = label
        self.draw()
        self.done = min(self.done + count, self.total)

    def say(self, label):
        """What takes time between measurements; what it prints itself comes below."""
        self.label = label
        self.draw()
        if self.terminal:
            sys.stderr.write("\n")

    def reached(self, done):
        self.done = done

    def draw(self):
        seconds = time.monotonic() - self.started
        left = f", about {seconds / self.done * (self.total - self.done):.0f} s left" if self.done > 3 else ""
        if self.terminal:
            bar = "#" * (30 * self.done // self.total)
            sys.stderr.write(f"\r\033[K[{bar:<30}] {seconds:5.0f} s{left}  {self.label}")
        else:
            sys.stderr.write(f"{seconds:6.0f} s  {self.done}/{self.total}  {self.label}\n")
        sys.stderr.flush()

    def clear(self):
        """So that something else can be printed."""
        if self.terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
