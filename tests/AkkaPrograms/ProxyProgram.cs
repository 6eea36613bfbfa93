using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace AkkaPrograms;

/// <summary>A TCP proxy over Akka.Streams.</summary>
public static class ProxyProgram
{
    /// <summary>Passes each connection on to another address, both ways and with both ends.</summary>
    /// <returns>Where it listens.</returns>
    public static async Task<EndPoint> ServeAsync(ActorSystem system, IMaterializer materializer, EndPoint target)
    {
        StreamTcp.ServerBinding binding = await system.TcpStream().Bind("127.0.0.1", 0, halfClose: true)
            .To(Sink.ForEach<StreamTcp.IncomingConnection>(connection =>
                connection.HandleWith(system.TcpStream().OutgoingConnection(target), materializer)))
            .Run(materializer);
        return binding.LocalAddress;
    }

    /// <summary>Answers each line with its length, over Akka.Streams: what the proxy may stand before.</summary>
    public static async Task<EndPoint> ServeLengthsAsync(ActorSystem system, IMaterializer materializer)
    {
        Flow<ByteString, ByteString, Akka.NotUsed> lengths = Framing.Delimiter(ByteString.FromString("\n"), 100_000)
            .Select(line => ByteString.FromString($"{line.Count}\n"));
        StreamTcp.ServerBinding binding = await system.TcpStream().BindAndHandle(lengths, materializer, "127.0.0.1", 0);
        return binding.LocalAddress;
    }

    /// <summary>Sends lines through several connections at once.</summary>
    /// <returns>The answers, connection by connection.</returns>
    public static async Task<string> TalkAsync(ActorSystem system, IMaterializer materializer, EndPoint proxy)
    {
        IEnumerable<Task<string>> talks = Enumerable.Range(1, 5).Select(connection => Source.From(Enumerable.Range(0, 200))
            .Select(i => ByteString.FromString(new string('x', i * connection * 13 % 10_000) + "\n"))
            .Via(system.TcpStream().OutgoingConnection(proxy))
            .RunAggregate(ByteString.Empty, (all, more) => all + more, materializer)
            .ContinueWith(all => $"{connection}: {all.Result}", TaskScheduler.Default));
        return string.Concat(await Task.WhenAll(talks));
    }
}
