using System.Net.Sockets;

namespace FlexSc.Akka.IO;

/// <summary>Names that have no address, as it is told. From any thread.</summary>
internal static class UnresolvedNames
{
    /// <summary>Why a name has no address that is reached.</summary>
    /// <param name="name">The name.</param>
    /// <param name="cause">What the resolver tells; null where it tells addresses, of another family.</param>
    public static SocketException Of(string name, Exception? cause) => new(
        (int)((cause as SocketException)?.SocketErrorCode ?? SocketError.HostNotFound),
        cause is null ? $"the name '{name}' has no address of the family asked for" : $"the name '{name}' has no address: {cause.Message}");
}
