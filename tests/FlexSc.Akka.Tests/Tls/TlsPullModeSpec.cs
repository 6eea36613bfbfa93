using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Xunit;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>A listener in pull mode is asked for connections, not for attempts.</summary>
public abstract class TlsPullModeSpec(string config) : TlsFixture($"flexsc.tcp.compat = []\n{config}")
{
    [Fact]
    public async Task A_handshake_that_fails_leaves_its_place_to_the_next_client()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync(pullMode: true);
        bind.LastSender.Tell(new Tcp.ResumeAccepting(1), bind);
        using Socket garbage = new(SocketType.Stream, ProtocolType.Tcp);
        await garbage.ConnectAsync(endpoint);
        await garbage.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        using TlsPair pair = await ConnectTlsAsync(bind, endpoint);
    }
}

public sealed class TlsPullModeOnIoUringSpec() : TlsPullModeSpec("flexsc.loops.backend = io-uring");

public sealed class TlsPullModeOnInlineCallsSpec() : TlsPullModeSpec("flexsc.loops.backend = syscall-threads");
