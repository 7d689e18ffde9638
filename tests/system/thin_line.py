# SPDX-License-Identifier: Apache-2.0
"""thin_line.py: a way to the district that can be made to fall silent: a TCP relay which counts
bytes and, when told, swallows what comes without closing anything, as a radio link does."""
import selectors
import socket
import threading

CHUNK = 4096


class Call:
    """One connection through the line."""

    def __init__(self, near):
        self.near, self.far = near, None
        self.up = self.down = 0  # bytes carried
        self.swallowed = 0
        self.silent = False
        self.closed = False


class Line:
    def __init__(self, port, far_port):
        self.far_port = far_port
        self.calls = []
        self.silent_after = None  # bytes up and down together; the next call only
        self.cut_after = None     # the same for every call, which is then closed
        self.then_down = False    # when that came to pass ...
        self.down = False         # ... new calls are taken and not carried
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=16)
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        self.running = False
        self.thread.join()
        for call in self.calls:
            self.end(call)
        self.listener.close()

    def run(self):
        while self.running:
            for key, _ in self.selector.select(0.1):
                with self.changed:
                    if key.data is None:
                        self.take()
                    else:
                        self.carry(key.fileobj, key.data)
                    self.changed.notify_all()

    def take(self):
        near, _ = self.listener.accept()
        call = Call(near)
        self.calls.append(call)
        call.silent = self.down
        try:
            call.far = socket.create_connection(("127.0.0.1", self.far_port), timeout=5)
        except OSError:
            near.close()
            call.closed = True
            return
        for end in (call.near, call.far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(end, selectors.EVENT_READ, call)

    def carry(self, end, call):
        try:
            data = end.recv(CHUNK)
        except OSError:
            data = b""
        if not data:
            self.end(call)
            return
        room = len(data)
        limit = self.cut_after if self.cut_after is not None else self.silent_after
        if limit is not None and not call.silent:
            room = max(0, min(room, limit - call.up - call.down))
        if call.silent:
            call.swallowed += len(data)
            return
        other = call.far if end is call.near else call.near
        try:
            other.sendall(data[:room])
        except OSError:
            self.end(call)
            return
        if end is call.near:
            call.up += room
        else:
            call.down += room
        if room < len(data) and self.cut_after is not None:
            call.swallowed += len(data) - room
            self.end(call)
        elif room < len(data):
            call.swallowed += len(data) - room
            call.silent = True
            self.silent_after = None
            self.down = self.then_down
            self.then_down = False

    def end(self, call):
        if call.closed:
            return
        call.closed = True
        for end in (call.near, call.far):
            if end:
                try:
                    self.selector.unregister(end)
                except (KeyError, ValueError):
                    pass
                end.close()

    def hush(self):
        """Every call that stands falls silent."""
        with self.changed:
            for call in self.calls:
                call.silent = True

    def until(self, what, patience_s):
        """Waits until `what(line)` holds; says whether it does."""
        with self.changed:
            return self.changed.wait_for(lambda: what(self), patience_s)
