using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Closes a connection without waiting for what is unsent, between <see cref="Tcp.Close"/>, which waits for it, and
/// <see cref="Tcp.Abort"/>, which resets: what the kernel has taken is still delivered, with the end of the stream after it, and the
/// rest is dropped; writes among it fail. For a peer that takes nothing, or too slowly. Answered by <see cref="Tcp.Closed"/>. By
/// TCP's rule it becomes a reset where input has arrived that was not received.
/// </summary>
public sealed class CloseNow : Tcp.CloseCommand
{
    private CloseNow()
    {
    }

    /// <summary>The only instance.</summary>
    public static CloseNow Instance { get; } = new();

    /// <inheritdoc/>
    public override Tcp.ConnectionClosed Event => Tcp.Closed.Instance;
}
