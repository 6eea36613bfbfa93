using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>A listener on its way to another loop, because an error ended the one it accepted on, or it is given up.</summary>
/// <param name="bind">With the address that it had.</param>
/// <param name="begunAt">Timestamp of the group's clock.</param>
internal sealed class ListenerMove(Tcp.Bind bind, long begunAt)
{
    /// <summary>Attempts to bind the address, a pause of <c>flexsc.tcp.accept-retry-ms</c> between each two, before the listener gives up.</summary>
    public const int MostAttempts = 3_000;

    public Tcp.Bind Bind => bind;

    public long BegunAt => begunAt;

    public int Attempts { get; set; }
}
