"""A TCP proxy whose faults are switched while it runs, on asyncio.

Control: a Unix socket; each line is a JSON object of the settings to change (see Faults), {} to ask, {"clear": true} to end
all faults. The answer is a line with all settings and the number of open connections.
"""
import asyncio
import json
import random
import socket
import struct
from collections import deque
from dataclasses import asdict, dataclass, fields

CHUNK = 65536
AHEAD = 64   # chunks that one direction holds back before it stops reading


@dataclass
class Faults:
    """Each direction of each connection suffers them. Those of existing connections are felt at once.

    latency_ms, jitter_ms   each chunk arrives that much later, give or take the jitter; the order stays
    late_ms, late_share     that share of the chunks arrives that much later still, each by chance, and what is behind it on its way
    stall                   connections are accepted, and nothing passes
    reset                   existing connections are reset, new ones as well while it lasts
    half_close              "server" or "client": towards that side the stream is ended, from it bytes still pass;
                            existing connections, and new ones while it lasts
    bandwidth               bytes a second, for each direction of each connection; 0: no limit
    refuse                  nobody listens; existing connections go on
    """
    latency_ms: float = 0
    jitter_ms: float = 0
    late_ms: float = 0
    late_share: float = 0
    stall: bool = False
    reset: bool = False
    half_close: str = ""
    bandwidth: int = 0
    refuse: bool = False

    def change(self, wanted):
        """Raises ValueError, and changes nothing, where a name or a type is unknown."""
        types = {field.name: (int, float) if field.type is float else field.type for field in fields(self)}
        for name, value in wanted.items():
            if name not in types or not isinstance(value, types[name]):
                raise ValueError(f"{name}: {value!r}")
        if wanted.get("half_close", "") not in ("", "server", "client"):
            raise ValueError(f"half_close: {wanted['half_close']!r}")
        for name, value in wanted.items():
            setattr(self, name, value)


def reset(writer):
    """Ends the connection with RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Direction:
    """One direction of a connection: reads ahead, and writes when the chunk is due."""

    def __init__(self, proxy, reader, writer):
        self.proxy, self.reader, self.writer = proxy, reader, writer
        self.chunks, self.changed = deque(), asyncio.Event()
        self.ended = False   # the stream was ended on purpose: what still comes is dropped

    async def pump(self):
        reading = asyncio.create_task(self.read())
        try:
            await self.write()
        finally:
            reading.cancel()

    async def read(self):
        due = 0
        while True:
            try:
                chunk = await self.reader.read(CHUNK)
            except OSError as error:
                chunk = error
            due = max(due, asyncio.get_running_loop().time() + self.proxy.delay())
            self.chunks.append((due, chunk))
            self.changed.set()
            if not chunk or isinstance(chunk, OSError):
                return
            while len(self.chunks) >= AHEAD:
                await self.wait_for_change()

    async def write(self):
        while True:
            while not self.chunks:
                await self.wait_for_change()
            due, chunk = self.chunks[0]
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            await self.proxy.flowing.wait()
            if isinstance(chunk, OSError):
                raise chunk
            if not chunk:
                self.end()
                return
            await self.pass_on(chunk)
            self.chunks.popleft()
            self.changed.set()

    async def wait_for_change(self):
        self.changed.clear()
        await self.changed.wait()

    async def pass_on(self, chunk):
        begin = 0
        while begin < len(chunk) and not self.ended:
            limit = self.proxy.faults.bandwidth
            piece = chunk[begin:begin + max(1, limit // 20)] if limit else chunk[begin:]
            self.writer.write(piece)
            await self.writer.drain()
            begin += len(piece)
            if limit:
                await asyncio.sleep(len(piece) / limit)

    def end(self):
        if not self.ended and not self.writer.is_closing():
            self.writer.write_eof()
        self.ended = True


class Proxy:
    def __init__(self, listen, target):
        self.listen, self.target = listen, target   # (host, port)
        self.faults, self.flowing = Faults(), asyncio.Event()
        self.flowing.set()
        self.listener, self.connections = None, {}   # writer towards the client -> [towards server, towards client]

    def delay(self):
        late = self.faults.late_ms if random.random() < self.faults.late_share else 0
        return max(0, self.faults.latency_ms + random.uniform(-1, 1) * self.faults.jitter_ms + late) / 1000

    async def open(self):
        if self.listener is None:
            self.listener = await asyncio.start_server(self.serve, *self.listen, backlog=4096, reuse_address=True)

    async def change(self, wanted):
        if wanted.pop("clear", False):
            wanted = {**asdict(Faults()), **wanted}
        self.faults.change(wanted)
        (self.flowing.clear if self.faults.stall else self.flowing.set)()
        if self.faults.refuse and self.listener:
            self.listener.close()
            self.listener = None
        elif not self.faults.refuse:
            await self.open()
        for directions in list(self.connections.values()):
            self.hurt(directions)
        return {**asdict(self.faults), "connections": len(self.connections)}

    def hurt(self, directions):
        """The faults that end a connection, or half of it."""
        towards_server, towards_client = directions
        if self.faults.reset:
            for direction in directions:
                reset(direction.writer)
        elif self.faults.half_close:
            (towards_server if self.faults.half_close == "server" else towards_client).end()

    async def serve(self, reader, writer):
        if self.faults.reset:
            reset(writer)
            return
        try:
            there_reader, there_writer = await asyncio.open_connection(*self.target)
        except OSError:
            reset(writer)
            return
        directions = [Direction(self, reader, there_writer), Direction(self, there_reader, writer)]
        self.connections[writer] = directions
        self.hurt(directions)
        try:
            await asyncio.gather(*(direction.pump() for direction in directions))
        except OSError:
            for direction in directions:
                reset(direction.writer)
        finally:
            del self.connections[writer]
            for direction in directions:
                direction.writer.close()

    async def control(self, reader, writer):
        while line := await reader.readline():
            try:
                answer = await self.change(json.loads(line))
            except (ValueError, AttributeError) as error:
                answer = {"error": str(error)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def run(self, control_path):
        await self.open()
        control = await asyncio.start_unix_server(self.control, control_path)
        await control.serve_forever()
