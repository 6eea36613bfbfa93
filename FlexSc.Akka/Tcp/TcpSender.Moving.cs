using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <content>What ties sending to a loop: the call under way, and the blocks that output waits in.</content>
internal sealed partial class TcpSender
{
    /// <summary>No call is under way or asked for.</summary>
    public bool IsAtRest => !_operation.IsPending && !_flushRequested;

    /// <summary>Writes wait that somebody has had leave.</summary>
    public bool HasWaiting => _writes.IsWaiting;

    /// <summary>Nothing is begun while the connection is halted; whoever wanted output to leave does not ask again.</summary>
    private bool WaitsForMove()
    {
        if (!_connection.IsHalted)
        {
            return false;
        }

        _connection.FlushWhenGoingOn();
        return true;
    }

    /// <summary>Leaves the loop, whose blocks stay there. At rest.</summary>
    public unsafe void Depart(ConnectionMove move)
    {
        Debug.Assert(_sending is null, "a send is under way");
        _writes.CopyBlocks(_connection.Shared);
        if (_filling is { LengthBytes: > 0 } block)
        {
            move.Unflushed = new ReadOnlySpan<byte>(block.Unsent, block.UnsentBytes).ToArray();
        }

        ReturnFilling();
    }

    /// <summary>Has come to the connection's loop.</summary>
    public void Arrive(ConnectionMove move)
    {
        if (move.Unflushed is not { } bytes)
        {
            return;
        }

        // They are counted as unsent already.
        bytes.CopyTo(GrantSpan(bytes.Length));
        _filling!.LengthBytes += bytes.Length;
        _grantedBytes = 0;
    }
}
