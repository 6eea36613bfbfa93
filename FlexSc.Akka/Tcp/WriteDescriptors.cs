using System.Runtime.InteropServices;
using Akka.Event;
using Akka.IO;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Akka.IO;

/// <summary>
/// Told to a connection of a Unix socket: writes bytes with open descriptors, SCM_RIGHTS of unix(7). The peer gets descriptors of its own;
/// these stay the sender's, and are held until the kernel has taken them. The bytes leave in the order of the connection's writes, and
/// the descriptors come with the first of them. <see cref="Tcp.CommandFailed"/> tells that neither was sent; the connection then goes on,
/// as where the kernel has too many descriptors under way (ETOOMANYREFS).
/// </summary>
public sealed class WriteDescriptors : Tcp.Command
{
    /// <param name="data">At least one byte, for descriptors travel with bytes.</param>
    /// <param name="descriptors">1 to 253, open when the command is told.</param>
    /// <param name="ack">Told once the kernel took all of it; null for no answer.</param>
    /// <exception cref="ArgumentException">No bytes, or no descriptors, or too many.</exception>
    public WriteDescriptors(ByteString data, IReadOnlyList<SafeHandle> descriptors, Tcp.Event? ack = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(descriptors);
        if (data.IsEmpty)
        {
            throw new ArgumentException("descriptors are passed with at least one byte", nameof(data));
        }

        if (descriptors.Count is < 1 or > PassedDescriptors.Most)
        {
            throw new ArgumentException($"1 to {PassedDescriptors.Most} descriptors are passed at once, not {descriptors.Count}", nameof(descriptors));
        }

        Data = data;
        Descriptors = descriptors;
        Ack = ack;
    }

    /// <summary>The bytes.</summary>
    public ByteString Data { get; }

    /// <summary>The descriptors.</summary>
    public IReadOnlyList<SafeHandle> Descriptors { get; }

    /// <summary>Told once the kernel took all of it; null for no answer.</summary>
    public Tcp.Event? Ack { get; }

    /// <inheritdoc/>
    public override string ToString() => $"WriteDescriptors({Data.Count} bytes, {Descriptors.Count} descriptors)";
}

/// <summary>
/// Bytes of a Unix stream that brought descriptors along, in the place of <see cref="Tcp.Received"/> or <see cref="PooledReceived"/>;
/// told where <see cref="UnixSocketOptions.ReceiveDescriptors"/> asks for them. The byte that they were sent with is among these, and no
/// byte that was sent after what they were sent with; bytes that were sent before may precede it. Whoever gets it disposes the
/// descriptors; what nobody disposes is closed by the garbage collector.
/// </summary>
/// <param name="data">The bytes.</param>
/// <param name="descriptors">Open descriptors, closed on exec.</param>
/// <param name="isTruncated">More came than the option takes, or than this process may have (RLIMIT_NOFILE); those are closed.</param>
public sealed class ReceivedWithDescriptors(ByteString data, IReadOnlyList<SafeFileHandle> descriptors, bool isTruncated)
    : Tcp.Event, IDeadLetterSuppression
{
    /// <summary>The bytes.</summary>
    public ByteString Data => data;

    /// <summary>The descriptors.</summary>
    public IReadOnlyList<SafeFileHandle> Descriptors => descriptors;

    /// <summary>More came than were taken.</summary>
    public bool IsTruncated => isTruncated;

    /// <inheritdoc/>
    public override string ToString() => $"ReceivedWithDescriptors({data.Count} bytes, {descriptors.Count} descriptors)";
}
