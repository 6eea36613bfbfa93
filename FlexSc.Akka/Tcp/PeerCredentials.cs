using Akka.Actor;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>
/// Told to a connection of a Unix socket: who is at the other end? The answer is <see cref="PeerCredentials"/>, or
/// <see cref="Tcp.CommandFailed"/> for any other connection.
/// </summary>
public sealed class GetPeerCredentials : Tcp.Command
{
    /// <summary>The only instance.</summary>
    public static GetPeerCredentials Instance { get; } = new();

    private GetPeerCredentials()
    {
    }
}

/// <summary>Who was at the other end when the connection was made, as the kernel knows it; SO_PEERCRED of unix(7).</summary>
/// <param name="processId">Process; 0 where it is of another name space.</param>
/// <param name="userId">Effective user.</param>
/// <param name="groupId">Effective group.</param>
public sealed class PeerCredentials(int processId, uint userId, uint groupId) : Tcp.Event
{
    /// <summary>Process.</summary>
    public int ProcessId => processId;

    /// <summary>Effective user.</summary>
    public uint UserId => userId;

    /// <summary>Effective group.</summary>
    public uint GroupId => groupId;

    /// <inheritdoc/>
    public override string ToString() => $"PeerCredentials(process {processId}, user {userId}, group {groupId})";

    /// <summary>Answers the question. On the loop's thread; the call answers at once.</summary>
    internal static void Answer(TcpConnection connection, GetPeerCredentials question, IActorRef asker)
    {
        try
        {
            // The descriptor would be another's once the connection closes it.
            (int process, uint user, uint group) = connection.MayAskSocket
                ? connection.Loop.GetPeerCredentialsNow(connection.Socket)
                : throw new InvalidOperationException("the connection is over");

            // Of a socket that is no Unix socket the kernel knows nobody: no process, and the user and group -1.
            asker.Tell(
                user == uint.MaxValue
                    ? new Tcp.CommandFailed(question, new NotSupportedException($"{connection} is no connection of a Unix socket"))
                    : new PeerCredentials(process, user, group),
                connection);
        }
        catch (Exception exception) when (exception is LinuxException or InvalidOperationException)
        {
            asker.Tell(new Tcp.CommandFailed(question, exception), connection);
        }
    }
}
