using System.Net;
using System.Net.Sockets;
using FlexSc.Peers;
using FlexSc.Peers.Sockets;

// A reactor of System.Net.Sockets and nothing else. With DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 everything runs on the
// thread that waits in epoll: what such inlining gains is not to be credited to FlexSC.
using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
listener.Bind(new IPEndPoint(IPAddress.Loopback, PeerHost.Port(args)));
listener.Listen(backlog: 1024);
Reactor reactor = new();
SocketAsyncEventArgs accept = new();
accept.Completed += (_, accepted) => AcceptLoop(accepted);
AcceptLoop(null);
string inline = Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS") == "1" ? "inline continuations" : "continuations on the thread pool";
PeerHost.RunUntilTold($"System.Net.Sockets of {Environment.Version}, {inline}", listener.LocalEndPoint!, () => reactor.Counts);

void AcceptLoop(SocketAsyncEventArgs? accepted)
{
    while (true)
    {
        if (accepted is not null)
        {
            if (accepted.SocketError == SocketError.Success)
            {
                new Connection(reactor, accepted.AcceptSocket!).Start();
            }

            accepted.AcceptSocket = null;
        }

        if (listener.AcceptAsync(accept))
        {
            return;
        }

        accepted = accept;
    }
}
