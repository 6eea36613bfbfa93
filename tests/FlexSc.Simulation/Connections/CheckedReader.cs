using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Connections;

/// <summary>
/// What an actor receives of a connection: in pull mode no more than was asked for; nothing from when the connection has answered that
/// reading is suspended until it is resumed.
/// </summary>
internal sealed class CheckedReader(World world, TcpUse use, IActorRef connection, IActorRef self, string who)
{
    private readonly KeptReceptions _kept = new(world);
    private long _question;
    private bool _isWanted = !use.IsPull;
    private bool _isSuspensionKnown;

    public bool IsWanted => _isWanted;

    /// <summary>Asks for a reception, or resumes.</summary>
    public void Want()
    {
        if (!_isWanted)
        {
            _isWanted = true;
            _isSuspensionKnown = false;
            connection.Tell(Tcp.ResumeReading.Instance, self);
        }
    }

    /// <summary>Has nothing come until it is wanted.</summary>
    public void Suspend()
    {
        if (_isWanted && !use.IsPull)
        {
            _isWanted = false;
            connection.Tell(Tcp.SuspendReading.Instance, self);
            connection.Tell(new Identify($"suspended {++_question}"), self);
        }
    }

    /// <summary>The connection has come to a suspension.</summary>
    public void OnIdentity(ActorIdentity identity) =>
        _isSuspensionKnown |= !_isWanted && identity.MessageId is string text && text == $"suspended {_question}";

    /// <summary>The bytes of a reception; null for another message.</summary>
    public byte[]? TryTake(object message)
    {
        byte[] bytes;
        switch (message)
        {
            case Tcp.Received received:
                bytes = received.Data.ToArray();
                break;
            case ReceivedWithDescriptors passed:
                bytes = passed.Data.ToArray();
                break;
            case PooledReceived pooled:
                bytes = pooled.Span.ToArray();
                _kept.Add(pooled);
                break;
            default:
                return null;
        }

        if (bytes.Length == 0)
        {
            throw new SimulationFailure($"{who}: an empty reception");
        }

        if (_isSuspensionKnown || (use.IsPull && !_isWanted))
        {
            throw new SimulationFailure($"{who}: {bytes.Length} bytes came although reading is suspended");
        }

        _isWanted = _isWanted && !use.IsPull;
        return bytes;
    }

    /// <summary>Releases what is kept, as a handler does that ends; one that dies does not.</summary>
    public void ReleaseAll() => _kept.ReleaseAll();
}
