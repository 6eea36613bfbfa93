using System.Net;
using Akka.Actor;
using Akka.Event;
using FlexSc.Examples.KvServer.Protocol;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Tells a connection's actor that its deadline has passed.</summary>
internal sealed class DeadlinePassed : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DeadlinePassed Instance = new();
}

/// <summary>Asks a connection's actor to finish the request that is under way and to close.</summary>
internal sealed class DrainConnection : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DrainConnection Instance = new();
}

/// <summary>A connection as the rest of the server sees it. Its actor alone writes; others read, possibly a little late.</summary>
/// <param name="actor">Its actor.</param>
/// <param name="session">Its session.</param>
/// <param name="addresses">Where it is from, and where to.</param>
internal sealed class OpenConnection(IActorRef actor, KvSession session, ConnectionAddresses addresses)
{
    /// <summary>Value of <see cref="DueMs"/> that never comes.</summary>
    public const long Never = long.MaxValue;

    private long _dueMs = Never;

    public IActorRef Actor => actor;

    public KvSession Session => session;

    public ConnectionAddresses Addresses => addresses;

    /// <summary>Its place in the order of all connections, from 1 on; 0 until it is counted.</summary>
    public long Number { get; set; }

    /// <summary>When the actor is told <see cref="DeadlinePassed"/>, on the clock of <see cref="Environment.TickCount64"/>.</summary>
    public long DueMs
    {
        get => Volatile.Read(ref _dueMs);
        set => Volatile.Write(ref _dueMs, value);
    }
}

/// <summary>The two ends of a connection.</summary>
internal readonly record struct ConnectionAddresses(EndPoint Remote, EndPoint Local);
