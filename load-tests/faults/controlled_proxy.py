"""A fault-proxy as a child process, driven from a test.

    with ControlledProxy("127.0.0.1", target_port, folder) as proxy:   # proxy.port: where to connect
        proxy.set(latency_ms=50, jitter_ms=10)
        with proxy.fault(stall=True):
            ...
"""
import json
import socket
from contextlib import contextmanager
from pathlib import Path

from support.process import Process, accepts, free_port

PROGRAM = Path(__file__).resolve().parents[1] / "fault-proxy"


class ControlledProxy(Process):
    def __init__(self, target_host, target_port, folder):
        self.port = free_port()
        self.control = Path(folder) / f"proxy-{self.port}.sock"
        super().__init__(f"fault-proxy {self.port}", [PROGRAM, "--listen", self.port, "--to", f"{target_host}:{target_port}",
                                                      "--control", self.control], Path(folder) / f"proxy-{self.port}.log")

    def start(self):
        super().start()
        self.ready_when(lambda: self.control.exists() and accepts(self.port), 10)
        return self

    def set(self, **faults):
        """Changes these settings of Faults; returns all, and the number of connections."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(10)
            control.connect(str(self.control))
            control.sendall(json.dumps(faults).encode() + b"\n")
            answer = json.loads(control.makefile().readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer

    def clear(self):
        return self.set(clear=True)

    @contextmanager
    def fault(self, **faults):
        self.set(**faults)
        try:
            yield
        finally:
            self.clear()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
