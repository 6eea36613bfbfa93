"""Uses the key-value service as a program with pymemcache does. Arguments: HOST PORT, the path of a Unix socket, and the port and the
certificate of an address with TLS. Ends with 0 and the line "ok", or with the assertion that failed."""
import ssl
import sys

from pymemcache.client.base import Client, PooledClient
from pymemcache.exceptions import MemcacheServerError, MemcacheIllegalInputError


def serializes(key, value):
    return (value, 1) if isinstance(value, bytes) else (str(value).encode(), 2)


def deserializes(key, value, flags):
    return value if flags == 1 else value.decode()


def classic(client):
    assert client.set("a", b"1", noreply=False) is True
    assert client.get("a") == b"1"
    assert client.get("none", "default") == "default"
    assert client.set_many({"k%d" % i: b"v%d" % i for i in range(100)}, noreply=False) == []
    assert client.get_many(["k%d" % i for i in range(100)] + ["none"]) == {"k%d" % i: b"v%d" % i for i in range(100)}
    assert client.add("a", b"2", noreply=False) is False
    assert client.replace("none", b"2", noreply=False) is False
    assert client.append("a", b"0", noreply=False) and client.prepend("a", b"2", noreply=False)
    assert client.incr("a", 5) == 215 and client.decr("a", 1000) == 0
    assert client.incr("none", 1) is None
    value, unique = client.gets("k1")
    assert value == b"v1"
    assert client.cas("k1", b"new", unique) is True
    assert client.cas("k1", b"late", unique) is False
    assert client.cas("none", b"x", unique) is None
    assert client.touch("k1", 100, noreply=False) is True
    assert client.delete("k1", noreply=False) is True and client.delete("k1", noreply=False) is False
    large = bytes(range(256)) * 3000
    assert client.set("large", large, noreply=False) is True
    assert client.get("large") == large
    try:
        client.set("toolarge", b"x" * (1024 * 1024 + 1), noreply=False)
        raise AssertionError("a value over the limit was stored")
    except MemcacheServerError as refusal:
        assert "object too large for cache" in str(refusal)
    try:
        client.set("with space", b"x")
        raise AssertionError("a key with a space was sent")
    except MemcacheIllegalInputError:
        pass
    client.set("quiet", b"1", noreply=True)
    client.delete("quiet", noreply=True)
    assert client.get("quiet") is None
    statistics = client.stats()
    assert statistics[b"curr_items"] > 90 and statistics[b"version"].startswith(b"1.6."), statistics
    assert int(client.stats("settings")[b"item_size_max"]) == 1048576
    assert any(name.endswith(b":used_chunks") for name in client.stats("slabs"))
    assert client.version().startswith(b"1.6.")
    assert client.flush_all(noreply=False) is True
    assert client.get("a") is None


def main():
    host, port, path, tls_port, certificate = sys.argv[1:]
    client = Client((host, int(port)), timeout=20, connect_timeout=20)
    classic(client)
    client.quit()
    pool = PooledClient((host, int(port)), serializer=serializes, deserializer=deserializes, max_pool_size=4, timeout=20)
    pool.set("text", "words", noreply=False)
    assert pool.get("text") == "words"
    near = Client("unix:" + path, timeout=20)
    assert near.get("text") == b"words"
    classic(near)
    context = ssl.create_default_context(cafile=certificate)
    secure = Client((host, int(tls_port)), tls_context=context, timeout=20)
    classic(secure)
    print("ok")


main()
