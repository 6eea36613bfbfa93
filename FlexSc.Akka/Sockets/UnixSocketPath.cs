using System.Net;
using System.Net.Sockets;
using System.Text;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>
/// The path that a bound Unix socket has; unix(7). One that a socket left behind which nobody has any more is replaced, one that is
/// somebody's never. It is removed with its socket, unless it is another file by then.
/// </summary>
internal sealed class UnixSocketPath
{
    private const int PathOffset = 2; // sun_path of struct sockaddr_un

    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly FileStatus _status;

    private UnixSocketPath(string path, FileStatus status)
    {
        _path = path;
        _status = status;
    }

    /// <summary>The path of an address; null for a name of the abstract name space, and for none.</summary>
    private static string? PathOf(EndPoint endPoint)
    {
        if (endPoint is not UnixDomainSocketEndPoint)
        {
            return null;
        }

        SocketAddress address = endPoint.Serialize();
        ReadOnlySpan<byte> path = address.Buffer.Span[PathOffset..address.Size];
        int end = path.IndexOf((byte)0);
        path = end >= 0 ? path[..end] : path;
        return path.IsEmpty ? null : Encoding.UTF8.GetString(path);
    }

    /// <summary>Binds a socket to any address; one with a path as told above. On the loop's thread.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="type">Its type.</param>
    /// <param name="endPoint">The address.</param>
    /// <param name="mode">Permissions of the path; null for what the umask leaves.</param>
    /// <returns>Null for an address without a path.</returns>
    /// <exception cref="LinuxException">A call failed: EADDRINUSE when the path is a living socket's or another file's.</exception>
    public static async Task<UnixSocketPath?> BindAsync(
        SyscallLoop loop, int socket, SocketType type, EndPoint endPoint, UnixFileMode? mode)
    {
        if (PathOf(endPoint) is not { } path)
        {
            await loop.BindAsync(socket, endPoint).ConfigureAwait(false);
            return null;
        }

        if (mode is { } before)
        {
            // The path takes these when it is made, so nobody else may connect before the next call (the umask may take some away).
            await loop.ChangeModeAsync(socket, before).ConfigureAwait(false);
        }

        try
        {
            await loop.BindAsync(socket, endPoint).ConfigureAwait(false);
        }
        catch (LinuxException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            if (!await IsLeftBehindAsync(loop, path, type, endPoint).ConfigureAwait(false))
            {
                throw new LinuxException(
                    exception.ErrorNumber, "bind", path, "a socket listens there, or it is no socket: stop the other program, or take another path");
            }

            await loop.UnlinkAsync(path).ConfigureAwait(false);
            await loop.BindAsync(socket, endPoint).ConfigureAwait(false);
        }

        try
        {
            if (mode is { } after)
            {
                await loop.ChangeModeAsync(path, after).ConfigureAwait(false);
            }

            return new UnixSocketPath(path, await loop.StatAsync(path, followLink: false).ConfigureAwait(false));
        }
        catch
        {
            ImmediateCalls.UnlinkWithoutLoop(path);
            throw;
        }
    }

    /// <summary>Removes the path if it is still this socket's. On the loop's thread. Nothing is thrown.</summary>
    public async Task RemoveAsync(SyscallLoop loop)
    {
        try
        {
            FileStatus now = await loop.StatAsync(_path, followLink: false).ConfigureAwait(false);
            if (IsSame(now))
            {
                await loop.UnlinkAsync(_path).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is LinuxException or InvalidOperationException)
        {
            // The loop stops, or somebody else has removed it.
            RemoveNow();
        }
    }

    /// <summary>The same without a loop, which has ended or takes no calls. From any thread.</summary>
    public void RemoveNow()
    {
        try
        {
            if (IsSame(ImmediateCalls.StatWithoutLoop(_path)))
            {
                ImmediateCalls.UnlinkWithoutLoop(_path);
            }
        }
        catch (LinuxException)
        {
            // Whoever binds to it next finds that nobody listens there.
        }
    }

    private bool IsSame(in FileStatus status) => status.Inode == _status.Inode && status.Device == _status.Device;

    /// <summary>True for the path of a socket that is nobody's any more.</summary>
    private static async Task<bool> IsLeftBehindAsync(SyscallLoop loop, string path, SocketType type, EndPoint endPoint)
    {
        FileStatus status = await loop.StatAsync(path, followLink: false).ConfigureAwait(false);
        if (status.Kind != FileKind.Socket)
        {
            return false;
        }

        // Not blocking: one whose backlog is full answers, too.
        using CancellationTokenSource limit = new();
        using IDisposable timer = loop.CancelAfter(limit, ProbeLimit);
        int probe = await loop.SocketAsync(AddressFamily.Unix, type, nonBlocking: true).ConfigureAwait(false);
        try
        {
            await loop.ConnectAsync(probe, endPoint, limit.Token).ConfigureAwait(false);
            return false;
        }
        catch (LinuxException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            // Somebody has it who does not accept.
            return false;
        }
        finally
        {
            loop.CloseNow(probe);
        }
    }
}
