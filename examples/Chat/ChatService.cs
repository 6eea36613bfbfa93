using System.Net;
using Akka;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using FlexSc.Akka.Streams;
using FlexSc.Examples.Shared;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace FlexSc.Examples.Chat;

/// <summary>
/// The chat as one object. Each connection is two streams: of lines to the one actor of the chat, which takes the next line when it has
/// done with the last, and of lines from it, by a bounded queue.
/// </summary>
internal sealed class ChatService : IAsyncDisposable
{
    private static readonly ByteString LineEnd = ByteString.FromString("\n");

    private readonly ActorSystem _system;
    private readonly ActorMaterializer _materializer;
    private readonly ChatOptions _options;
    private readonly SocketIo _io;
    private readonly ChatCounters _counters = new();
    private readonly IActorRef _chat;
    private readonly List<StreamTcp.ServerBinding> _bindings = [];
    private bool _stopped;

    private ChatService(ActorSystem system, ChatOptions options, SocketIo io, string? message)
    {
        _system = system;
        _options = options;
        _io = io;
        Message = message;
        _materializer = system.Materializer();
        ChatCounters counters = _counters;
        _chat = system.ActorOf(Props.Create(() => new ChatActor(options, counters)), "chat");
    }

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<EndPoint> EndPoints => [.. _bindings.Select(static binding => binding.LocalAddress)];

    /// <summary>The same as text.</summary>
    public IEnumerable<string> Addresses => EndPoints.Select(SocketIo.NameOf);

    /// <summary>Which backend runs on which cores, and why.</summary>
    public string Description => _io.Describe(_options);

    /// <summary>What of the options could not be had, and the remedy; null for nothing.</summary>
    public string? Message { get; }

    /// <summary>What it counts.</summary>
    public ChatCounters Counters => _counters;

    /// <summary>One line of JSON for who measures a span of lines.</summary>
    public string StatisticsLine() => StatisticsLines.Describe(_counters.Lines, _counters.Members.Value, _io.Loops);

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">
    /// An address cannot be listened on, or the limit on descriptors is too low; the text names the remedy.
    /// </exception>
    /// <exception cref="FlexSc.Interop.Capabilities.BackendUnavailableException">The backend asked for cannot run here.</exception>
    public static async Task<ChatService> StartAsync(ChatOptions options)
    {
        DescriptorBudget.RequireEnoughToStart();
        IReadOnlyList<EndPoint> endPoints = await options.EndPointsAsync(options.Host).ConfigureAwait(false);
        ActorSystem system = ActorSystem.Create(
            "chat", SocketIo.ConfigFor(options).WithFallback(StandardErrorLogger.ConfigFor("WARNING")));
        try
        {
            SocketIo io = new(system, options);
            DescriptorBudget descriptors = new();
            descriptors.MeasureProcess();
            int members = descriptors.ConnectionsFor(
                options.AsksForMaxMembers ? options.MaxMembers : null, options.MaxMembers, keptDescriptors: 0, "--max-members",
                out string? message);
            ChatService service = new(system, options with { MaxMembers = members }, io, message);
            foreach (EndPoint endPoint in endPoints)
            {
                await service.BindAsync(endPoint).ConfigureAwait(false);
            }

            return service;
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets nobody new in, says good-bye to everybody, and ends when that was sent, or after a while.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        Task drained = _io.DrainAsync(TimeSpan.FromMilliseconds(_options.DrainMs), _counters.Members.WhenAsync(static count => count == 0));
        _chat.Tell(EndChat.Instance, ActorRefs.NoSender);
        await drained.ConfigureAwait(false);
        if (_options.Io == IoMode.AkkaIo)
        {
            // FlexSC's listeners have ended by being drained.
            await Task.WhenAll(_bindings.Select(static binding => binding.Unbind())).ConfigureAwait(false);
        }

        await _system.Terminate().ConfigureAwait(false);
        await _io.WhenEnded().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task BindAsync(EndPoint endPoint)
    {
        try
        {
            _bindings.Add(await ConnectionsTo(endPoint)
                .To(Sink.ForEach<StreamTcp.IncomingConnection>(Handle)).Run(_materializer).ConfigureAwait(false));
        }
        catch (StreamTcpException exception)
        {
            throw new ListenException(endPoint, exception.InnerException ?? exception);
        }
    }

    private Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> ConnectionsTo(EndPoint endPoint)
    {
        TimeSpan? idleTimeout = _options.IdleTimeoutSeconds == 0 ? null : TimeSpan.FromSeconds(_options.IdleTimeoutSeconds);
        if (_options.Io == IoMode.FlexSc)
        {
            IEnumerable<Inet.SocketOption> socketOptions = SocketIo.ListenerOptions(_options, endPoint);
            return _system.FlexTcpStream().Bind(endPoint, _options.Backlog, socketOptions, idleTimeout: idleTimeout);
        }

        IPEndPoint address = (IPEndPoint)endPoint;
        return _system.TcpStream().Bind($"{address.Address}", address.Port, _options.Backlog, idleTimeout: idleTimeout);
    }

    private void Handle(StreamTcp.IncomingConnection connection)
    {
        _counters.Members.Add(1);
        if (_counters.Members.Value > _options.MaxMembers)
        {
            _counters.Members.Add(-1);
            ByteString full = ByteString.FromString($"! the chat is full: {_options.MaxMembers} are here\n");
            Sink<ByteString, NotUsed> ignore = Sink.Ignore<ByteString>().MapMaterializedValue(static _ => NotUsed.Instance);
            connection.HandleWith(Flow.FromSinkAndSource(ignore, Source.Single(full)), _materializer);
            return;
        }

        (IActorRef queue, Source<ByteString, NotUsed> told) =
            Source.ActorRef<ByteString>(_options.MaxQueuedLines, OverflowStrategy.Fail).PreMaterialize(_materializer);
        ChatMember member = new(queue);
        _chat.Tell(new Entered(member), ActorRefs.NoSender);
        connection.HandleWith(Flow.FromSinkAndSource(LinesOf(member), told), _materializer);
    }

    private Sink<ByteString, NotUsed> LinesOf(ChatMember member) => Flow.Create<ByteString>()
        .Concat(Source.Single(LineEnd)) // a last line without its end is a line, too
        .StatefulSelectMany<ByteString, ByteString, ChatLine, NotUsed>(() => new LineReader(member, _options.MaxLineBytes).Read)
        .To(Sink.ActorRefWithAck<ChatLine>(
            _chat, Begin.Instance, LineTaken.Instance, new Left(member, null), exception => new Left(member, exception)));
}
