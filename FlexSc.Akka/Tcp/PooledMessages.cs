using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Registers the handler of a connection, as <see cref="Tcp.Register"/> does, for receptions without allocation: it gets
/// <see cref="PooledReceived"/> in place of <see cref="Tcp.Received"/>. All other events and commands are Akka.IO's. Output may go
/// by <see cref="FlexTcp.OutputOf"/> as well as by <see cref="Tcp.Write"/>, in the order it was handed over.
/// </summary>
/// <param name="handler">Gets the connection's events.</param>
/// <param name="keepOpenOnPeerClosed">Whether writing goes on after the peer has closed its direction.</param>
public sealed class RegisterPooled(IActorRef handler, bool keepOpenOnPeerClosed = false) : Tcp.Command
{
    /// <summary>Gets the connection's events.</summary>
    public IActorRef Handler => handler;

    /// <summary>Whether writing goes on after the peer has closed its direction.</summary>
    public bool KeepOpenOnPeerClosed => keepOpenOnPeerClosed;

    /// <inheritdoc/>
    public override string ToString() => $"RegisterPooled(handler: {handler}, keepOpenOnPeerClosed: {keepOpenOnPeerClosed})";
}

/// <summary>The output of a connection has drained as far as <see cref="TcpOutput.NotifyWhenUnsentAtMost"/> asked. Its sender is the connection.</summary>
public sealed class OutputDrained : Tcp.Event, IDeadLetterSuppression
{
    /// <summary>The only instance.</summary>
    public static OutputDrained Instance { get; } = new();

    private OutputDrained()
    {
    }
}
