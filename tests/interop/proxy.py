"""A loopback proxy between a client and the gateway, which can stop reading from the gateway: the
client behind it is a slow reader, with its own code unchanged."""
import socket
import threading


class Proxy:
    """Connect to .address in place of the gateway's; clear .reading to let the gateway's bytes pile
    up where they are, set it to pass them on again."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.reading = threading.Event()
        self.reading.set()
        self.sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            upstream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            try:
                upstream.connect(self.gateway)
            except OSError:
                client.close()
                upstream.close()
                continue
            self.sockets += [client, upstream]
            threading.Thread(target=self._up, args=(client, upstream), daemon=True).start()
            threading.Thread(target=self._down, args=(client, upstream), daemon=True).start()

    def _up(self, client, upstream):
        """The client's bytes; a gateway that takes no more does not end the other direction."""
        broken = False
        try:
            while data := client.recv(1 << 16):
                try:
                    if not broken:
                        upstream.sendall(data)
                except OSError:
                    broken = True
        except OSError:
            pass
        self._end(client, upstream)

    def _down(self, client, upstream):
        """The gateway's bytes, and its end as what it was: a half-close leaves the client's sending
        alone, so that it reads everything before it notices."""
        try:
            while self.reading.wait() and (data := upstream.recv(1 << 16)):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            self._end(client, upstream)

    @staticmethod
    def _end(*sockets):
        for s in sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.reading.set()
        self._end(self.listener, *self.sockets)
        for s in [self.listener, *self.sockets]:
            s.close()
