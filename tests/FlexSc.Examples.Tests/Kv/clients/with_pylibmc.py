"""Uses the key-value service as a program with pylibmc does, which is libmemcached. Arguments: HOST:PORT, and the path of a Unix socket.
Ends with 0 and the line "ok", or with the assertion that failed."""
import sys

import pylibmc


def use(client):
    client.flush_all()
    assert client.set("a", "1") and client.get("a") == "1"
    assert client.get("none") is None
    assert client.set_multi({"k%d" % i: {"number": i} for i in range(200)}) == []
    assert client.get_multi(["k%d" % i for i in range(200)] + ["none"]) == {"k%d" % i: {"number": i} for i in range(200)}
    assert client.add("a", "2") is False and client.add("b", "2") is True
    assert client.replace("none", "2") is False
    assert client.append("b", "3") and client.prepend("b", "1") and client.get("b") == "123"
    client.set("n", 10)
    assert client.incr("n", 5) == 15 and client.decr("n", 20) == 0
    try:
        client.incr("none")
        raise AssertionError("an item that there is not was incremented")
    except pylibmc.NotFound:
        pass
    value, unique = client.gets("a")
    assert client.cas("a", "new", unique) is True and client.cas("a", "late", unique) is False
    assert client.touch("a", 100) is True
    assert client.delete("a") is True and client.delete("a") is False
    large = bytes(range(256)) * 3000
    assert client.set("large", large) and client.get("large") == large
    assert client.set("packed", "x" * 100000, min_compress_len=1000) and client.get("packed") == "x" * 100000
    assert client.delete_multi(["k%d" % i for i in range(200)]) is True
    (_, statistics), = client.get_stats()
    assert int(statistics["cmd_get"]) > 0 and statistics["version"].startswith(b"1.6."), statistics


def main():
    for address in sys.argv[1:]:
        client = pylibmc.Client([address], binary=False, behaviors={"cas": True, "connect_timeout": 20000, "no_block": False})
        use(client)
        client.behaviors["no_block"] = True
        client.behaviors["buffer_requests"] = False
        use(client)
        client.disconnect_all()
    print("ok")


main()
